/**
 * Crisp colours of a decoded layer, as in training (training/model/crisp.py). A network's one answer is the mean of all
 * pictures still possible: its areas are mottled where it is not sure of them, and its edges inside the drawing are
 * soft. So each pixel near an edge takes the colour further on its own side (a shock filter, Osher and Rudin 1990, by
 * looking up instead of by differences, so no colour appears that was not there); then areas are smoothed by a
 * recursive filter that edges stop (Gastal and Oliveira, "Domain Transform for Edge-Aware Image and Video Processing",
 * 2011).
 */
import { Scratch } from '../../core/scratch'
import type { Tensor } from '../../core/tensor'
import type { PlaneSize } from '../../image/mask'
import { even } from './even'
import { checkLayer, FLOOR, LAYER_CHANNELS } from './layer-pixels'
import { boxed, lookUp } from './look-up'

/** Pixels around what is drawn that can still matter to it. */
const MARGIN = 8

/** Below this nothing divides. */
const TINY = 1e-6

const scratch = new Scratch()

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
  const [both, looked, luma, alpha, spare] = scratch.planes(4 * pixels, 4 * pixels, pixels, pixels, pixels)
  for (const plane of [both, luma, alpha]) plane.fill(0)
  eachRow(layer, drawn, (from, pixel) => readColours(layer.data, from, both, luma, alpha, pixel, drawn.width))
  boxed(alpha, drawn, spare)
  boxed(luma, drawn, spare)
  divide(luma, alpha)
  lookUp(both, 4, luma, drawn, looked)
  even(looked, drawn, alpha, spare)
  eachRow(layer, drawn, (to, pixel) => writeColours(layer.data, to, looked, pixel, drawn.width))
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
  const pixels = drawn.width * drawn.height
  if (pixels === 0) return layer
  const [alpha, field, looked, spare] = scratch.planes(pixels, pixels, pixels, pixels)
  eachRow(layer, drawn, (from, pixel) => readAlpha(layer.data, from, alpha, pixel, drawn.width))
  field.set(alpha)
  boxed(field, drawn, spare)
  lookUp(alpha, 1, field, drawn, looked)
  eachRow(layer, drawn, (to, pixel) => writeAlpha(layer.data, to, looked, pixel, drawn.width))
  return layer
}

/** The part of a layer that is drawn, with its margin; width 0 where nothing is. */
interface DrawnWindow extends PlaneSize {
  readonly left: number
  readonly top: number
}

function drawnWindow({ data, dims }: Tensor): DrawnWindow {
  const { height, width } = checkLayer({ data, dims })
  let left = width
  let right = 0
  let top = height
  let bottom = 0
  for (let y = 0, at = 3; y < height; y++) {
    for (let x = 0; x < width; x++, at += LAYER_CHANNELS) {
      if (data[at]! < FLOOR) continue
      if (x < left) left = x
      if (x >= right) right = x + 1
      if (y < top) top = y
      bottom = y + 1
    }
  }
  if (right === 0) return { left: 0, top: 0, width: 0, height: 0 }
  left = Math.max(0, left - MARGIN)
  top = Math.max(0, top - MARGIN)
  return {
    left,
    top,
    width: Math.min(width, right + MARGIN) - left,
    height: Math.min(height, bottom + MARGIN) - top,
  }
}

/** @param visit told where a row begins in the layer's data, and its first pixel's number in the window */
function eachRow({ dims }: Tensor, drawn: DrawnWindow, visit: (at: number, pixel: number) => void): void {
  for (let y = 0; y < drawn.height; y++)
    visit(((drawn.top + y) * dims[1]! + drawn.left) * LAYER_CHANNELS, y * drawn.width)
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** One row of a layer as premultiplied colours and alpha, their luma, and alpha alone, but for what is not drawn. */
function readColours(
  layer: Float32Array,
  start: number,
  both: Float32Array,
  luma: Float32Array,
  alpha: Float32Array,
  pixel: number,
  width: number,
): void {
  for (let i = pixel, at = start; i < pixel + width; i++, at += LAYER_CHANNELS) {
    if (!(layer[at + 3]! >= FLOOR)) continue
    const own = Math.min(1, layer[at + 3]!)
    const red = Math.min(own, Math.max(0, layer[at]!))
    const green = Math.min(own, Math.max(0, layer[at + 1]!))
    const blue = Math.min(own, Math.max(0, layer[at + 2]!))
    both[4 * i] = red
    both[4 * i + 1] = green
    both[4 * i + 2] = blue
    both[4 * i + 3] = alpha[i] = own
    luma[i] = 0.3 * red + 0.59 * green + 0.11 * blue
  }
}

function divide(values: Float32Array, by: Float32Array): void {
  for (let i = 0; i < values.length; i++) values[i]! /= Math.max(TINY, by[i]!)
}

/** One row of colours back at the layer's own alpha. */
function writeColours(layer: Float32Array, start: number, looked: Float32Array, pixel: number, width: number): void {
  for (let i = pixel, at = start; i < pixel + width; i++, at += LAYER_CHANNELS) {
    const own = layer[at + 3]!
    const scale = own > 0 ? Math.min(1, own) / Math.max(TINY, looked[4 * i + 3]!) : 0
    layer[at] = looked[4 * i]! * scale
    layer[at + 1] = looked[4 * i + 1]! * scale
    layer[at + 2] = looked[4 * i + 2]! * scale
  }
}

function readAlpha(layer: Float32Array, start: number, alpha: Float32Array, pixel: number, width: number): void {
  for (let i = pixel, at = start + 3; i < pixel + width; i++, at += LAYER_CHANNELS)
    alpha[i] = Math.min(1, Math.max(0, layer[at]!))
}

/** One row of alpha, with what is premultiplied by it. */
function writeAlpha(layer: Float32Array, start: number, looked: Float32Array, pixel: number, width: number): void {
  for (let i = pixel, at = start; i < pixel + width; i++, at += LAYER_CHANNELS) {
    const scale = looked[i]! / Math.max(FLOOR, Math.min(1, layer[at + 3]!))
    layer[at]! *= scale
    layer[at + 1]! *= scale
    layer[at + 2]! *= scale
    layer[at + 3] = looked[i]!
    layer[at + 4]! *= scale
  }
}
