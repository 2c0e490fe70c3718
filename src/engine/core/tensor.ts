import { PhotodoodleError } from './errors'

/**
 * A dense float32 tensor in ordinary memory, row-major. The one tensor type that crosses engine functions on the host.
 */
export interface Tensor {
  readonly dims: readonly number[]
  readonly data: Float32Array
}

/** Number of elements of a shape; 1 for a scalar's empty shape. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1)
}

/** @throws ShapeMismatch when data and dims disagree */
export function tensor(dims: readonly number[], data: Float32Array = new Float32Array(sizeOf(dims))): Tensor {
  if (data.length !== sizeOf(dims)) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `A tensor [${dims.join(', ')}] needs ${sizeOf(dims)} values, got ${data.length}.`,
      'This is a defect; please report it.',
    )
  }
  return { dims, data }
}

/** ||a - b|| / ||b||, the measure all parity figures use; 0 when both are zero. */
export function relativeL2(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  let difference = 0
  let norm = 0
  for (let i = 0; i < expected.length; i++) {
    const e = expected[i]!
    const d = actual[i]! - e
    difference += d * d
    norm += e * e
  }
  if (difference === 0) return 0
  if (Number.isNaN(difference)) return Number.POSITIVE_INFINITY
  return norm === 0 ? Number.POSITIVE_INFINITY : Math.sqrt(difference / norm)
}

/** Largest |a - b|; NaN anywhere gives infinity so that it can never pass a tolerance. */
export function maxAbsDifference(actual: Float32Array, expected: Float32Array): number {
  let max = 0
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(actual[i]! - expected[i]!)
    if (Number.isNaN(d)) return Number.POSITIVE_INFINITY
    if (d > max) max = d
  }
  return max
}
