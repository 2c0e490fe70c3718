import type { PlaneSize } from '../../image/mask'

/** How far away a pixel looks at most, in pixels. */
const STEP = 4

/** Radius of the box, applied twice both ways, in which a slope is seen. */
const BLUR = 2

/** What a pixel counts in such a box's mean. */
const SHARE = 1 / (2 * BLUR + 1)

/** Second difference at which a pixel is clearly on one side of an edge, as 1 / BEND. */
const BEND = 800

/** Slope at which a pixel looks half as far as at a steep edge. */
const SLOPE = 0.01

/** A slope squared that is none: a pixel that looks along it finds its own value, to a thousandth. */
const FLAT = 4e-6

/**
 * A step of a shock filter by looking up. Each pixel's values are those up to {@link STEP} pixels further away from the
 * edge of a field it is near to: downhill where the field is hollow along its slope, uphill where it bulges.
 * @param values [height, width, channels], alpha last: pixels of none stay
 * @param field [height, width], smooth
 * @param looked [height, width, channels], written
 */
export function lookUp(
  values: Float32Array,
  channels: 1 | 4,
  field: Float32Array,
  grid: PlaneSize,
  looked: Float32Array,
): void {
  const { width, height } = grid
  looked.set(values)
  for (let y = 0, i = 0; y < height; y++) {
    const up = y > 0 ? -width : 0
    const down = y < height - 1 ? width : 0
    for (let x = 0; x < width; x++, i++) {
      if (values[channels * i + channels - 1] === 0) continue
      const left = x > 0 ? -1 : 0
      const right = x < width - 1 ? 1 : 0
      const gx = (field[i + right]! - field[i + left]!) / 2
      const gy = (field[i + down]! - field[i + up]!) / 2
      const square = gx * gx + gy * gy
      if (square < FLAT) continue
      const twice = 2 * field[i]!
      const gxx = field[i + right]! - twice + field[i + left]!
      const gyy = field[i + down]! - twice + field[i + up]!
      const gxy =
        (field[i + down + right]! - field[i + down + left]! - field[i + up + right]! + field[i + up + left]!) / 4
      const bend = BEND * (gx * gx * gxx + 2 * gx * gy * gxy + gy * gy * gyy)
      const far = (STEP * bend) / ((square + Math.abs(bend)) * (Math.sqrt(square) + SLOPE))
      between(values, looked, channels, width, height, i, x - far * gx, y - far * gy)
    }
  }
}

/** into's pixel `to` becomes that of `values` at a place, bilinear. */
function between(
  values: Float32Array,
  into: Float32Array,
  channels: number,
  width: number,
  height: number,
  to: number,
  x: number,
  y: number,
): void {
  const column = Math.min(width - 1, Math.max(0, x))
  const row = Math.min(height - 1, Math.max(0, y))
  // Whole numbers of what is not negative.
  const left = column | 0
  const top = row | 0
  const fx = column - left
  const fy = row - top
  const right = left < width - 1 ? channels : 0
  const below = top < height - 1 ? width * channels : 0
  let at = (top * width + left) * channels
  for (let own = to * channels; own < (to + 1) * channels; own++, at++) {
    const upper = values[at]! + fx * (values[at + right]! - values[at]!)
    const lower = values[at + below]! + fx * (values[at + below + right]! - values[at + below]!)
    into[own] = upper + fy * (lower - upper)
  }
}

/**
 * Means of boxes, twice both ways, in place; edges repeated.
 * @param field [height, width]
 * @param spare of the same size, overwritten
 */
export function boxed(field: Float32Array, { width, height }: PlaneSize, spare: Float32Array): void {
  const line = new Float32Array(width + 2 * BLUR)
  const sums = new Float64Array(width)
  for (let times = 0; times < 2; times++) {
    for (let y = 0; y < height; y++) {
      line.set(field.subarray(y * width, (y + 1) * width), BLUR)
      line.fill(line[BLUR]!, 0, BLUR)
      line.fill(line[width + BLUR - 1]!, width + BLUR)
      averagedAcross(line, spare, y * width, width)
    }
    averagedDown(spare, field, sums, height)
  }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** Means of boxes along a row that begins at `start` of `into`. @param line the row, its ends repeated */
function averagedAcross(line: Float32Array, into: Float32Array, start: number, width: number): void {
  let sum = 0
  for (let k = 0; k < 2 * BLUR; k++) sum += line[k]!
  for (let x = 0; x < width; x++) {
    sum += line[x + 2 * BLUR]!
    into[start + x] = sum * SHARE
    sum -= line[x]!
  }
}

/** Means of boxes along columns, a row at a time. @param sums of a row's length, overwritten */
function averagedDown(field: Float32Array, into: Float32Array, sums: Float64Array, height: number): void {
  const width = sums.length
  const row = (y: number) => Math.min(height - 1, Math.max(0, y)) * width
  sums.fill(0)
  for (let y = -BLUR; y < BLUR; y++) addRow(sums, field, row(y))
  for (let y = 0; y < height; y++) moveDown(sums, field, row(y + BLUR), row(y - BLUR), into, y * width)
}

function addRow(sums: Float64Array, field: Float32Array, start: number): void {
  for (let x = 0; x < sums.length; x++) sums[x]! += field[start + x]!
}

/** A row comes in, the means of the sums are written, a row goes out. */
function moveDown(
  sums: Float64Array,
  field: Float32Array,
  coming: number,
  going: number,
  into: Float32Array,
  start: number,
): void {
  for (let x = 0; x < sums.length; x++) {
    const sum = sums[x]! + field[coming + x]!
    into[start + x] = sum * SHARE
    sums[x] = sum - field[going + x]!
  }
}
