import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { rgbaImage, type RgbaImage } from '../image/rgba-image'
import { upscaleLayer } from '../image/upscale-layer'
import { writeSvg } from './svg'
import { traceLayer, type VectorLayer } from './trace-layer'

/** A flat drawing of four colours: a flower, a leaf with a hole in it, a line. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="192" height="144">
  <circle cx="60" cy="60" r="30" fill="#e84a5f"/><circle cx="60" cy="60" r="10" fill="#ffd23f"/>
  <path d="M110 20 Q150 5 170 50 T120 110 Q95 80 110 20Z M130 45 v20 h20 v-20z" fill="#3a86ff" fill-rule="evenodd"/>
  <path d="M10 130 Q50 100 90 130 T180 125" stroke="#06d6a0" stroke-width="5" fill="none"/></svg>`

async function rendered(svg: string): Promise<RgbaImage> {
  const { data, info } = await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
}

/** Both over white, in dB. */
function psnr(a: RgbaImage, b: RgbaImage): number {
  const seen = ({ data }: RgbaImage, at: number, c: number): number =>
    (data[at + c]! * data[at + 3]!) / 255 + 255 - data[at + 3]!
  let sum = 0
  for (let at = 0; at < a.data.length; at += 4)
    for (let c = 0; c < 3; c++) sum += (seen(a, at, c) - seen(b, at, c)) ** 2
  return 10 * Math.log10(255 ** 2 / (sum / (0.75 * a.data.length)))
}

const nodes = ({ shapes }: VectorLayer): number => shapes.reduce((sum, shape) => sum + shape.nodes, 0)
const flower = await rendered(drawing)
const traced = traceLayer(flower)
const size = { width: 1200, height: 900 }
const svg = writeSvg([{ drawing: traced, opacity: 1 }], size)

describe('a flat doodle as outlines', () => {
  test('librsvg renders its SVG to the picture that the raster layer gives, at six times its size', async () => {
    const vector = await rendered(svg)
    expect([vector.width, vector.height]).toEqual([1200, 900])
    expect(psnr(vector, upscaleLayer(flower, 1200, 900))).toBeGreaterThanOrEqual(30)
    // A picture of nothing, or of the colours in other places, would not do.
    expect(psnr(rgbaImage(1200, 900), upscaleLayer(flower, 1200, 900))).toBeLessThan(15)
  })

  test("has the drawing's own colours, one shape each, and few nodes", () => {
    const colours = traced.shapes.map(({ rgb }) => rgb)
    for (const wanted of [
      [232, 74, 95],
      [255, 210, 63],
      [58, 134, 255],
      [6, 214, 160],
    ]) {
      expect(
        colours.some((rgb) => rgb.every((value, c) => Math.abs(value - wanted[c]!) <= 6)),
        wanted.join(),
      ).toBe(true)
    }
    expect(colours).toHaveLength(4)
    expect(nodes(traced)).toBeLessThan(220)
    expect(svg.length).toBeLessThan(12_000)
  })

  test('no curve flies off, however torn the doodle is', () => {
    // Soft noise of three colours: rings of a few pixels, on some of which the least squares of a curve have no good
    // answer.
    const side = 200
    const torn = rgbaImage(side, side)
    const colours = [
      [230, 60, 60],
      [60, 160, 230],
      [250, 220, 80],
    ] as const
    const waves = (x: number, y: number): number =>
      Math.sin(x / 2.3 + 3 * Math.sin(y / 5.1)) + Math.sin(y / 1.9 + 2 * Math.sin(x / 3.7)) + Math.sin((x + y) / 2.9)
    for (let i = 0; i < side * side; i++) {
      const value = waves(i % side, Math.floor(i / side))
      torn.data.set([...colours[(Math.floor(2 * value) + 12) % 3]!, value > -0.5 ? 255 : 0], 4 * i)
    }
    const { width, height, shapes } = traceLayer(torn)
    expect(width).toBe(height)
    const numbers = shapes.flatMap(({ path }) => (path.match(/-?\d+(\.\d+)?/g) ?? []).map(Number))
    expect(numbers.length).toBeGreaterThan(2000)
    expect(Math.min(...numbers)).toBeGreaterThan(-4)
    expect(Math.max(...numbers)).toBeLessThan(width + 4)
  })

  test('leaves holes open', async () => {
    const { data } = await rendered(svg)
    expect(data[(Math.round(55 * 6.25) * 1200 + Math.round(140 * 6.25)) * 4 + 3]).toBe(0)
  })

  test('lies in its place on the photo: as the whole drawing would, moved and made smaller', async () => {
    const place = { left: 0.25, top: 0.5, width: 0.5, height: 0.4 }
    const { width, height, data } = await rendered(writeSvg([{ drawing: traced, opacity: 1, place }], size))
    expect([width, height]).toEqual([1200, 900])
    const alone = await rendered(writeSvg([{ drawing: traced, opacity: 1 }], { width: 600, height: 360 }))
    let outside = 0
    let different = 0
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const alpha = data[(y * width + x) * 4 + 3]!
        const within = x >= 300 && x < 900 && y >= 450 && y < 810
        // Fitted curves may stray by a fraction of a pixel.
        if ((x < 298 || x >= 902 || y < 448 || y >= 812) && alpha > 0) outside++
        if (within && Math.abs(alpha - alone.data[((y - 450) * alone.width + x - 300) * 4 + 3]!) > 128) different++
      }
    }
    expect(outside).toBe(0)
    expect(different).toBeLessThan(60)
  })

  test('is the same for the same doodle', () => {
    expect(traceLayer(flower)).toEqual(traced)
  })

  test('of few colours merges the others into them', () => {
    expect(traceLayer(flower, { colours: 2 }).shapes.length).toBeLessThanOrEqual(2)
    expect(() => traceLayer(flower, { colours: 0 })).toThrow(/1 to 64/)
  })

  test('of nothing is an empty drawing', () => {
    expect(traceLayer(rgbaImage(40, 30)).shapes).toEqual([])
  })
})

test('the file holds paths only: no script, no style sheet, no reference', () => {
  const elements = [...svg.matchAll(/<\/?([a-z]+)/gi)].map(([, name]) => name)
  expect([...new Set(elements)].sort()).toEqual(['g', 'path', 'svg'])
  expect(svg.replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
    /href|url\(|https?:|script|on[a-z]+=|@import|data:/i,
  )
})
