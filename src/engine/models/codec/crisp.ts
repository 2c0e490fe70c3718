/**
 * Crisp colours of a decoded layer, as in training (training/model/crisp.py). A network's one answer is the mean of all
 * pictures still possible: its areas are mottled where it is not sure of them, and its edges inside the drawing are
 * soft. So each pixel near an edge takes the colour further on its own side (a shock filter, Osher and Rudin 1990, by
 * looking up instead of by differences, so no colour appears that was not there); then areas are smoothed by a
 * recursive filter that edges stop (Gastal and Oliveira, "Domain Transform for Edge-Aware Image and Video Processing",
 * 2011).
 */
import type { Tensor } from '../../core/tensor'
import type { PlaneSize } from '../../image/mask'
import { checkLayer, FLOOR, LAYER_CHANNELS } from './layer-pixels'
import { boxed, lookUp } from './look-up'

/** What smoothing reaches, in pixels. */
const REACH = 6

/** Sum of the differences of red, green and blue (0..1) over a pixel that halves it. */
const TOLERANCE = 0.5

/** Pixels around what is drawn that can still matter to it. */
const MARGIN = 8

/** Below this nothing divides. */
const TINY = 1e-6

/**
 * Makes the colours of a decoded layer crisper, in place; alpha and front stay.
 * @param layer [height, width, 5] premultiplied, 0..1 but for small errors
 * @returns the layer
 * @throws ShapeMismatch
 */
export function crispColours(layer: Tensor): Tensor {
  const drawn = drawnWindow(layer)
  const pixels = drawn.width * drawn.height
  if (pixels === 0) return layer
  const [both, alpha, luma] = [new Float32Array(4 * pixels), new Float32Array(pixels), new Float32Array(pixels)]
  eachPixel(layer, drawn, (at, pixel) => {
    const own = layer.data[at + 3]!
    if (own < FLOOR) return
    const most = Math.min(1, own)
    for (let c = 0; c < 3; c++) both[4 * pixel + c] = Math.min(most, Math.max(0, layer.data[at + c]!))
    both[4 * pixel + 3] = alpha[pixel] = most
    luma[pixel] = 0.3 * both[4 * pixel]! + 0.59 * both[4 * pixel + 1]! + 0.11 * both[4 * pixel + 2]!
  })
  const around = boxed(alpha.slice(), drawn)
  boxed(luma, drawn)
  for (let i = 0; i < pixels; i++) luma[i]! /= Math.max(TINY, around[i]!)
  const looked = lookUp(both, 4, luma, drawn, alpha)
  smooth(looked, drawn)
  eachPixel(layer, drawn, (at, pixel) => {
    const scale = Math.min(1, Math.max(0, layer.data[at + 3]!)) / Math.max(TINY, looked[4 * pixel + 3]!)
    for (let c = 0; c < 3; c++) layer.data[at + c] = looked[4 * pixel + c]! * scale
  })
  return layer
}

/**
 * Makes the edges of a decoded layer's alpha crisper, in place, for what is translucent: its alpha is not to be
 * steepened about one half.
 * @param layer [height, width, 5] premultiplied, 0..1 but for small errors
 * @returns the layer
 * @throws ShapeMismatch
 */
export function crispAlpha(layer: Tensor): Tensor {
  const drawn = drawnWindow(layer)
  if (drawn.width === 0) return layer
  const alpha = new Float32Array(drawn.width * drawn.height)
  eachPixel(layer, drawn, (at, pixel) => (alpha[pixel] = Math.min(1, Math.max(0, layer.data[at + 3]!))))
  const looked = lookUp(alpha, 1, boxed(alpha.slice(), drawn), drawn, alpha)
  eachPixel(layer, drawn, (at, pixel) => {
    const scale = looked[pixel]! / Math.max(FLOOR, Math.min(1, layer.data[at + 3]!))
    for (const c of [0, 1, 2, 4]) layer.data[at + c]! *= scale
    layer.data[at + 3] = looked[pixel]!
  })
  return layer
}

/** The part of a layer that is drawn, with its margin; width 0 where nothing is. */
interface DrawnWindow extends PlaneSize {
  readonly left: number
  readonly top: number
}

function drawnWindow(layer: Tensor): DrawnWindow {
  const { height, width } = checkLayer(layer)
  let [left, top, right, bottom] = [width, height, 0, 0]
  for (let y = 0, at = 3; y < height; y++) {
    for (let x = 0; x < width; x++, at += LAYER_CHANNELS) {
      if (layer.data[at]! < FLOOR) continue
      if (x < left) left = x
      if (x >= right) right = x + 1
      if (y < top) top = y
      bottom = y + 1
    }
  }
  if (right === 0) return { left: 0, top: 0, width: 0, height: 0 }
  ;[left, top] = [Math.max(0, left - MARGIN), Math.max(0, top - MARGIN)]
  return {
    left,
    top,
    width: Math.min(width, right + MARGIN) - left,
    height: Math.min(height, bottom + MARGIN) - top,
  }
}

function eachPixel(
  layer: Tensor,
  { left, top, width, height }: DrawnWindow,
  visit: (at: number, pixel: number) => void,
) {
  for (let y = 0, pixel = 0; y < height; y++) {
    let at = ((top + y) * layer.dims[1]! + left) * LAYER_CHANNELS
    for (let x = 0; x < width; x++, at += LAYER_CHANNELS, pixel++) visit(at, pixel)
  }
}

/**
 * Smooths premultiplied pixels [height, width, 4], in place, where neighbours are alike. A pixel counts by its alpha,
 * so that what is hardly seen takes the colours beside it.
 */
function smooth(both: Float32Array, grid: PlaneSize): void {
  const { width, height } = grid
  const pixels = width * height
  // Weights come from the pixels as they were: the second pass must not see what the first has moved.
  const [across, down] = shares(both, grid)
  for (const [keep, step] of [
    [across, 1],
    [down, width],
  ] as const) {
    for (let i = step; i < pixels; i++) carry(both, 4 * i, 4 * (i - step), keep[i]!)
    for (let i = pixels - 1 - step; i >= 0; i--) carry(both, 4 * i, 4 * (i + step), keep[i + step]!)
  }
}

/** Moves a pixel's four values towards another's. */
function carry(values: Float32Array, to: number, from: number, share: number): void {
  values[to]! += share * (values[from]! - values[to]!)
  values[to + 1]! += share * (values[from + 1]! - values[to + 1]!)
  values[to + 2]! += share * (values[from + 2]! - values[to + 2]!)
  values[to + 3]! += share * (values[from + 3]! - values[to + 3]!)
}

/** What a pixel takes of the one to its left, and of the one above it: less where their colours differ. */
function shares(both: Float32Array, grid: PlaneSize): readonly [across: Float32Array, down: Float32Array] {
  const { width, height } = grid
  const seen = binomial(both, grid)
  for (let i = 0; i < seen.length; i += 4) {
    const scale = 1 / Math.max(TINY, seen[i + 3]!)
    seen[i]! *= scale
    seen[i + 1]! *= scale
    seen[i + 2]! *= scale
  }
  const [across, down] = [new Float32Array(width * height), new Float32Array(width * height)]
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (x > 0) across[i] = share(both, seen, 4 * i, 4 * (i - 1))
      if (y > 0) down[i] = share(both, seen, 4 * i, 4 * (i - width))
    }
  }
  return [across, down]
}

function share(both: Float32Array, seen: Float32Array, a: number, b: number): number {
  const weight = Math.min(both[a + 3]!, both[b + 3]!)
  const differs =
    Math.abs(seen[a]! - seen[b]!) + Math.abs(seen[a + 1]! - seen[b + 1]!) + Math.abs(seen[a + 2]! - seen[b + 2]!)
  const t = Math.SQRT2 / REACH + (Math.SQRT2 / TOLERANCE) * differs * weight
  // Close to exp(-t).
  return 1 / (1 + t + (t * t) / 2)
}

/** Pixels of four values, weighed 1 2 1 down and across; edges repeated. */
function binomial(values: Float32Array, { width, height }: PlaneSize): Float32Array {
  const row = 4 * width
  const both = new Float32Array(values.length)
  // One row weighed downwards, with its ends repeated.
  const line = new Float32Array(row + 8)
  for (let y = 0; y < height; y++) {
    const [above, here, below] = [Math.max(0, y - 1) * row, y * row, Math.min(height - 1, y + 1) * row]
    for (let i = 0; i < row; i++) line[i + 4] = values[above + i]! + 2 * values[here + i]! + values[below + i]!
    line.copyWithin(0, 4, 8)
    line.copyWithin(row + 4, row, row + 4)
    for (let i = 0; i < row; i++) both[here + i] = (line[i]! + 2 * line[i + 4]! + line[i + 8]!) / 16
  }
  return both
}
