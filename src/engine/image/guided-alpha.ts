import { maxFilter, minFilter, smoothstep, type PlaneSize } from './mask'
import { resampledRows } from './resample'
import type { RgbaImage } from './rgba-image'
import { all, windowRows } from './window'
import { windowSums, type Rows, type WindowSums } from './window-sums'

/**
 * A doodle's alpha as a local linear function of the photo's colours (guided filter, He, Sun and Tang 2013; computed at
 * a reduced size and applied at the full one as in "Fast Guided Filter", He and Sun 2015): alpha = a . rgb + b around
 * each pixel. Where a doodle goes behind the subject its edge is the subject's, and the photo shows that edge far more
 * finely than the model does. Where a doodle lies on the photo freely the photo explains nothing of its edge; `trust`
 * says which case it is. A subject's matte follows the photo in the same way (matte.ts).
 */

/** Longest side at which coefficients are computed. They vary smoothly; the edges come from the photo itself. */
const COEFFICIENT_SIDE = 1024

/** Variance of colours (0..1) below which a window counts as flat. */
const FLAT = 1e-3

/** Alpha must go through this much of its range near by, or there is no edge to refine. */
const EDGE = 0.5

/**
 * Values of {@link guidedRows} for each pixel: a for red, green, blue (alpha 0..1 for colours 0..255), b, trust 0..1.
 */
export const GUIDED_VALUES = 5

/** A plane of alpha, 0..1, row-major [height, width], that lies over the whole photo at a lower resolution. */
interface AlphaPlane extends PlaneSize {
  readonly data: Float32Array
}

/** How far and how readily an edge follows the photo's. */
export interface GuideOptions {
  /** Window radius in pixels of the plane: as far as its edge may be off. */
  readonly radius: number
  /**
   * Share of alpha's variance that the photo must explain for its edge to be followed, where it begins and where it is
   * full.
   */
  readonly explained: { readonly least: number; readonly full: number }
}

/** Rows [width * GUIDED_VALUES] of coefficients for a plane of alpha enlarged to the photo's size. */
export function guidedRows(
  alpha: AlphaPlane,
  photo: RgbaImage,
  { radius, explained }: GuideOptions,
): Generator<Float32Array, void, undefined> {
  const scale = Math.min(1, COEFFICIENT_SIDE / Math.max(photo.width, photo.height))
  const size = {
    width: Math.max(1, Math.round(photo.width * scale)),
    height: Math.max(1, Math.round(photo.height * scale)),
  }
  const window = Math.max(1, Math.round(radius * Math.max(size.width / alpha.width, size.height / alpha.height)))
  const rows = coefficientRows(photo, resized(alpha, size), size, window, explained)
  // Every row is asked for, in order: the size is the photo's own or smaller.
  const read = (_: number, row: Float32Array) => {
    row.set(rows.next().value!)
  }
  return resampledRows({
    ...size,
    channels: GUIDED_VALUES,
    toWidth: photo.width,
    toHeight: photo.height,
    up: 'linear',
    read,
  })
}

/**
 * What the photo's colour says of a pixel's alpha, about 0..1.
 * @param i where the pixel's values begin in a row of {@link guidedRows}: its column times GUIDED_VALUES
 * @param at where it begins in the photo's samples
 */
export function photoSays(guide: Float32Array, i: number, { data }: RgbaImage, at: number): number {
  return guide[i]! * data[at]! + guide[i + 1]! * data[at + 1]! + guide[i + 2]! * data[at + 2]! + guide[i + 3]!
}

/** What is averaged over a window: red, green, blue, alpha, and ten of their products. */
const STATISTICS = 14

/** Rows [width * GUIDED_VALUES], to be read until the next is asked for. @param alpha of this size */
function* coefficientRows(
  photo: RgbaImage,
  alpha: Float32Array,
  size: PlaneSize,
  radius: number,
  explained: GuideOptions['explained'],
): Rows {
  const windows = windowSums(statisticsRows(photo, alpha, size), size, STATISTICS, radius)
  // Every pixel lies in many windows; their answers are averaged.
  const answers = windowSums(explainedRows(windows, alpha, size, radius, explained), size, GUIDED_VALUES, radius)
  const row = new Float32Array(size.width * GUIDED_VALUES)
  for (const sums of answers) {
    average(sums, row)
    yield row
  }
}

/** Rows [width * STATISTICS] of the photo at this size and its alpha. */
function* statisticsRows(photo: RgbaImage, alpha: Float32Array, { width, height }: PlaneSize): Rows {
  const row = new Float32Array(width * STATISTICS)
  let y = 0
  for (const colours of windowRows(photo, all(photo), { width, height })) {
    multiply(colours, alpha.subarray(y * width, (y + 1) * width), row)
    y++
    yield row
  }
}

/** From the statistics of windows, what the photo's colours say of alpha: rows [width * GUIDED_VALUES]. */
function* explainedRows(
  windows: Generator<WindowSums, void, undefined>,
  alpha: Float32Array,
  size: PlaneSize,
  radius: number,
  explained: GuideOptions['explained'],
): Rows {
  const { width } = size
  const highest = maxFilter(alpha, size, radius)
  const lowest = minFilter(alpha, size, radius)
  const row = new Float32Array(width * GUIDED_VALUES)
  let start = 0
  const mean = new Float32Array(STATISTICS)
  for (const { sums, share } of windows) {
    row.fill(0)
    for (let x = 0; x < width; x++) {
      if (highest[start + x]! - lowest[start + x]! < EDGE)
        row[x * GUIDED_VALUES + 3] = sums[x * STATISTICS + 3]! * share
      else {
        for (let c = 0; c < STATISTICS; c++) mean[c] = sums[x * STATISTICS + c]! * share
        explain(mean, explained, row, x * GUIDED_VALUES)
      }
    }
    start += width
    yield row
  }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

function multiply(colours: Float32Array, alpha: Float32Array, row: Float32Array): void {
  for (let x = 0, from = 0, to = 0; x < alpha.length; x++, from += 3, to += STATISTICS) {
    const red = Math.fround(colours[from]! / 255)
    const green = Math.fround(colours[from + 1]! / 255)
    const blue = Math.fround(colours[from + 2]! / 255)
    const own = alpha[x]!
    row[to] = red
    row[to + 1] = green
    row[to + 2] = blue
    row[to + 3] = own
    row[to + 4] = red * own
    row[to + 5] = green * own
    row[to + 6] = blue * own
    row[to + 7] = own * own
    row[to + 8] = red * red
    row[to + 9] = red * green
    row[to + 10] = red * blue
    row[to + 11] = green * green
    row[to + 12] = green * blue
    row[to + 13] = blue * blue
  }
}

/** alpha = a . rgb + b of one window, and how far that is to be trusted. @param to where they begin in the row */
function explain(mean: Float32Array, explained: GuideOptions['explained'], row: Float32Array, to: number): void {
  const r = mean[0]!
  const g = mean[1]!
  const l = mean[2]!
  const m = mean[3]!
  // Covariance with alpha, and of the colours: a symmetric matrix, positive definite; a by Cramer's rule.
  const u = mean[4]! - r * m
  const v = mean[5]! - g * m
  const w = mean[6]! - l * m
  const xx = mean[8]! - r * r + FLAT
  const xy = mean[9]! - r * g
  const xz = mean[10]! - r * l
  const yy = mean[11]! - g * g + FLAT
  const yz = mean[12]! - g * l
  const zz = mean[13]! - l * l + FLAT
  const c00 = yy * zz - yz * yz
  const c01 = xz * yz - xy * zz
  const c02 = xy * yz - xz * yy
  const determinant = xx * c00 + xy * c01 + xz * c02
  const x = (c00 * u + c01 * v + c02 * w) / determinant
  const y = (c01 * u + (xx * zz - xz * xz) * v + (xy * xz - xx * yz) * w) / determinant
  const z = (c02 * u + (xy * xz - xx * yz) * v + (xx * yy - xy * xy) * w) / determinant
  const variance = mean[7]! - m ** 2
  row[to] = x
  row[to + 1] = y
  row[to + 2] = z
  row[to + 3] = m - (x * r + y * g + z * l)
  const share = variance > 1e-6 ? (x * u + y * v + z * w) / variance : 0
  row[to + 4] = smoothstep(explained.least, explained.full, share)
}

/** Means of the answers; the first three of a pixel's values, for colours 0..1, become such for colours 0..255. */
function average({ sums, share }: WindowSums, row: Float32Array): void {
  for (let at = 0; at < row.length; at += GUIDED_VALUES) {
    row[at] = Math.fround(sums[at]! * share) / 255
    row[at + 1] = Math.fround(sums[at + 1]! * share) / 255
    row[at + 2] = Math.fround(sums[at + 2]! * share) / 255
    row[at + 3] = sums[at + 3]! * share
    row[at + 4] = sums[at + 4]! * share
  }
}

/** The plane at this size. */
function resized(alpha: AlphaPlane, { width, height }: PlaneSize): Float32Array {
  const plane = new Float32Array(width * height)
  let at = 0
  for (const row of alphaRows(alpha, width, height)) {
    plane.set(row, at)
    at += width
  }
  return plane
}

/** Rows [width] of the plane at another size: area average, or linear where it grows. */
export function alphaRows(alpha: AlphaPlane, width: number, height: number): Generator<Float32Array, void, undefined> {
  const read = (y: number, row: Float32Array) => {
    row.set(alpha.data.subarray(y * alpha.width, (y + 1) * alpha.width))
  }
  return resampledRows({
    width: alpha.width,
    height: alpha.height,
    channels: 1,
    toWidth: width,
    toHeight: height,
    up: 'linear',
    read,
  })
}
