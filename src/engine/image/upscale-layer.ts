import { bleed, BLEED } from './bleed'
import { GUIDED_VALUES, guidedRows, photoSays, type GuideOptions } from './guided-alpha'
import { maxFilter, minFilter, smoothstep, type PlaneSize } from './mask'
import { resampledRows } from './resample'
import { requireSameSize, rgbaImage, type PixelBox, type RgbaImage } from './rgba-image'

/** Width of a sharpened edge's ramp in photo pixels, and the enlargement from which edges are sharpened. */
const EDGE_PIXELS = 1
const MIN_SHARPENED = 1.5

/** How a doodle's edge follows the photo's: it is off by two pixels of the doodle at most. */
const GUIDE: GuideOptions = { radius: 2, explained: { least: 0.7, full: 0.9 } }

/** Pixels of the layer to either side that a kernel sees. */
const TAPS = 2

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
  const sharpness = Math.max(1, Math.sqrt((width / layer.width) * (height / layer.height)))
  const near = sharpness < MIN_SHARPENED ? 1 : reach
  // Beyond this nothing of the doodle is seen, neither by a filter nor by a kernel.
  const drawn = drawnPart(layer, Math.max(near + TAPS, BLEED) + 1)
  if (drawn === undefined) return result
  const { box, pixels } = drawn
  const alpha = alphaOf(pixels)
  const to = { width, height, part: enlargedBox(box, layer, { width, height }) }
  const bounds = enlarged(
    layer,
    drawn.box,
    'linear',
    interleave(minFilter(alpha, pixels, near), maxFilter(alpha, pixels, near)),
    to,
  )
  const colours = enlarged(layer, drawn.box, 'catmullRom', bleed(pixels), to)
  const guided =
    photo && sharpness >= MIN_SHARPENED
      ? {
          rows: guidedRows(
            { ...sizeOf(layer), data: Float32Array.from(alphaOf(layer), (value) => value / 255) },
            photo,
            GUIDE,
          ),
          photo,
        }
      : undefined
  for (let y = 0; y < to.part.top; y++) guided?.rows.next()
  let at = 4 * (to.part.top * width + to.part.left)
  for (const colour of colours) {
    const bound = bounds.next().value!
    const guide = guided?.rows.next().value
    if (guide && guided)
      writeGuided(out, at, bound, colour, sharpness, guide.subarray(to.part.left * GUIDED_VALUES), guided.photo)
    else writeRow(out, at, bound, colour, sharpness)
    at += 4 * width
  }
  return result
}

const sizeOf = ({ width, height }: RgbaImage) => ({ width, height })

/** The part of the layer in which something is drawn, and so many pixels around it; undefined where nothing is. */
function drawnPart(
  layer: RgbaImage,
  margin: number,
): { readonly box: PixelBox; readonly pixels: RgbaImage } | undefined {
  const { width, height, data } = layer
  let [left, right, top, bottom] = [width, -1, height, -1]
  for (let y = 0; y < height; y++) {
    const first = firstDrawn(data, y * width, (y + 1) * width) - y * width
    if (first === width) continue
    left = Math.min(left, first)
    right = Math.max(right, lastDrawn(data, y * width, (y + 1) * width) - y * width)
    top = Math.min(top, y)
    bottom = y
  }
  if (bottom < 0) return undefined
  const [x, y] = [Math.max(0, left - margin), Math.max(0, top - margin)]
  const box = {
    left: x,
    top: y,
    width: Math.min(width, right + 1 + margin) - x,
    height: Math.min(height, bottom + 1 + margin) - y,
  }
  if (box.width === width && box.height === height) return { box, pixels: layer }
  const pixels = rgbaImage(box.width, box.height)
  for (let row = 0; row < box.height; row++) {
    const from = 4 * ((y + row) * width + x)
    pixels.data.set(data.subarray(from, from + 4 * box.width), 4 * row * box.width)
  }
  return { box, pixels }
}

/** Number of the first pixel from `start` on that is not transparent; `end` without one. */
function firstDrawn(data: Uint8ClampedArray, start: number, end: number): number {
  let at = start
  while (at < end && data[4 * at + 3] === 0) at++
  return at
}

/** Number of the last such pixel before `end`. */
function lastDrawn(data: Uint8ClampedArray, start: number, end: number): number {
  let at = end - 1
  while (at >= start && data[4 * at + 3] === 0) at--
  return at
}

/** The pixels of the new size that a part of the layer can reach. */
function enlargedBox({ left, top, width, height }: PixelBox, from: PlaneSize, to: PlaneSize): PixelBox {
  const along = (start: number, length: number, pixels: number, toPixels: number): [number, number] => {
    const first = Math.max(0, Math.floor((start * toPixels) / pixels) - 1)
    return [first, Math.min(toPixels, Math.ceil(((start + length) * toPixels) / pixels) + 1) - first]
  }
  const [x, across] = along(left, width, from.width, to.width)
  const [y, down] = along(top, height, from.height, to.height)
  return { left: x, top: y, width: across, height: down }
}

/** [height * width], 0..255 */
function alphaOf({ data }: RgbaImage): Uint8Array {
  const alpha = new Uint8Array(data.length / 4)
  for (let i = 0, from = 3; i < alpha.length; i++, from += 4) alpha[i] = data[from]!
  return alpha
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

function writeRow(
  out: Uint8ClampedArray,
  start: number,
  bound: Float32Array,
  colour: Float32Array,
  sharpness: number,
): void {
  for (let x = 0, from = 0, at = start; from < colour.length; x++, from += 4, at += 4) {
    if (bound[x * 2 + 1] === 0) continue
    out[at + 3] = steepen(colour[from + 3]!, bound[x * 2]!, bound[x * 2 + 1]!, sharpness)
    if (out[at + 3] !== 0) writeColour(out, at, colour, from)
  }
}

function writeGuided(
  out: Uint8ClampedArray,
  start: number,
  bound: Float32Array,
  colour: Float32Array,
  sharpness: number,
  guide: Float32Array,
  photo: RgbaImage,
): void {
  for (let x = 0, from = 0, at = start; from < colour.length; x++, from += 4, at += 4) {
    if (bound[x * 2 + 1] === 0) continue
    const own = steepen(colour[from + 3]!, bound[x * 2]!, bound[x * 2 + 1]!, sharpness)
    out[at + 3] = follow(own, guide, x * GUIDED_VALUES, photo, at)
    if (out[at + 3] !== 0) writeColour(out, at, colour, from)
  }
}

function writeColour(out: Uint8ClampedArray, at: number, colour: Float32Array, from: number): void {
  out[at] = colour[from]!
  out[at + 1] = colour[from + 1]!
  out[at + 2] = colour[from + 2]!
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

/** Rows of a part of the layer's samples at another size. @param box where the samples lie in the layer */
function enlarged(
  { width, height }: PlaneSize,
  box: PixelBox,
  up: 'catmullRom' | 'linear',
  samples: Float32Array | Uint8Array,
  to: PlaneSize & { readonly part: PixelBox },
) {
  const channels = samples.length / (box.width * box.height)
  const stride = box.width * channels
  const read = (y: number, row: Float32Array) => {
    const from = (y - box.top) * stride
    if (y < box.top || y >= box.top + box.height) row.fill(0)
    else row.set(samples.subarray(from, from + stride), box.left * channels)
  }
  return resampledRows({ width, height, channels, toWidth: to.width, toHeight: to.height, part: to.part, up, read })
}

function interleave(...planes: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(planes.length * planes[0]!.length)
  for (const [c, plane] of planes.entries()) every(result, c, planes.length, plane)
  return result
}

/** target[first + i * step] = plane[i] */
function every(target: Uint8Array, first: number, step: number, plane: Uint8Array): void {
  for (let i = 0, at = first; i < plane.length; i++, at += step) target[at] = plane[i]!
}
