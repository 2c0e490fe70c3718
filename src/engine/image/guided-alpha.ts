import { maxFilter, minFilter, smoothstep, type PlaneSize } from './mask'
import { resampledRows } from './resample'
import type { RgbaImage } from './rgba-image'

/**
 * A doodle's alpha as a local linear function of the photo's colours (guided filter, He, Sun and Tang 2013; computed at a reduced
 * size and applied at the full one as in "Fast Guided Filter", He and Sun 2015): alpha = a . rgb + b around each pixel. Where a
 * doodle goes behind the subject its edge is the subject's, and the photo shows that edge far more finely than the model does.
 * Where a doodle lies on the photo freely the photo explains nothing of its edge; `trust` says which case it is. A subject's matte
 * follows the photo in the same way (matte.ts).
 */

/** Longest side at which coefficients are computed. They vary smoothly; the edges come from the photo itself. */
const COEFFICIENT_SIDE = 1024

/** Variance of colours (0..1) below which a window counts as flat. */
const FLAT = 1e-3

/** Alpha must go through this much of its range near by, or there is no edge to refine. */
const EDGE = 0.5

/** Values of {@link guidedRows} for each pixel: a for red, green, blue (alpha 0..1 for colours 0..255), b, trust 0..1. */
export const GUIDED_VALUES = 5

/** A plane of alpha, 0..1, row-major [height, width], that lies over the whole photo at a lower resolution. */
export interface AlphaPlane extends PlaneSize {
  readonly data: Float32Array
}

/** How far and how readily an edge follows the photo's. */
export interface GuideOptions {
  /** Window radius in pixels of the plane: as far as its edge may be off. */
  readonly radius: number
  /** Share of alpha's variance that the photo must explain for its edge to be followed, where it begins and where it is full. */
  readonly explained: { readonly least: number; readonly full: number }
}

/** Rows [width * GUIDED_VALUES] of coefficients for a plane of alpha enlarged to the photo's size. */
export function guidedRows(alpha: AlphaPlane, photo: RgbaImage, { radius, explained }: GuideOptions): Generator<Float32Array, void, undefined> {
  const scale = Math.min(1, COEFFICIENT_SIDE / Math.max(photo.width, photo.height))
  const size = { width: Math.max(1, Math.round(photo.width * scale)), height: Math.max(1, Math.round(photo.height * scale)) }
  const window = Math.max(1, Math.round(radius * Math.max(size.width / alpha.width, size.height / alpha.height)))
  const planes = coefficients(colours(photo, size), resized(alpha, size), size, window, explained)
  const read = (y: number, row: Float32Array) => {
    for (let x = 0; x < size.width; x++) planes.forEach((plane, c) => { row[x * GUIDED_VALUES + c] = plane[y * size.width + x]! })
  }
  return resampledRows({ ...size, channels: GUIDED_VALUES, toWidth: photo.width, toHeight: photo.height, up: 'linear', read })
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

function coefficients(rgb: readonly Float32Array[], alpha: Float32Array, size: PlaneSize, radius: number, trusted: Explained): readonly Float32Array[] {
  const mean = (plane: Float32Array): Float32Array => boxMean(plane, size, radius)
  const product = (a: Float32Array, b: Float32Array): Float32Array => a.map((value, i) => value * b[i]!)
  const colour = rgb.map(mean)
  const alphaMean = mean(alpha)
  const alphaSquare = mean(product(alpha, alpha))
  const withAlpha = rgb.map((plane) => mean(product(plane, alpha)))
  const pairs = PAIRS.map(([c, d]) => mean(product(rgb[c]!, rgb[d]!)))
  const highest = maxFilter(alpha, size, radius)
  const lowest = minFilter(alpha, size, radius)

  const result = Array.from({ length: GUIDED_VALUES }, () => new Float32Array(alpha.length))
  for (let i = 0; i < alpha.length; i++) {
    if (highest[i]! - lowest[i]! < EDGE) {
      result[3]![i] = alphaMean[i]!
      continue
    }
    const covariance = withAlpha.map((plane, c) => plane[i]! - colour[c]![i]! * alphaMean[i]!) as [number, number, number]
    const matrix = PAIRS.map(([c, d], k) => pairs[k]![i]! - colour[c]![i]! * colour[d]![i]! + (c === d ? FLAT : 0)) as Symmetric
    const a = solve(matrix, covariance)
    const variance = alphaSquare[i]! - alphaMean[i]! ** 2
    const explained = variance > 1e-6 ? dot(a, covariance) / variance : 0
    a.forEach((value, c) => { result[c]![i] = value })
    result[3]![i] = alphaMean[i]! - dot(a, colour.map((plane) => plane[i]!) as [number, number, number])
    result[4]![i] = smoothstep(trusted.least, trusted.full, explained)
  }
  // Every pixel lies in many windows; their answers are averaged.
  return result.map(mean).map((plane, c) => (c < 3 ? plane.map((value) => value / 255) : plane))
}

/** Entries of a symmetric 3 x 3 matrix: 00, 01, 02, 11, 12, 22. */
type Symmetric = [number, number, number, number, number, number]
const PAIRS = [[0, 0], [0, 1], [0, 2], [1, 1], [1, 2], [2, 2]] as const

/** x of M x = v by Cramer's rule; M is positive definite. */
function solve([xx, xy, xz, yy, yz, zz]: Symmetric, [u, v, w]: readonly [number, number, number]): [number, number, number] {
  const c00 = yy * zz - yz * yz
  const c01 = xz * yz - xy * zz
  const c02 = xy * yz - xz * yy
  const determinant = xx * c00 + xy * c01 + xz * c02
  return [
    (c00 * u + c01 * v + c02 * w) / determinant,
    (c01 * u + (xx * zz - xz * xz) * v + (xy * xz - xx * yz) * w) / determinant,
    (c02 * u + (xy * xz - xx * yz) * v + (xx * yy - xy * xy) * w) / determinant,
  ]
}

const dot = (a: readonly [number, number, number], b: readonly [number, number, number]): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2]

/** Mean over a square of side 2 * radius + 1, the border cut off; time does not depend on the radius. */
function boxMean(plane: Float32Array, { width, height }: PlaneSize, radius: number): Float32Array {
  const across = new Float32Array(plane.length)
  for (let y = 0; y < height; y++) runningMean(plane, across, y * width, 1, width, radius)
  const result = new Float32Array(plane.length)
  for (let x = 0; x < width; x++) runningMean(across, result, x, width, height, radius)
  return result
}

function runningMean(from: Float32Array, to: Float32Array, start: number, stride: number, length: number, radius: number): void {
  let sum = 0
  let count = 0
  for (let i = 0; i < length + radius; i++) {
    if (i < length) {
      sum += from[start + i * stride]!
      count++
    }
    const old = i - 2 * radius - 1
    if (old >= 0) {
      sum -= from[start + old * stride]!
      count--
    }
    if (i >= radius) to[start + (i - radius) * stride] = sum / count
  }
}

/** The photo's red, green and blue planes at this size, 0..1. */
function colours(photo: RgbaImage, { width, height }: PlaneSize): readonly Float32Array[] {
  const planes = [0, 1, 2].map(() => new Float32Array(width * height))
  const read = (y: number, row: Float32Array) => { for (let i = 0; i < row.length; i++) row[i] = photo.data[y * row.length + i]! }
  let at = 0
  for (const row of resampledRows({ width: photo.width, height: photo.height, channels: 4, toWidth: width, toHeight: height, up: 'linear', read })) {
    for (let x = 0; x < width; x++, at++) planes.forEach((plane, c) => { plane[at] = row[4 * x + c]! / 255 })
  }
  return planes
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
  const read = (y: number, row: Float32Array) => { row.set(alpha.data.subarray(y * alpha.width, (y + 1) * alpha.width)) }
  return resampledRows({ width: alpha.width, height: alpha.height, channels: 1, toWidth: width, toHeight: height, up: 'linear', read })
}
