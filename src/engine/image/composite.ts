import { requireSameSize, rgbaImage, type RgbaImage } from './rgba-image'
import { resize } from './resize'
import { upscaleLayer } from './upscale-layer'

/**
 * The layer painted over the photo (straight-alpha "over", in stored sRGB as canvases do). The photo's samples are copied and
 * only pixels with layer alpha > 0 are computed: everywhere else the result equals the original bit for bit, whatever its
 * own alpha. Layer alpha 255 gives exactly the layer's colour.
 *
 * @param opacity 0..1, fades the whole layer
 * @throws ShapeMismatch unless the sizes agree
 */
export function compositeOver(original: RgbaImage, layer: RgbaImage, opacity = 1): RgbaImage {
  requireSameSize(original, layer)
  const result = rgbaImage(original.width, original.height, original.data.slice())
  const out = result.data
  const over = layer.data
  for (let at = 0; at < out.length; at += 4) {
    const alpha = over[at + 3]! * opacity
    if (alpha <= 0) continue
    const behind = (out[at + 3]! * (255 - alpha)) / 255
    const total = alpha + behind
    for (let c = at; c < at + 3; c++) out[c] = (over[c]! * alpha + out[c]! * behind) / total
    out[at + 3] = total
  }
  return result
}

/** Share of the picture that the layer covers, 0..1: the mean of its alpha. */
export function coverage(layer: RgbaImage): number {
  let sum = 0
  for (let at = 3; at < layer.data.length; at += 4) sum += layer.data[at]!
  return sum / (255 * layer.width * layer.height)
}

/**
 * A small picture of the photo with the layer over it, for thumbnails: never larger than the photo, its long side at most
 * `longSide` pixels. The layer may have any size.
 */
export function preview(original: RgbaImage, layer: RgbaImage, longSide: number): RgbaImage {
  const scale = Math.min(1, longSide / Math.max(original.width, original.height))
  const width = Math.max(1, Math.round(original.width * scale))
  const height = Math.max(1, Math.round(original.height * scale))
  const enlarging = width > layer.width || height > layer.height
  const fitted = enlarging ? upscaleLayer(layer, width, height) : resize(layer, width, height)
  return compositeOver(resize(original, width, height), fitted)
}
