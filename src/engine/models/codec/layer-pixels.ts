import { PhotodoodleError } from '../../core/errors'
import type { Tensor } from '../../core/tensor'
import { rgbaImage, type RgbaImage } from '../../image/rgba-image'

/**
 * What an element looks like: straight (not premultiplied) colours, and which of its pixels lie before the subject,
 * 0..255, row-major.
 */
export interface LayerPixels {
  readonly image: RgbaImage
  readonly front: Uint8Array
}

/** Values of a layer's pixel: red, green, blue times alpha, alpha, front times alpha, each 0..1. */
export const LAYER_CHANNELS = 5

/**
 * Alpha below this is none. Where nothing is drawn the codec's answer is a ripple around zero, and there the photo must
 * stay as it is.
 */
export const FLOOR = 4 / 255

/**
 * Size of a layer in pixels.
 * @throws ShapeMismatch unless it is [height, width, 5]
 */
export function checkLayer({ dims }: Tensor): { readonly height: number; readonly width: number } {
  const [height, width, channels] = dims
  if (height === undefined || width === undefined || channels !== LAYER_CHANNELS || dims.length !== 3) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `A layer is [height, width, ${LAYER_CHANNELS}], got [${dims.join(', ')}].`,
      'This is a defect; please report it.',
    )
  }
  return { height, width }
}

/**
 * A decoded layer as pixels; values beyond their range are brought back into it, colours of transparent pixels are 0.
 * @param layer [height, width, 5] premultiplied, 0..1 but for small errors
 * @param alphaGain what alpha is steepened by about one half, 1 or more. A network's answer is the mean of all edges
 *   that are still possible, which is softer than each of them; cut at one half, it is the middle one of them.
 * @throws ShapeMismatch
 */
export function layerPixels(tensor: Tensor, alphaGain = 1): LayerPixels {
  const { height, width } = checkLayer(tensor)
  const layer = tensor.data
  const image = rgbaImage(width, height)
  const front = new Uint8Array(width * height)
  for (let pixel = 0, from = 0; pixel < front.length; pixel++, from += LAYER_CHANNELS) {
    const drawn = Math.min(1, layer[from + 3]!)
    const alpha = Math.min(1, 0.5 + alphaGain * (drawn - 0.5))
    if (!(drawn >= FLOOR && alpha >= FLOOR)) continue
    const scale = 255 / drawn
    // The clamped array rounds to the nearest level and keeps within 0..255.
    for (let c = 0; c < 3; c++) image.data[4 * pixel + c] = layer[from + c]! * scale
    image.data[4 * pixel + 3] = alpha * 255
    front[pixel] = Math.round(Math.min(255, Math.max(0, layer[from + 4]! * scale)))
  }
  return { image, front }
}
