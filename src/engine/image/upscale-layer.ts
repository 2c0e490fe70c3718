import { bleed } from './bleed'
import { GUIDED_VALUES, guidedRows, photoSays, type GuideOptions } from './guided-alpha'
import { maxFilter, minFilter, smoothstep } from './mask'
import { resampledRows } from './resample'
import { requireSameSize, rgbaImage, type RgbaImage } from './rgba-image'

/** Width of a sharpened edge's ramp in photo pixels, and the enlargement from which edges are sharpened. */
const EDGE_PIXELS = 1
const MIN_SHARPENED = 1.5

/** How a doodle's edge follows the photo's: it is off by two pixels of the doodle at most. */
const GUIDE: GuideOptions = { radius: 2, explained: { least: 0.7, full: 0.9 } }

/** What the photo says of alpha (0..1) counts as outside below, and inside above. */
const CLEAR = { out: 0.2, in: 0.8 } as const

/**
 * A doodle layer enlarged to the photo's size. Meant for enlarging; it also shrinks.
 *
 * Alpha: Catmull-Rom, then its ramp between the smallest and largest alpha near by is steepened in proportion to the
 * enlargement, so that a hard edge stays about one photo pixel wide while a glow, whose neighbours differ
 * little, keeps its gradient. Colour: carried outwards from the doodle first, then enlarged by itself, so that no
 * division by a small alpha takes place. Alpha stays exactly 0 wherever the layer is 0 within two pixels.
 *
 * @param photo of the new size: where its colours explain the doodle's edge, because the doodle goes behind something,
 *   the edge follows the photo (guided-alpha.ts)
 * @param reach pixels of the layer to either side that a hard edge's ramp may take: more for a soft layer
 * @throws ShapeMismatch when the photo has another size
 */
export function upscaleLayer(layer: RgbaImage, width: number, height: number, photo?: RgbaImage, reach = 1): RgbaImage {
  if (photo) requireSameSize(photo, { width, height })
  const result = rgbaImage(width, height)
  const out = result.data
  const alpha = alphaOf(layer)
  if (alpha === undefined) return result
  const sharpness = Math.max(1, Math.sqrt((width / layer.width) * (height / layer.height)))
  const near = sharpness < MIN_SHARPENED ? 1 : reach
  const bounds = enlarged(
    layer,
    width,
    height,
    'linear',
    interleave(minFilter(alpha, layer, near), maxFilter(alpha, layer, near)),
  )
  const smooth = enlarged(layer, width, height, 'catmullRom', alpha)
  const colours = enlarged(layer, width, height, 'catmullRom', bleed(layer))
  const guided =
    photo && sharpness >= MIN_SHARPENED
      ? guidedRows({ ...sizeOf(layer), data: alpha.map((value) => value / 255) }, photo, GUIDE)
      : undefined
  let at = 0
  for (const row of smooth) {
    const bound = bounds.next().value!
    const colour = colours.next().value!
    const guide = guided ? guided.next().value! : undefined
    writeRow(out, at, row, bound, colour, sharpness, guide, photo)
    at += 4 * width
  }
  return result
}

const sizeOf = ({ width, height }: RgbaImage) => ({ width, height })

/** [height * width], 0..255; undefined where nothing is drawn. */
function alphaOf({ data }: RgbaImage): Float32Array | undefined {
  const alpha = new Float32Array(data.length / 4)
  let most = 0
  for (let i = 0, from = 3; i < alpha.length; i++, from += 4) most = Math.max(most, (alpha[i] = data[from]!))
  return most > 0 ? alpha : undefined
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** One row of the picture; with `guide` its alpha follows `photo`. */
function writeRow(
  out: Uint8ClampedArray,
  start: number,
  row: Float32Array,
  bound: Float32Array,
  colour: Float32Array,
  sharpness: number,
  guide: Float32Array | undefined,
  photo: RgbaImage | undefined,
): void {
  for (let x = 0, at = start; x < row.length; x++, at += 4) {
    if (bound[x * 2 + 1] === 0) continue
    const own = steepen(row[x]!, bound[x * 2]!, bound[x * 2 + 1]!, sharpness)
    out[at + 3] = guide && photo ? follow(own, guide, x * GUIDED_VALUES, photo, at) : own
    if (out[at + 3] === 0) continue
    for (let c = 0; c < 3; c++) out[at + c] = colour[x * 3 + c]!
  }
}

/**
 * Alpha 0..255 kept between its bounds; the ramp between them is narrowed once the layer is enlarged enough to look
 * foggy.
 */
function steepen(alpha: number, lowest: number, highest: number, sharpness: number): number {
  const range = highest - lowest
  if (range < 1) return lowest
  const position = Math.min(1, Math.max(0, (alpha - lowest) / range))
  if (sharpness < MIN_SHARPENED) return lowest + range * position
  const half = EDGE_PIXELS / 2 / sharpness
  return lowest + range * smoothstep(0.5 - half, 0.5 + half, position)
}

/**
 * Alpha 0..255 drawn towards what the photo's colour says, as far as that is to be trusted; clear answers become all or
 * nothing.
 */
function follow(own: number, guide: Float32Array, i: number, photo: RgbaImage, at: number): number {
  const trust = guide[i + 4]!
  if (trust === 0) return own
  return own + trust * (255 * smoothstep(CLEAR.out, CLEAR.in, photoSays(guide, i, photo, at)) - own)
}

function enlarged(
  { width, height }: { readonly width: number; readonly height: number },
  toWidth: number,
  toHeight: number,
  up: 'catmullRom' | 'linear',
  samples: Float32Array,
) {
  const channels = samples.length / (width * height)
  const stride = width * channels
  const read = (y: number, row: Float32Array) => {
    row.set(samples.subarray(y * stride, (y + 1) * stride))
  }
  return resampledRows({ width, height, channels, toWidth, toHeight, up, read })
}

function interleave(...planes: readonly Float32Array[]): Float32Array {
  const result = new Float32Array(planes.length * planes[0]!.length)
  for (const [c, plane] of planes.entries()) every(result, c, planes.length, plane)
  return result
}

/** target[first + i * step] = plane[i] */
function every(target: Float32Array, first: number, step: number, plane: Float32Array): void {
  for (let i = 0, at = first; i < plane.length; i++, at += step) target[at] = plane[i]!
}
