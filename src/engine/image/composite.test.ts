import { describe, expect, it } from 'vitest'
import { gaussian } from '../core/random'
import { compositeOver, coverage, preview } from './composite'
import { rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

function noise(width: number, height: number, seed: number): RgbaImage {
  return rgbaImage(
    width,
    height,
    Uint8ClampedArray.from(gaussian(seed, width * height * 4), (value, i) => (i % 4 === 3 ? 255 : 128 + 50 * value)),
  )
}

/** A layer with a hard-edged disc. */
function disc(side: number, radius: number, colour: readonly [number, number, number]): RgbaImage {
  const layer = rgbaImage(side, side)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const a = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x + 0.5 - side / 2, y + 0.5 - side / 2)))
      if (a > 0) layer.data.set([...colour, 255 * a], (y * side + x) * 4)
    }
  }
  return layer
}

describe('compositeOver', () => {
  it('leaves every sample outside the layer as it was, transparent photos too', () => {
    const photo = noise(50, 40, 1)
    photo.data[3] = 0
    photo.data[7] = 77
    const layer = rgbaImage(50, 40)
    layer.data.set([9, 8, 7, 255], 400)
    layer.data.set([200, 100, 0, 128], 800)
    layer.data.set([255, 255, 255, 0], 1200)
    const before = photo.data.slice()
    const result = compositeOver(photo, layer)
    expect(photo.data).toEqual(before)
    expect([...result.data.subarray(400, 404)]).toEqual([9, 8, 7, 255])
    const blended = [200, 100, 0].map((value, c) => Math.round((value * 128 + before[800 + c]! * 127) / 255))
    expect([...result.data.subarray(800, 804)]).toEqual([...blended, 255])
    const rest = result.data.slice()
    rest.set(before.subarray(400, 404), 400)
    rest.set(before.subarray(800, 804), 800)
    expect(rest).toEqual(before)
  })

  it('paints over transparency and fades with opacity', () => {
    const empty = rgbaImage(1, 1)
    const red = rgbaImage(1, 1, Uint8ClampedArray.of(255, 0, 0, 128))
    expect([...compositeOver(empty, red).data]).toEqual([255, 0, 0, 128])
    const grey = rgbaImage(1, 1, Uint8ClampedArray.of(100, 100, 100, 255))
    const solid = rgbaImage(1, 1, Uint8ClampedArray.of(200, 200, 200, 255))
    expect([...compositeOver(grey, solid, 0.25).data]).toEqual([125, 125, 125, 255])
    expect([...compositeOver(grey, solid, 0).data]).toEqual([100, 100, 100, 255])
  })

  it('refuses sizes that differ', () => {
    expect(() => compositeOver(noise(4, 4, 1), rgbaImage(4, 5))).toThrowError(
      expect.objectContaining({ name: 'ShapeMismatch' }),
    )
  })
})

describe('upscaleLayer', () => {
  it('keeps the colour, the covered area and a crisp edge at five times the size', () => {
    const layer = disc(96, 30, [250, 30, 90])
    const big = upscaleLayer(layer, 480, 480)
    expect(coverage(big)).toBeCloseTo(coverage(layer), 2)
    let soft = 0
    const colours = new Set<string>()
    for (let i = 0; i < big.data.length; i += 4) {
      if (big.data[i + 3] === 0) continue
      colours.add(big.data.subarray(i, i + 3).join())
      if (big.data[i + 3]! < 250 && big.data[i + 3]! > 5) soft++
    }
    expect([...colours]).toEqual(['250,30,90'])
    // The circumference is 958 photo pixels; a plain bicubic ramp would be five pixels and more wide.
    expect(soft / (2 * Math.PI * 152.5)).toBeLessThan(2.5)
  })

  it('is exactly zero two layer pixels away from the doodle', () => {
    const layer = rgbaImage(40, 40)
    layer.data.set([255, 255, 255, 255], (20 * 40 + 20) * 4)
    const big = upscaleLayer(layer, 200, 160)
    let farthest = 0
    for (let i = 0; i < big.data.length; i++) {
      if (big.data[i] === 0) continue
      const [x, y] = [(i >> 2) % 200, Math.floor((i >> 2) / 200)]
      farthest = Math.max(farthest, Math.abs((x + 0.5) / 5 - 20.5), Math.abs((y + 0.5) / 4 - 20.5))
    }
    expect(farthest).toBeLessThanOrEqual(2.5)
    expect(big.data[((4 * 20 + 2) * 200 + 5 * 20 + 2) * 4 + 3]).toBeGreaterThan(200)
  })

  it('keeps a gradual glow gradual', () => {
    const layer = rgbaImage(60, 4)
    for (let i = 0; i < 240; i++) layer.data.set([255, 255, 0, (i % 60) * 4], i * 4)
    const big = upscaleLayer(layer, 300, 20)
    for (let x = 20; x < 280; x++)
      expect(Math.abs(big.data[(10 * 300 + x) * 4 + 3]! - 4 * ((x + 0.5) / 5 - 0.5))).toBeLessThan(5)
  })

  it('gives an empty layer for an empty layer', () => {
    expect(coverage(upscaleLayer(rgbaImage(8, 8), 100, 70))).toBe(0)
  })
})

describe('coverage and preview', () => {
  it('means the alpha', () => {
    const layer = rgbaImage(2, 2)
    layer.data.set([0, 0, 0, 255], 0)
    layer.data.set([0, 0, 0, 51], 4)
    expect(coverage(layer)).toBeCloseTo(0.3, 6)
  })

  it("makes a small composite of the photo's shape", () => {
    const small = preview(noise(400, 200, 2), disc(96, 30, [0, 255, 0]), 100)
    expect([small.width, small.height]).toEqual([100, 50])
    expect([...small.data.subarray((25 * 100 + 50) * 4, (25 * 100 + 50) * 4 + 4)]).toEqual([0, 255, 0, 255])
  })
})
