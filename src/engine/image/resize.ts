import { resampledRows } from './resample'
import { rgbaImage, type RgbaImage } from './rgba-image'

/**
 * Resizes a picture: exact area averages along an axis that shrinks, Lanczos-3 along one that grows. Samples are
 * filtered as stored (sRGB-encoded), as the training pictures were. Colours are weighted by their alpha, so a
 * transparent pixel's hidden colour never bleeds. Returns a new picture, also when the size stays.
 */
export function resize(image: RgbaImage, width: number, height: number): RgbaImage {
  const result = rgbaImage(width, height)
  const out = result.data
  if (width === image.width && height === image.height) {
    out.set(image.data)
    return result
  }
  let at = 0
  for (const row of premultipliedRows(image, width, height)) {
    for (let x = 0; x < row.length; x += 4, at += 4) {
      const alpha = row[x + 3]!
      out[at + 3] = alpha
      // Below half a level the pixel is stored as transparent; its colour is of no use and would only be noise.
      const unscale = alpha < 0.5 ? 0 : 255 / alpha
      out[at] = row[x]! * unscale
      out[at + 1] = row[x + 1]! * unscale
      out[at + 2] = row[x + 2]! * unscale
    }
  }
  return result
}

/** Resized rows [width * 4] with colours times alpha / 255; 0..255, Lanczos may overshoot by a little. */
export function premultipliedRows(
  image: RgbaImage,
  width: number,
  height: number,
): Generator<Float32Array, void, undefined> {
  const { data } = image
  const read = (y: number, row: Float32Array) => {
    for (let x = 0, at = y * image.width * 4; x < row.length; x += 4, at += 4) {
      const alpha = data[at + 3]!
      const scale = alpha / 255
      row[x] = data[at]! * scale
      row[x + 1] = data[at + 1]! * scale
      row[x + 2] = data[at + 2]! * scale
      row[x + 3] = alpha
    }
  }
  return resampledRows({
    width: image.width,
    height: image.height,
    channels: 4,
    toWidth: width,
    toHeight: height,
    up: 'lanczos',
    read,
  })
}
