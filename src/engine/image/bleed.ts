import { Scratch } from '../core/scratch'
import type { PlaneSize } from './mask'
import type { RgbaImage } from './rgba-image'

/**
 * How many layer pixels the doodle's colours are carried outwards, so that enlarging never meets an undefined colour.
 */
export const BLEED = 3

/** Red, green, blue and alpha, interleaved. */
const VALUES = 4

const scratch = new Scratch()

/**
 * Straight red, green and blue, and the layer's own alpha, 0..255, interleaved [H, W, 4]; pixels around the doodle take
 * the weighted mean of coloured neighbours. Cost goes with the doodle's outline, not with the layer.
 * @returns to be read until the next call
 */
export function bleed(layer: RgbaImage): Float32Array {
  const count = layer.width * layer.height
  // Weights: what a pixel's colour counts among its neighbours', 0..1.
  const [colours, weights] = scratch.planes(VALUES * count, count)
  colours.fill(0)
  weights.fill(0)
  fill(layer.data, colours, weights)
  let met = besideKnown(weights, layer)
  for (let pass = 0; pass < BLEED; pass++) {
    // All of a pass is read before any of it is written.
    const sums = blurredAt(met, colours, weights, layer)
    write(met, sums, colours, weights)
    if (pass + 1 < BLEED) met = unknownAround(met, weights, layer)
  }
  return colours
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

function fill(data: Uint8ClampedArray, colours: Float32Array, weights: Float32Array): void {
  for (let i = 0, at = 0; i < weights.length; i++, at += VALUES) {
    const alpha = data[at + 3]!
    if (alpha === 0) continue
    weights[i] = alpha / 255
    colours[at] = data[at]!
    colours[at + 1] = data[at + 1]!
    colours[at + 2] = data[at + 2]!
    colours[at + 3] = alpha
  }
}

/** Pixels of weight 0 with a neighbour above it. */
function besideKnown(weights: Float32Array, { width, height }: PlaneSize): number[] {
  const met: number[] = []
  for (let y = 0, i = 0; y < height; y++) {
    const row = i
    const up = y > 0 ? row - width : row
    const down = y < height - 1 ? row + width : row
    for (let x = 0; x < width; x++, i++) {
      if (weights[i] !== 0) continue
      const left = x > 0 ? x - 1 : x
      const right = x < width - 1 ? x + 1 : x
      const beside = known(weights, row, left, x, right) || known(weights, up, left, x, right)
      if (beside || known(weights, down, left, x, right)) met.push(i)
    }
  }
  return met
}

/** Whether one of three pixels of a row has a weight. */
function known(weights: Float32Array, row: number, left: number, x: number, right: number): boolean {
  return weights[row + left] !== 0 || weights[row + x] !== 0 || weights[row + right] !== 0
}

/** Pixels of weight 0 beside these. */
function unknownAround(pixels: readonly number[], weights: Float32Array, { width, height }: PlaneSize): number[] {
  const found: number[] = []
  const seen = new Uint8Array(weights.length)
  for (const pixel of pixels) {
    const x = pixel % width
    const y = (pixel - x) / width
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const at = row * width + column
        if (weights[at] !== 0 || seen[at] === 1) continue
        seen[at] = 1
        found.push(at)
      }
  }
  return found
}

/** 3 x 3 binomial blur (1 2 1), the edge repeated, of weights and weighted colours at these pixels: [pixels, 4]. */
function blurredAt(
  pixels: readonly number[],
  colours: Float32Array,
  weights: Float32Array,
  { width, height }: PlaneSize,
): Float32Array {
  const result = new Float32Array(VALUES * pixels.length)
  for (let k = 0; k < pixels.length; k++) {
    const pixel = pixels[k]!
    const x = pixel % width
    const y = (pixel - x) / width
    const left = x > 0 ? 1 : 0
    const right = x < width - 1 ? 1 : 0
    const above = y > 0 ? pixel - width : pixel
    const below = y < height - 1 ? pixel + width : pixel
    for (let c = 0; c < VALUES; c++)
      result[VALUES * k + c] =
        (across(colours, weights, above, left, right, c) +
          2 * across(colours, weights, pixel, left, right, c) +
          across(colours, weights, below, left, right, c)) /
        4
  }
  return result
}

function across(
  colours: Float32Array,
  weights: Float32Array,
  at: number,
  left: number,
  right: number,
  c: number,
): number {
  return Math.fround(
    (weighted(colours, weights, at - left, c) +
      2 * weighted(colours, weights, at, c) +
      weighted(colours, weights, at + right, c)) /
      4,
  )
}

/** @param c 0..2 a colour times its weight, 3 the weight */
function weighted(colours: Float32Array, weights: Float32Array, pixel: number, c: number): number {
  return c === 3 ? weights[pixel]! : Math.fround(colours[VALUES * pixel + c]! * weights[pixel]!)
}

function write(pixels: readonly number[], sums: Float32Array, colours: Float32Array, weights: Float32Array): void {
  for (let k = 0; k < pixels.length; k++) {
    const pixel = pixels[k]!
    const total = sums[VALUES * k + 3]!
    weights[pixel] = total
    for (let c = 0; c < 3; c++) colours[VALUES * pixel + c] = sums[VALUES * k + c]! / total
  }
}
