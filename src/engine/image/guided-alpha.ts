import { maxFilter, minFilter, smoothstep, type PlaneSize } from './mask'
import { resampledRows } from './resample'
import type { RgbaImage } from './rgba-image'
import { all, windowRows } from './window'

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
  const values = coefficients(colours(photo, size), resized(alpha, size), size, window, explained)
  const stride = size.width * GUIDED_VALUES
  const read = (y: number, row: Float32Array) => {
    row.set(values.subarray(y * stride, (y + 1) * stride))
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

type Explained = GuideOptions['explained']

/** [height, width, GUIDED_VALUES] */
function coefficients(
  rgb: Colours,
  alpha: Float32Array,
  size: PlaneSize,
  radius: number,
  trusted: Explained,
): Float32Array {
  const mean = (plane: Float32Array): Float32Array => boxMean(plane, size, radius)
  const [red, green, blue] = rgb
  const [redMean, greenMean, blueMean, alphaMean] = [mean(red), mean(green), mean(blue), mean(alpha)]
  const [redAlpha, greenAlpha, blueAlpha, alphaSquare] = [
    mean(product(red, alpha)),
    mean(product(green, alpha)),
    mean(product(blue, alpha)),
    mean(product(alpha, alpha)),
  ]
  const [redRed, redGreen, redBlue] = [mean(product(red, red)), mean(product(red, green)), mean(product(red, blue))]
  const [greenGreen, greenBlue, blueBlue] = [
    mean(product(green, green)),
    mean(product(green, blue)),
    mean(product(blue, blue)),
  ]
  const highest = maxFilter(alpha, size, radius)
  const lowest = minFilter(alpha, size, radius)

  const result = [red, green, blue, alpha, alpha].map(() => new Float32Array(alpha.length)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const [a0, a1, a2, b, trust] = result
  for (let i = 0; i < alpha.length; i++) {
    const m = alphaMean[i]!
    if (highest[i]! - lowest[i]! < EDGE) {
      b[i] = m
      continue
    }
    const [r, g, l] = [redMean[i]!, greenMean[i]!, blueMean[i]!]
    // Covariance with alpha, and of the colours: a symmetric matrix, positive definite; a by Cramer's rule.
    const [u, v, w] = [redAlpha[i]! - r * m, greenAlpha[i]! - g * m, blueAlpha[i]! - l * m]
    const [xx, yy, zz] = [redRed[i]! - r * r + FLAT, greenGreen[i]! - g * g + FLAT, blueBlue[i]! - l * l + FLAT]
    const [xy, xz, yz] = [redGreen[i]! - r * g, redBlue[i]! - r * l, greenBlue[i]! - g * l]
    const [c00, c01, c02] = [yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy]
    const determinant = xx * c00 + xy * c01 + xz * c02
    const x = (c00 * u + c01 * v + c02 * w) / determinant
    const y = (c01 * u + (xx * zz - xz * xz) * v + (xy * xz - xx * yz) * w) / determinant
    const z = (c02 * u + (xy * xz - xx * yz) * v + (xx * yy - xy * xy) * w) / determinant
    const variance = alphaSquare[i]! - m ** 2
    a0[i] = x
    a1[i] = y
    a2[i] = z
    b[i] = m - (x * r + y * g + z * l)
    trust[i] = smoothstep(trusted.least, trusted.full, variance > 1e-6 ? (x * u + y * v + z * w) / variance : 0)
  }
  // Every pixel lies in many windows; their answers are averaged.
  const values = new Float32Array(alpha.length * GUIDED_VALUES)
  for (const [c, plane] of result.entries()) spread(mean(plane), values, c, c < 3 ? 255 : 1)
  return values
}

/** Every GUIDED_VALUES-th value from `at` on, divided. */
function spread(plane: Float32Array, values: Float32Array, at: number, divisor: number): void {
  for (let i = 0, to = at; i < plane.length; i++, to += GUIDED_VALUES) values[to] = plane[i]! / divisor
}

function product(a: Float32Array, b: Float32Array): Float32Array {
  const result = new Float32Array(a.length)
  for (let i = 0; i < a.length; i++) result[i] = a[i]! * b[i]!
  return result
}

/** Mean over a square of side 2 * radius + 1, the border cut off; time does not depend on the radius. */
function boxMean(plane: Float32Array, size: PlaneSize, radius: number): Float32Array {
  return meanDown(meanAcross(plane, size, radius), size, radius)
}

function meanAcross(plane: Float32Array, { width }: PlaneSize, radius: number): Float32Array {
  const result = new Float32Array(plane.length)
  for (let start = 0; start < plane.length; start += width) {
    let sum = 0
    let count = 0
    for (let x = 0; x < width + radius; x++) {
      if (x < width) {
        sum += plane[start + x]!
        count++
      }
      const old = x - 2 * radius - 1
      if (old >= 0) {
        sum -= plane[start + old]!
        count--
      }
      if (x >= radius) result[start + x - radius] = sum / count
    }
  }
  return result
}

/** All columns side by side, row after row: memory is read in order. */
function meanDown(plane: Float32Array, { width, height }: PlaneSize, radius: number): Float32Array {
  const result = new Float32Array(plane.length)
  const sums = new Float64Array(width)
  const nothing = new Float32Array(width)
  const row = (y: number): Float32Array => (y >= 0 && y < height ? plane.subarray(y * width, (y + 1) * width) : nothing)
  let count = 0
  for (let y = 0; y < height + radius; y++) {
    const old = y - 2 * radius - 1
    count += Number(y < height) - Number(old >= 0)
    // Rows above the picture are thrown away: the first one's means take their place.
    meanRow(sums, row(y), row(old), count, result.subarray(Math.max(0, y - radius) * width))
  }
  return result
}

/** Moves the window of all columns on by a row: one comes in, one goes out. */
function meanRow(
  sums: Float64Array,
  coming: Float32Array,
  going: Float32Array,
  count: number,
  mean: Float32Array,
): void {
  for (let x = 0; x < sums.length; x++) {
    const sum = sums[x]! + coming[x]! - going[x]!
    sums[x] = sum
    mean[x] = sum / count
  }
}

type Colours = readonly [Float32Array, Float32Array, Float32Array]

/** The photo's red, green and blue planes at this size, 0..1. */
function colours(photo: RgbaImage, { width, height }: PlaneSize): Colours {
  const [red, green, blue] = [
    new Float32Array(width * height),
    new Float32Array(width * height),
    new Float32Array(width * height),
  ]
  const rows = windowRows(photo, all(photo), { width, height })
  for (let at = 0; at < red.length;) {
    const row = rows.next().value!
    for (let x = 0; x < row.length; x += 3, at++) {
      red[at] = row[x]! / 255
      green[at] = row[x + 1]! / 255
      blue[at] = row[x + 2]! / 255
    }
  }
  return [red, green, blue]
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
