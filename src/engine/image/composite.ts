import type { Blend } from './look'
import { inside, type PixelBox } from './place'
import { requireSameSize, rgbaImage, type RgbaImage } from './rgba-image'
import { resize } from './resize'
import { upscaleLayer } from './upscale-layer'

/**
 * The layer painted over the photo (straight-alpha "over", in stored sRGB as canvases do). The photo's samples are
 * copied and only pixels with layer alpha > 0 are computed: everywhere else the result equals the original bit for bit,
 * whatever its own alpha. Layer alpha 255 gives exactly the layer's colour.
 *
 * @param opacity 0..1, fades the whole layer
 * @param blend how colours meet, as in W3C's compositing: where the photo is transparent the layer keeps its own
 * @throws ShapeMismatch unless the sizes agree
 */
export function compositeOver(original: RgbaImage, layer: RgbaImage, opacity = 1, blend?: Blend): RgbaImage {
  requireSameSize(original, layer)
  const result = rgbaImage(original.width, original.height, original.data.slice())
  const over = blend === undefined ? layer : blended(original, layer, blend)
  paintOver(result, over, { left: 0, top: 0, width: layer.width, height: layer.height }, opacity)
  return result
}

/**
 * The same in place, of a part of the box's size.
 * @param below is painted on; untouched where the part is transparent, and outside the box
 */
export function paintOver(below: RgbaImage, part: RgbaImage, box: PixelBox, opacity = 1): void {
  requireSameSize(part, box)
  const seen = inside(box, below)
  if (seen === undefined) return
  for (let y = seen.top; y < seen.top + seen.height; y++) {
    const from = (y - box.top) * box.width + seen.left - box.left
    paintRow(below.data, 4 * (y * below.width + seen.left), part.data, 4 * from, 4 * (from + seen.width), opacity)
  }
}

function paintRow(
  out: Uint8ClampedArray,
  to: number,
  over: Uint8ClampedArray,
  from: number,
  end: number,
  opacity: number,
): void {
  for (let at = to; from < end; at += 4, from += 4) {
    const own = over[from + 3]!
    if (own === 0) continue
    const alpha = own * opacity
    if (alpha <= 0) continue
    // What the formula below gives here, too.
    if (opacity === 1 && (own === 255 || out[at + 3] === 0)) {
      out[at] = over[from]!
      out[at + 1] = over[from + 1]!
      out[at + 2] = over[from + 2]!
      out[at + 3] = own
      continue
    }
    const behind = (out[at + 3]! * (255 - alpha)) / 255
    const total = alpha + behind
    out[at] = (over[from]! * alpha + out[at]! * behind) / total
    out[at + 1] = (over[from + 1]! * alpha + out[at + 1]! * behind) / total
    out[at + 2] = (over[from + 2]! * alpha + out[at + 2]! * behind) / total
    out[at + 3] = total
  }
}

/** One channel of the backdrop and the layer, 0..1, mixed. */
const BLEND: Readonly<Record<Blend, (backdrop: number, source: number) => number>> = {
  multiply: (b, s) => b * s,
  screen: (b, s) => b + s - b * s,
  overlay: (b, s) => (b <= 0.5 ? 2 * b * s : 1 - 2 * (1 - b) * (1 - s)),
}

/** The layer in the colours that it takes on over the backdrop. */
function blended(backdrop: RgbaImage, layer: RgbaImage, blend: Blend): RgbaImage {
  const mix = BLEND[blend]
  const result = rgbaImage(layer.width, layer.height, layer.data.slice())
  for (let at = 0; at < layer.data.length; at += 4) {
    if (layer.data[at + 3] === 0) continue
    const below = backdrop.data[at + 3]! / 255
    for (let c = at; c < at + 3; c++) {
      const own = layer.data[c]!
      result.data[c] = (1 - below) * own + below * 255 * mix(backdrop.data[c]! / 255, own / 255)
    }
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
 * A small picture of the photo with the layer over it, for thumbnails: never larger than the photo, its long side at
 * most `longSide` pixels. The layer may have any size.
 */
export function preview(original: RgbaImage, layer: RgbaImage, longSide: number): RgbaImage {
  const scale = Math.min(1, longSide / Math.max(original.width, original.height))
  const width = Math.max(1, Math.round(original.width * scale))
  const height = Math.max(1, Math.round(original.height * scale))
  const enlarging = width > layer.width || height > layer.height
  const fitted = enlarging ? upscaleLayer(layer, width, height) : resize(layer, width, height)
  return compositeOver(resize(original, width, height), fitted)
}
