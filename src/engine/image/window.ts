import type { Matte, PlaneSize } from './mask'
import { resampledRows } from './resample'
import type { RgbaImage } from './rgba-image'

/**
 * A part of a picture in its pixels; it need not begin at a whole one and may reach beyond the picture, whose border
 * then repeats.
 */
export interface Window {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** One value a pixel, 0..1, row-major. */
export interface Plane extends PlaneSize {
  readonly values: Float32Array
}

/** The whole picture as a window. */
export const all = ({ width, height }: PlaneSize): Window => ({ left: 0, top: 0, width, height })

/**
 * A window's colours at another size: area means where it shrinks, linear where it grows. Alpha is not looked at.
 * @returns [height, width, 3], 0..255
 */
export function windowColours(image: RgbaImage, window: Window, size: PlaneSize): Float32Array {
  const colours = new Float32Array(size.width * size.height * 3)
  let at = 0
  for (const row of windowRows(image, window, size)) {
    colours.set(row, at)
    at += row.length
  }
  return colours
}

/** The same row by row, [width * 3]. */
export function windowRows(
  image: RgbaImage,
  window: Window,
  { width, height }: PlaneSize,
): Generator<Float32Array, void, undefined> {
  const read = (y: number, row: Float32Array, first: number, end: number): void => {
    readColours(image.data, 4 * (y * image.width + first), row, 3 * first, 3 * end)
  }
  return resampledRows({
    width: image.width,
    height: image.height,
    channels: 3,
    toWidth: width,
    toHeight: height,
    window,
    up: 'linear',
    read,
  })
}

/** The same of a matte. @returns values 0..1 */
export function windowMatte(matte: Matte, window: Window, { width, height }: PlaneSize): Plane {
  const values = new Float32Array(width * height)
  const read = (y: number, row: Float32Array, first: number, end: number): void => {
    readAlpha(matte.alpha, y * matte.width, row, first, end)
  }
  let at = 0
  for (const row of resampledRows({
    width: matte.width,
    height: matte.height,
    channels: 1,
    toWidth: width,
    toHeight: height,
    window,
    up: 'linear',
    read,
  })) {
    values.set(row, at)
    at += row.length
  }
  return { width, height, values }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

function readColours(data: Uint8ClampedArray, start: number, row: Float32Array, first: number, end: number): void {
  for (let to = first, from = start; to < end; to += 3, from += 4) {
    row[to] = data[from]!
    row[to + 1] = data[from + 1]!
    row[to + 2] = data[from + 2]!
  }
}

function readAlpha(alpha: Uint8Array, start: number, row: Float32Array, first: number, end: number): void {
  for (let x = first; x < end; x++) row[x] = alpha[start + x]! / 255
}
