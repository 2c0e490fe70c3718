import { PhotodoodleError } from '../core/errors'
import type { Tensor } from '../core/tensor'
import { blur3, eachRegion, fillHoles, maxFilter, minFilter, smoothstep, type PlaneSize } from './mask'
import { rgbaImage, type RgbaImage } from './rgba-image'

/**
 * Differences are in grey levels of 255: the largest of the three channels, after a 3 x 3 blur, less a share of the
 * local contrast.
 */
interface DoodleLayerOptions {
  /** A difference below this is never doodle; it is raised to what the picture's own quiet part shows, see `lowest`. */
  readonly low?: number
  /** A region counts only where it reaches this somewhere; pixels above it are surely doodle. */
  readonly high?: number
  /**
   * Specks vanish: a separate piece stays when alpha times difference, summed over its pixels, reaches this many grey
   * levels times the picture's pixels. A small bright star passes where a larger faint smudge does not.
   */
  readonly minWeight?: number
  /** Holes up to this share of the picture, where the doodle happens to look like the photo, are filled. */
  readonly maxHole?: number
  /** How far, in pixels, a soft edge or glow may reach from a sure pixel. */
  readonly reach?: number
}

const LAYER_DEFAULTS: Required<DoodleLayerOptions> = {
  low: 12,
  high: 32,
  minWeight: 1 / 50,
  maxHole: 1 / 100,
  reach: 4,
}

/**
 * The noise estimate may raise `low` to at most this many times the asked value, so a doodle over most of the photo
 * stays.
 */
const MAX_RAISE = 2

/** Alpha below this many levels is a trace nobody sees; it is dropped so that "outside" stays exactly outside. */
const MIN_ALPHA = 24

/** Share of the local contrast (largest minus smallest luma of 3 x 3 pixels) that a difference must exceed. */
const BUSY_SHARE = 0.2

/**
 * How far, in grey levels, an edge pixel's colour may stray from the doodle colour near by. Dividing the codec's noise
 * by a small alpha would otherwise give the doodle a fringe of wild colours.
 */
const EDGE_SPREAD = 40

/**
 * What was drawn, as a transparent picture at model resolution. Compares the decoded result with the decoded source
 * (both went through the same codec, so its losses cancel), keeps regions that differ for sure, and gives them a soft
 * edge.
 *
 * - Hysteresis: a region of differences above `low` stays when it reaches `high`; faint differences more than
 *   `reach` pixels from a sure pixel, and specks, get alpha exactly 0.
 * - Inside alpha is 1 and the colour is the decoded result's. Along the edge the source behind is known, so alpha is
 * the
 *   projection of the pixel between that source and the strongest doodle colour near by (matting with known
 * background).
 * - Colours are un-premultiplied: alpha * colour + (1 - alpha) * source = result, exactly but for rounding inside,
 * within a
 *   few levels along the edge, where the colour is kept near the doodle's own.
 *
 * @param target decode(z_out), float32 [3, H, W] in 0..1
 * @param source decode(z_src), the same shape
 * @throws ShapeMismatch
 */
export function doodleLayer(target: Tensor, source: Tensor, options: DoodleLayerOptions = {}): RgbaImage {
  const [channels, height, width] = target.dims
  if (channels !== 3 || height === undefined || width === undefined || source.dims.join() !== target.dims.join()) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `Decoded pictures must share a shape [3, H, W], got [${target.dims.join(', ')}] and [${source.dims.join(', ')}].`,
      'This is a defect; please report it.',
    )
  }
  const size = { width, height }
  const settings = { ...LAYER_DEFAULTS, ...options }
  const t = levels(target.data)
  const s = levels(source.data)
  const difference = discounted(blur3(largestDifference(t, s), size), s, size)
  const low = Math.min(MAX_RAISE * settings.low, Math.max(settings.low, 3 * quietLevel(difference)))
  const high = Math.max(settings.high, 2 * low)
  const { sure, support } = findRegions(difference, size, low, high, settings)
  const core = solidPart(sure, size, settings)
  const reference = strongestNear(difference, size)

  const layer = rgbaImage(width, height)
  for (let i = 0; i < width * height; i++) {
    if (!support[i] && !core[i]) continue
    const ref = reference[i]!
    const alpha = core[i] ? 255 : Math.round(projection(t, s, i, ref) * smoothstep(low, high, difference[ref]!) * 255)
    if (alpha < MIN_ALPHA) continue
    layer.data[i * 4 + 3] = alpha
    const spread = core[i] ? 255 : EDGE_SPREAD
    for (let c = 0; c < 3; c++) {
      const at = c * width * height + i
      const doodle = t[c * width * height + ref]!
      const solved = s[at]! + ((t[at]! - s[at]!) * 255) / alpha
      layer.data[i * 4 + c] = Math.min(doodle + spread, Math.max(doodle - spread, solved))
    }
  }
  dropSpecks(layer, difference, settings.minWeight * width * height)
  return layer
}

/** 0..1 to 0..255, clamped, not rounded. */
function levels(data: Float32Array): Float32Array {
  return data.map((value) => Math.min(1, Math.max(0, value)) * 255)
}

function largestDifference(t: Float32Array, s: Float32Array): Float32Array {
  const plane = t.length / 3
  return Float32Array.from({ length: plane }, (_, i) =>
    Math.max(
      Math.abs(t[i]! - s[i]!),
      Math.abs(t[plane + i]! - s[plane + i]!),
      Math.abs(t[2 * plane + i]! - s[2 * plane + i]!),
    ),
  )
}

/**
 * Differences less what the codec may well have done itself: it gets busy places (windows, hair) wrong by a share of
 * their own contrast, and differently each time.
 */
function discounted(difference: Float32Array, s: Float32Array, size: PlaneSize): Float32Array {
  const plane = difference.length
  const luma = difference.map((_, i) => 0.3 * s[i]! + 0.59 * s[plane + i]! + 0.11 * s[2 * plane + i]!)
  const highest = maxFilter(luma, size, 1)
  const lowest = minFilter(luma, size, 1)
  return difference.map((value, i) => Math.max(0, value - BUSY_SHARE * (highest[i]! - lowest[i]!)))
}

/** Lower quartile: what the untouched part of the picture shows, as long as a quarter of it is untouched. */
function quietLevel(difference: Float32Array): number {
  return difference.slice().sort()[Math.floor(difference.length / 4)]!
}

function findRegions(
  difference: Float32Array,
  size: PlaneSize,
  low: number,
  high: number,
  settings: Required<DoodleLayerOptions>,
) {
  const pixels = difference.length
  const sure = new Uint8Array(pixels)
  const faint = Uint8Array.from(difference, (value) => (value > low ? 1 : 0))
  eachRegion(faint, size, true, (region) => {
    let weight = 0
    for (const at of region) weight += difference[at]!
    if (weight < settings.minWeight * pixels) return
    for (const at of region) if (difference[at]! > high) sure[at] = 1
  })
  const near = maxFilter(sure, size, settings.reach)
  return { sure, support: faint.map((value, i) => value & near[i]!) }
}

/** Where the doodle is opaque for certain: gaps and holes closed, one pixel in from the edge. */
function solidPart(sure: Uint8Array, size: PlaneSize, settings: Required<DoodleLayerOptions>): Uint8Array {
  const closed = minFilter(maxFilter(sure, size, 1), size, 1)
  return minFilter(fillHoles(closed, size, settings.maxHole * sure.length), size, 1)
}

function dropSpecks(layer: RgbaImage, difference: Float32Array, minWeight: number): void {
  const drawn = Uint8Array.from(difference, (_, i) => (layer.data[i * 4 + 3]! > 0 ? 1 : 0))
  eachRegion(drawn, layer, false, (piece) => {
    let weight = 0
    for (const at of piece) weight += (difference[at]! * layer.data[at * 4 + 3]!) / 255
    if (weight >= minWeight) return
    for (const at of piece) layer.data.fill(0, at * 4, at * 4 + 4)
  })
}

/** For each pixel, the index of the largest difference within two pixels: the purest doodle colour around. */
function strongestNear(difference: Float32Array, { width, height }: PlaneSize): Int32Array {
  const result = new Int32Array(difference.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let best = y * width + x
      for (let v = Math.max(0, y - 2); v <= Math.min(height - 1, y + 2); v++) {
        for (let u = Math.max(0, x - 2); u <= Math.min(width - 1, x + 2); u++) {
          if (difference[v * width + u]! > difference[best]!) best = v * width + u
        }
      }
      result[y * width + x] = best
    }
  }
  return result
}

/**
 * How far pixel i's result lies from its source towards the doodle colour at `reference`, 0..1: alpha by least squares
 * when the background is known.
 */
function projection(t: Float32Array, s: Float32Array, i: number, reference: number): number {
  const plane = t.length / 3
  let along = 0
  let length = 0
  for (let at = i, ref = reference; at < t.length; at += plane, ref += plane) {
    const whole = t[ref]! - s[at]!
    along += (t[at]! - s[at]!) * whole
    length += whole * whole
  }
  return length > 0 ? Math.min(1, Math.max(0, along / length)) : 0
}
