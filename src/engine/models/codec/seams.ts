import type { Tensor } from '../../core/tensor'
import { checkLayer, LAYER_CHANNELS } from './layer-pixels'

/** Pixels to either side of a seam that take up the step there. */
const REACH = 8

/** Steps up to this are seams, twice as high ones the picture's own edges; 0..1. */
const STEP = 0.15

/** Pixels along a seam, to either side, whose steps are averaged: a seam's step changes slowly, a picture's not. */
const ALONG = 6

/**
 * Smooths, in place, a decoded layer where one token's patch meets the next. Each patch is decoded by itself, and where
 * the network is not sure of it, neighbours differ a little in brightness: seams.
 * @param layer [height, width, 5] premultiplied, 0..1 but for small errors
 * @param patch side of a token's patch in pixels
 * @returns the layer
 * @throws ShapeMismatch
 */
export function smoothSeams(layer: Tensor, patch: number): Tensor {
  const { height, width } = checkLayer(layer)
  const row = width * LAYER_CHANNELS
  const down = { lines: width, length: height, line: LAYER_CHANNELS, step: row }
  const across = { lines: height, length: width, line: row, step: LAYER_CHANNELS }
  for (const axis of [down, across]) smoothAlong(layer.data, axis, patch)
  return layer
}

/** Where the pixels that cross the seams lie: `lines` of them, `length` pixels each; distances in `data`. */
interface Axis {
  readonly lines: number
  readonly length: number
  readonly line: number
  readonly step: number
}

function smoothAlong(data: Float32Array, { lines, length, line, step }: Axis, patch: number): void {
  const own = new Float32Array(lines)
  const near = new Float32Array(lines)
  for (let seam = patch; seam < length; seam += patch) {
    for (let channel = 0; channel < LAYER_CHANNELS; channel++) {
      const start = seam * step + channel
      for (let i = 0; i < lines; i++) {
        const jump = data[start + i * line]! - data[start + i * line - step]!
        own[i] = jump * Math.min(1, Math.max(0, 2 - Math.abs(jump) / STEP))
      }
      runningMean(own, near, ALONG)
      for (let i = 0; i < lines; i++) {
        for (let away = 0; away < REACH; away++) {
          const part = (near[i]! * (1 - (away + 0.5) / REACH)) / 2
          data[start + i * line + away * step]! -= part
          data[start + i * line - (away + 1) * step]! += part
        }
      }
    }
  }
}

/** Mean of the values up to `radius` places away, fewer at the ends. */
function runningMean(values: Float32Array, into: Float32Array, radius: number): void {
  let sum = 0
  for (let i = 0; i < Math.min(radius, values.length); i++) sum += values[i]!
  for (let i = 0; i < values.length; i++) {
    if (i + radius < values.length) sum += values[i + radius]!
    if (i > radius) sum -= values[i - radius - 1]!
    into[i] = sum / (Math.min(values.length - 1, i + radius) - Math.max(0, i - radius) + 1)
  }
}
