import { PhotodoodleError } from '../engine/core/errors'
import { whiteRim } from '../engine/image/looking'
import { crop, type PixelBox } from '../engine/image/place'
import { resize } from '../engine/image/resize'
import { rgbaImage, type RgbaImage } from '../engine/image/rgba-image'
import type { Frame, Shape } from './picture-api'
import { asImageData, newCanvas } from './pyramid'

/** Alpha, 0..255, from which a pixel is part of a sticker. */
const SEEN = 8

/** Longest side that a picture is reduced to and enlarged from to be a soft ground. */
const SOFT = 24

/**
 * The picture as its file shall show it; itself without a shape.
 * @param scale pixels of the picture for each of the file's, below 1 in a preview
 * @throws BadRequest when a sticker of nothing was asked for
 */
export async function shaped(picture: RgbaImage, { sticker, frame }: Shape, scale = 1): Promise<RgbaImage> {
  let shown = picture
  if (sticker !== undefined) {
    shown = crop(shown, seenBox(shown))
    const rim = sticker.rim * Math.max(picture.width, picture.height)
    if (rim > 0) shown = whiteRim(shown, rim)
  }
  return frame === undefined ? shown : framed(shown, frame, scale)
}

function seenBox({ width, height, data }: RgbaImage): PixelBox {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0, at = 3; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      if (data[at]! < SEEN) continue
      if (x < left) left = x
      if (x > right) right = x
      if (y < top) top = y
      bottom = y
    }
  }
  if (right < 0)
    throw new PhotodoodleError('BadRequest', 'Nothing is seen of the doodles.', 'Show one, or bring parts of it back.')
  return { left, top, width: right + 1 - left, height: bottom + 1 - top }
}

async function framed(picture: RgbaImage, frame: Frame, scale: number): Promise<RgbaImage> {
  const width = Math.max(1, Math.round(frame.width * scale))
  const height = Math.max(1, Math.round(frame.height * scale))
  const filling = crop(picture, fillingBox(picture, frame))
  if (frame.fill) return resize(filling, width, height)
  const { canvas, context } = newCanvas(width, height)
  if (frame.ground === 'white') {
    context.fillStyle = '#fff'
    context.fillRect(0, 0, width, height)
  } else {
    const share = SOFT / Math.max(width, height)
    const soft = resize(filling, Math.max(1, Math.round(width * share)), Math.max(1, Math.round(height * share)))
    const bitmap = await createImageBitmap(asImageData(soft))
    context.imageSmoothingQuality = 'high'
    context.drawImage(bitmap, 0, 0, width, height)
    bitmap.close()
  }
  const fits = Math.min(width / picture.width, height / picture.height)
  const [w, h] = [Math.max(1, Math.round(picture.width * fits)), Math.max(1, Math.round(picture.height * fits))]
  const bitmap = await createImageBitmap(asImageData(resize(picture, w, h)))
  context.drawImage(bitmap, Math.round((width - w) / 2), Math.round((height - h) / 2))
  bitmap.close()
  return rgbaImage(width, height, context.getImageData(0, 0, canvas.width, canvas.height).data)
}

/** The largest part of the frame's shape, its middle as near to the one wanted as the picture allows. */
export function fillingBox(
  picture: { readonly width: number; readonly height: number },
  { width, height, middle }: Pick<Frame, 'width' | 'height' | 'middle'>,
): PixelBox {
  const scale = Math.min(picture.width / width, picture.height / height)
  const [w, h] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))]
  const start = (at: number, length: number, most: number): number =>
    Math.round(Math.min(most - length, Math.max(0, at * most - length / 2)))
  return { left: start(middle[0], w, picture.width), top: start(middle[1], h, picture.height), width: w, height: h }
}
