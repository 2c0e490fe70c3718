import { rgbaImage, type PixelBox, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

export type { PixelBox } from './rgba-image'

/**
 * A part of a picture as shares of its width and height, so that it holds at any size. Sides are above 0; it may reach
 * outside 0..1.
 */
export interface Place {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Pixels that are stretched over a part of the photo; without a place, over all of it. */
interface PlacedImage extends RgbaImage {
  readonly place?: Place
}

interface Size {
  readonly width: number
  readonly height: number
}

export const WHOLE: Place = { left: 0, top: 0, width: 1, height: 1 }

/** The box as shares; {@link boxOf} gives the same box back for a picture of the same size. */
export function placeOf({ left, top, width, height }: PixelBox, picture: Size): Place {
  return {
    left: left / picture.width,
    top: top / picture.height,
    width: width / picture.width,
    height: height / picture.height,
  }
}

/** The whole pixels of a picture of this size nearest to the place, at least one; all of them without a place. */
export function boxOf(place: Place | undefined, { width, height }: Size): PixelBox {
  if (place === undefined) return { left: 0, top: 0, width, height }
  const [left, right] = span(place.left, place.width, width)
  const [top, bottom] = span(place.top, place.height, height)
  return { left, top, width: right - left, height: bottom - top }
}

function span(start: number, length: number, pixels: number): [number, number] {
  const nearest = Math.round(start * pixels)
  // What begins inside keeps a pixel inside.
  const first = start < 1 ? Math.min(pixels - 1, nearest) : nearest
  return [first, Math.max(first + 1, Math.round((start + length) * pixels))]
}

/** The part of the box that lies inside a picture of this size; undefined when none does. */
export function inside({ left, top, width, height }: PixelBox, size: Size): PixelBox | undefined {
  const [x, y] = [Math.max(0, left), Math.max(0, top)]
  const [right, bottom] = [Math.min(size.width, left + width), Math.min(size.height, top + height)]
  return right > x && bottom > y ? { left: x, top: y, width: right - x, height: bottom - y } : undefined
}

/**
 * The picture's samples in the box, copied, those at its edge repeated outside; the picture itself when the box is all
 * of it.
 */
export function crop(image: RgbaImage, box: PixelBox): RgbaImage {
  if (isWhole(box, image)) return image
  const part = rgbaImage(box.width, box.height)
  const within = (at: number, length: number): number => Math.min(length - 1, Math.max(0, at))
  const pixels = (data: Uint8ClampedArray): Uint32Array =>
    new Uint32Array(data.buffer, data.byteOffset, data.length / 4)
  const [from, to] = [
    image.data.byteOffset % 4 === 0 ? pixels(image.data) : pixels(image.data.slice()),
    pixels(part.data),
  ]
  for (let y = 0; y < box.height; y++) {
    const row = within(box.top + y, image.height) * image.width
    for (let x = 0; x < box.width; x++) to[y * box.width + x] = from[row + within(box.left + x, image.width)]!
  }
  return part
}

/**
 * A transparent picture of this size with the part, which has the box's size, in the box, cut off outside; the part
 * itself when the box is all of it.
 */
export function paste(part: RgbaImage, box: PixelBox, size: Size): RgbaImage {
  if (isWhole(box, size)) return part
  const whole = rgbaImage(size.width, size.height)
  const seen = inside(box, size)
  if (seen === undefined) return whole
  for (let y = seen.top; y < seen.top + seen.height; y++) {
    const from = ((y - box.top) * box.width + seen.left - box.left) * 4
    whole.data.set(part.data.subarray(from, from + seen.width * 4), (y * size.width + seen.left) * 4)
  }
  return whole
}

/**
 * A doodle as a layer of the photo's size, its edges refined by the photo, in its place to the pixel; alpha exactly 0
 * around it.
 */
export function placeLayer(doodle: PlacedImage, photo: RgbaImage): RgbaImage {
  const box = boxOf(doodle.place, photo)
  return paste(upscaleLayer(doodle, box.width, box.height, crop(photo, box)), box, photo)
}

function isWhole({ left, top, width, height }: PixelBox, size: Size): boolean {
  return left === 0 && top === 0 && width === size.width && height === size.height
}
