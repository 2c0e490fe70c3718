import { resizeRegion } from './region'
import { rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

/** The photo's subject: its share of each pixel, 0..255, row-major. It lies over the whole photo at any resolution. */
export interface Matte {
  readonly width: number
  readonly height: number
  readonly alpha: Uint8Array
}

/**
 * The matte at the size of a photo: where the photo explains the subject's edge, the edge follows the photo to the pixel
 * (guided-alpha.ts); where it is reduced, the mean.
 * @param photo the matte's own, at any size
 */
export function refineMatte(matte: Matte, photo: RgbaImage): Matte {
  const { width, height } = photo
  if (width === matte.width && height === matte.height) return matte
  if (width <= matte.width && height <= matte.height) {
    return { width, height, alpha: Uint8Array.from(resizeRegion({ ...matte, data: matte.alpha }, width, height), Math.round) }
  }
  const layer = rgbaImage(matte.width, matte.height)
  matte.alpha.forEach((alpha, i) => { layer.data[4 * i + 3] = alpha })
  const { data } = upscaleLayer(layer, width, height, photo)
  return { width, height, alpha: Uint8Array.from({ length: width * height }, (_, i) => data[4 * i + 3]!) }
}
