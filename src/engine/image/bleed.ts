import type { PlaneSize } from './mask'
import type { RgbaImage } from './rgba-image'

/**
 * How many layer pixels the doodle's colours are carried outwards, so that enlarging never meets an undefined colour.
 */
const BLEED = 3

/** Red, green, blue and weight, interleaved. */
const VALUES = 4

/**
 * Straight red, green and blue, interleaved [H, W, 3]; pixels around the doodle take the weighted mean of coloured
 * neighbours. Cost goes with the doodle's outline, not with the layer.
 */
export function bleed(layer: RgbaImage): Float32Array {
  const count = layer.width * layer.height
  const colours = new Float32Array(3 * count)
  // Colours times weight, and the weight.
  const weighted = new Float32Array(VALUES * count)
  fill(layer.data, colours, weighted)
  let met = besideKnown(weighted, layer)
  for (let pass = 0; pass < BLEED; pass++) {
    // All of a pass is read before any of it is written.
    const sums = blurredAt(met, weighted, layer)
    write(met, sums, colours, weighted)
    if (pass + 1 < BLEED) met = unknownAround(met, weighted, layer)
  }
  return colours
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

function fill(data: Uint8ClampedArray, colours: Float32Array, weighted: Float32Array): void {
  for (let from = 0, to = 0; from < data.length; from += VALUES, to += 3) {
    if (data[from + 3] === 0) continue
    const weight = Math.fround(data[from + 3]! / 255)
    weighted[from + 3] = weight
    for (let c = 0; c < 3; c++) {
      const colour = data[from + c]!
      colours[to + c] = colour
      weighted[from + c] = colour * weight
    }
  }
}

/** Pixels of weight 0 with a neighbour above it. */
function besideKnown(weighted: Float32Array, { width, height }: PlaneSize): number[] {
  const met: number[] = []
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++)
      if (weighted[VALUES * i + 3] === 0 && hasKnown(weighted, x, y, width, height)) met.push(i)
  }
  return met
}

function hasKnown(weighted: Float32Array, x: number, y: number, width: number, height: number): boolean {
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
    for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++)
      if (weighted[VALUES * (row * width + column) + 3] !== 0) return true
  return false
}

/** Pixels of weight 0 beside these. */
function unknownAround(pixels: readonly number[], weighted: Float32Array, { width, height }: PlaneSize): number[] {
  const found = new Set<number>()
  for (const pixel of pixels) {
    const x = pixel % width
    const y = (pixel - x) / width
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const at = row * width + column
        if (weighted[VALUES * at + 3] === 0) found.add(at)
      }
  }
  return [...found]
}

/** 3 x 3 binomial blur (1 2 1), the edge repeated, at these pixels: [pixels, 4]. */
function blurredAt(pixels: readonly number[], weighted: Float32Array, { width, height }: PlaneSize): Float32Array {
  const result = new Float32Array(VALUES * pixels.length)
  for (let k = 0; k < pixels.length; k++) {
    const pixel = pixels[k]!
    const x = pixel % width
    const y = (pixel - x) / width
    const left = x > 0 ? VALUES : 0
    const right = x < width - 1 ? VALUES : 0
    const above = VALUES * (y > 0 ? pixel - width : pixel)
    const here = VALUES * pixel
    const below = VALUES * (y < height - 1 ? pixel + width : pixel)
    for (let c = 0; c < VALUES; c++)
      result[VALUES * k + c] =
        (across(weighted, above + c, left, right) +
          2 * across(weighted, here + c, left, right) +
          across(weighted, below + c, left, right)) /
        4
  }
  return result
}

function across(values: Float32Array, at: number, left: number, right: number): number {
  return Math.fround((values[at - left]! + 2 * values[at]! + values[at + right]!) / 4)
}

function write(pixels: readonly number[], sums: Float32Array, colours: Float32Array, weighted: Float32Array): void {
  for (let k = 0; k < pixels.length; k++) {
    const pixel = pixels[k]!
    const total = sums[VALUES * k + 3]!
    weighted[VALUES * pixel + 3] = total
    for (let c = 0; c < 3; c++) {
      const colour = Math.fround(sums[VALUES * k + c]! / total)
      colours[3 * pixel + c] = colour
      weighted[VALUES * pixel + c] = colour * total
    }
  }
}
