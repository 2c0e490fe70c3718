import type { PlaneSize } from './mask'
import type { RgbaImage } from './rgba-image'

/**
 * How many layer pixels the doodle's colours are carried outwards, so that enlarging never meets an undefined colour.
 */
const BLEED = 3

/**
 * Straight red, green and blue planes [H, W]; pixels around the doodle take the weighted mean of coloured neighbours.
 */
export function bleed(layer: RgbaImage): Float32Array[] {
  const { data } = layer
  const plane = (value: (pixel: number) => number): Float32Array =>
    new Float32Array(layer.width * layer.height).map((_, i) => value(i))
  const weight = plane((i) => data[4 * i + 3]! / 255)
  const colours = [0, 1, 2].map((c) => plane((i) => (weight[i]! > 0 ? data[4 * i + c]! : 0)))
  const weighted = colours.map((colour) => plane((i) => colour[i]! * weight[i]!))
  for (let pass = 0; pass < BLEED; pass++) {
    const met = besideKnown(weight, layer)
    // All of a pass is read before any of it is written.
    const totals = blurredAt(met, weight, layer)
    const sums = weighted.map((values) => blurredAt(met, values, layer))
    met.forEach((i, k) => {
      weight[i] = totals[k]!
      colours.forEach((colour, c) => {
        colour[i] = sums[c]![k]! / totals[k]!
        weighted[c]![i] = colour[i] * totals[k]!
      })
    })
  }
  return colours
}

/** Pixels of weight 0 with a neighbour above it. */
function besideKnown(weight: Float32Array, { width, height }: PlaneSize): number[] {
  const met: number[] = []
  for (let y = 0, i = 0; y < height; y++) {
    const [top, bottom] = [Math.max(0, y - 1), Math.min(height - 1, y + 1)]
    for (let x = 0; x < width; x++, i++) {
      if (weight[i] !== 0) continue
      const [left, right] = [x > 0 ? 1 : 0, x < width - 1 ? 1 : 0]
      for (let row = top; row <= bottom; row++) {
        const at = row * width + x
        if (weight[at - left] === 0 && weight[at] === 0 && weight[at + right] === 0) continue
        met.push(i)
        break
      }
    }
  }
  return met
}

/** 3 x 3 binomial blur (1 2 1), the edge repeated, at these pixels. */
function blurredAt(pixels: readonly number[], plane: Float32Array, { width, height }: PlaneSize): Float32Array {
  const across = (y: number, x: number): number => {
    const at = y * width + x
    return Math.fround((plane[at - (x > 0 ? 1 : 0)]! + 2 * plane[at]! + plane[at + (x < width - 1 ? 1 : 0)]!) / 4)
  }
  return Float32Array.from(pixels, (pixel) => {
    const x = pixel % width
    const y = (pixel - x) / width
    return (across(Math.max(0, y - 1), x) + 2 * across(y, x) + across(Math.min(height - 1, y + 1), x)) / 4
  })
}
