import { rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

/** A part of a picture as shares of its width and height, so that it holds at any size: all in 0..1, sides above 0. */
export interface Place {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** Pixels that are stretched over a part of the photo; without a place, over all of it. */
export interface PlacedImage extends RgbaImage {
  readonly place?: Place
}

/** A rectangle of whole pixels. */
export interface PixelBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

interface Size {
  readonly width: number
  readonly height: number
}

/** The box as shares; {@link boxOf} gives the same box back for a picture of the same size. */
export function placeOf({ left, top, width, height }: PixelBox, picture: Size): Place {
  return { left: left / picture.width, top: top / picture.height, width: width / picture.width, height: height / picture.height }
}

/** The whole pixels of a picture of this size nearest to the place, at least one; all of them without a place. */
export function boxOf(place: Place | undefined, { width, height }: Size): PixelBox {
  if (place === undefined) return { left: 0, top: 0, width, height }
  const [left, right] = span(place.left, place.width, width)
  const [top, bottom] = span(place.top, place.height, height)
  return { left, top, width: right - left, height: bottom - top }
}

function span(start: number, length: number, pixels: number): [number, number] {
  const first = Math.min(pixels - 1, Math.round(start * pixels))
  return [first, Math.min(pixels, Math.max(first + 1, Math.round((start + length) * pixels)))]
}

/** The picture's samples in the box, copied; the picture itself when the box is all of it. The box lies inside. */
export function crop(image: RgbaImage, box: PixelBox): RgbaImage {
  if (isWhole(box, image)) return image
  const part = rgbaImage(box.width, box.height)
  eachRow(box, image.width, (whole, cut, length) => { part.data.set(image.data.subarray(whole, whole + length), cut) })
  return part
}

/** A transparent picture of this size with the part, which has the box's size, in the box; the part itself when the box is all of it. */
export function paste(part: RgbaImage, box: PixelBox, size: Size): RgbaImage {
  if (isWhole(box, size)) return part
  const whole = rgbaImage(size.width, size.height)
  eachRow(box, size.width, (to, from, length) => { whole.data.set(part.data.subarray(from, from + length), to) })
  return whole
}

/** A doodle as a layer of the photo's size, its edges refined by the photo, in its place to the pixel; alpha exactly 0 around it. */
export function placeLayer(doodle: PlacedImage, photo: RgbaImage): RgbaImage {
  const box = boxOf(doodle.place, photo)
  return paste(upscaleLayer(doodle, box.width, box.height, crop(photo, box)), box, photo)
}

function isWhole({ width, height }: PixelBox, size: Size): boolean {
  return width === size.width && height === size.height
}

/** Offsets of the box's rows of samples in the whole picture and in the part, and their length. */
function eachRow({ left, top, width, height }: PixelBox, across: number, visit: (whole: number, part: number, length: number) => void): void {
  for (let y = 0; y < height; y++) visit(((top + y) * across + left) * 4, y * width * 4, width * 4)
}
