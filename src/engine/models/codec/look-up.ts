import type { PlaneSize } from '../../image/mask'

/** How far away a pixel looks at most, in pixels. */
const STEP = 4

/** Radius of the box, applied twice both ways, in which a slope is seen. */
const BLUR = 2

/** Second difference at which a pixel is clearly on one side of an edge, as 1 / BEND. */
const BEND = 800

/** Slope at which a pixel looks half as far as at a steep edge. */
const SLOPE = 0.01

/** A slope squared that is none: a pixel that looks along it finds its own value, to a thousandth. */
const FLAT = 4e-6

/**
 * A step of a shock filter by looking up. Each pixel's values are those up to {@link STEP} pixels further away from the
 * edge of a field it is near to: downhill where the field is hollow along its slope, uphill where it bulges.
 * @param values [height, width, channels]
 * @param field [height, width], smooth
 * @param alpha [height, width]: pixels of none stay
 */
export function lookUp(
  values: Float32Array,
  channels: 1 | 4,
  field: Float32Array,
  grid: PlaneSize,
  alpha: Float32Array,
): Float32Array {
  const { width, height } = grid
  const looked = values.slice()
  for (let y = 0, i = 0; y < height; y++) {
    const [up, down] = [y > 0 ? -width : 0, y < height - 1 ? width : 0]
    for (let x = 0; x < width; x++, i++) {
      if (alpha[i] === 0) continue
      const [left, right] = [x > 0 ? -1 : 0, x < width - 1 ? 1 : 0]
      const gx = (field[i + right]! - field[i + left]!) / 2
      const gy = (field[i + down]! - field[i + up]!) / 2
      const square = gx * gx + gy * gy
      if (square < FLAT) continue
      const twice = 2 * field[i]!
      const gxx = field[i + right]! - twice + field[i + left]!
      const gyy = field[i + down]! - twice + field[i + up]!
      const gxy =
        (field[i + down + right]! - field[i + down + left]! - field[i + up + right]! + field[i + up + left]!) / 4
      const bend = (BEND * (gx * gx * gxx + 2 * gx * gy * gxy + gy * gy * gyy)) / square
      const far = (STEP * bend) / (1 + Math.abs(bend)) / (Math.sqrt(square) + SLOPE)
      between(values, looked, channels, grid, i, x - far * gx, y - far * gy)
    }
  }
  return looked
}

/** into's pixel `to` becomes that of `values` at a place, bilinear. */
function between(
  values: Float32Array,
  into: Float32Array,
  channels: number,
  { width, height }: PlaneSize,
  to: number,
  x: number,
  y: number,
): void {
  x = Math.min(width - 1, Math.max(0, x))
  y = Math.min(height - 1, Math.max(0, y))
  const [left, top] = [Math.floor(x), Math.floor(y)]
  const [fx, fy] = [x - left, y - top]
  const corner = (top * width + left) * channels
  const right = left < width - 1 ? channels : 0
  const below = top < height - 1 ? width * channels : 0
  for (let c = 0; c < channels; c++) {
    const at = corner + c
    const upper = values[at]! + fx * (values[at + right]! - values[at]!)
    const lower = values[at + below]! + fx * (values[at + below + right]! - values[at + below]!)
    into[to * channels + c] = upper + fy * (lower - upper)
  }
}

/**
 * Means of boxes, twice both ways, in place; edges repeated.
 * @param field [height, width]
 * @returns the field
 */
export function boxed(field: Float32Array, { width, height }: PlaneSize): Float32Array {
  const side = 2 * BLUR + 1
  const line = new Float32Array(width + 2 * BLUR)
  for (let times = 0; times < 2; times++) {
    for (let y = 0; y < height; y++) {
      const row = field.subarray(y * width, (y + 1) * width)
      line
        .fill(row[0]!, 0, BLUR)
        .fill(row[width - 1]!, width + BLUR)
        .set(row, BLUR)
      let sum = 0
      for (let k = 0; k < side - 1; k++) sum += line[k]!
      for (let x = 0; x < width; x++) {
        sum += line[x + side - 1]!
        row[x] = sum / side
        sum -= line[x]!
      }
    }
    averagedDown(field, width, height)
  }
  return field
}

/** Means of boxes along columns, in place, a row at a time. */
function averagedDown(field: Float32Array, width: number, height: number): void {
  const side = 2 * BLUR + 1
  const was = field.slice()
  const sums = new Float64Array(width)
  const row = (y: number) => Math.min(height - 1, Math.max(0, y)) * width
  for (let y = -BLUR; y < BLUR; y++) {
    for (let x = 0, at = row(y); x < width; x++) sums[x]! += was[at + x]!
  }
  for (let y = 0; y < height; y++) {
    const [next, last, here] = [row(y + BLUR), row(y - BLUR), y * width]
    for (let x = 0; x < width; x++) {
      sums[x]! += was[next + x]!
      field[here + x] = sums[x]! / side
      sums[x]! -= was[last + x]!
    }
  }
}
