import type { PlaneSize } from './mask'

/** Interleaved samples row by row, each to be read until the next is asked for. */
export type Rows = Generator<Float32Array, void, undefined>

/** Sums [width * values] over a window's rows of means along it, and one row's share: a mean is a product. */
export interface WindowSums {
  readonly sums: Float64Array
  readonly share: number
}

/**
 * Of squares of side 2 * radius + 1, the border cut off, for rows [width * values]; time does not depend on the radius,
 * memory is that of one window's rows.
 */
export function* windowSums(
  rows: Rows,
  { width, height }: PlaneSize,
  values: number,
  radius: number,
): Generator<WindowSums, void, undefined> {
  const length = width * values
  const nothing = new Float32Array(length)
  const held = Array.from({ length: 2 * radius + 2 }, () => new Float32Array(length))
  const row = (y: number): Float32Array => (y >= 0 && y < height ? held[y % held.length]! : nothing)
  const sums = new Float64Array(length)
  let count = 0
  for (let y = 0; y < height + radius; y++) {
    const old = y - 2 * radius - 1
    count += Number(y < height) - Number(old >= 0)
    if (y < height) meanAcross(rows.next().value!, values, radius, row(y))
    move(sums, row(y), row(old))
    if (y >= radius) yield { sums, share: 1 / count }
  }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** Means of 2 * radius + 1 pixels of one row, the border cut off. */
function meanAcross(row: Float32Array, values: number, radius: number, result: Float32Array): void {
  for (let first = 0; first < values; first += PLANES) {
    if (first + PLANES <= values) meanFour(row, values, first, radius, result)
    else for (let c = first; c < values; c++) meanOne(row, values, c, radius, result)
  }
}

/** Values whose sums are kept side by side. */
const PLANES = 4

function meanFour(row: Float32Array, values: number, first: number, radius: number, result: Float32Array): void {
  const end = row.length
  const back = (2 * radius + 1) * values
  let a = 0
  let b = 0
  let c = 0
  let d = 0
  let count = 0
  for (let at = first, to = first - radius * values; to < end; at += values, to += values) {
    if (at < end) {
      count++
      a += row[at]!
      b += row[at + 1]!
      c += row[at + 2]!
      d += row[at + 3]!
    }
    if (at >= back) {
      count--
      a -= row[at - back]!
      b -= row[at - back + 1]!
      c -= row[at - back + 2]!
      d -= row[at - back + 3]!
    }
    if (to < 0) continue
    const share = 1 / count
    result[to] = a * share
    result[to + 1] = b * share
    result[to + 2] = c * share
    result[to + 3] = d * share
  }
}

function meanOne(row: Float32Array, values: number, first: number, radius: number, result: Float32Array): void {
  const end = row.length
  const back = (2 * radius + 1) * values
  let sum = 0
  let count = 0
  for (let at = first, to = first - radius * values; to < end; at += values, to += values) {
    if (at < end) {
      count++
      sum += row[at]!
    }
    if (at >= back) {
      count--
      sum -= row[at - back]!
    }
    if (to >= 0) result[to] = sum / count
  }
}

/** Moves the window of all columns on by a row: one comes in, one goes out. */
function move(sums: Float64Array, coming: Float32Array, going: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + coming[i]! - going[i]!
}
