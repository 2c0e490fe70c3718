import { PhotodoodleError } from '../core/errors'
import { tensor, type Tensor } from '../core/tensor'
import { premultipliedRows } from './resize'
import { rgbaImage, type RgbaImage } from './rgba-image'

/**
 * A picture as the models take it: float32 [3, height, width], RGB in 0..1, resized without rounding to 8 bits.
 * Transparent parts are seen over white.
 */
export function toTensor(image: RgbaImage, width: number, height: number): Tensor {
  const plane = width * height
  const data = new Float32Array(3 * plane)
  let at = 0
  for (const row of premultipliedRows(image, width, height)) {
    for (let x = 0; x < row.length; x += 4, at++) {
      const paper = 255 - row[x + 3]!
      for (let c = 0; c < 3; c++) data[c * plane + at] = Math.min(1, Math.max(0, (row[x + c]! + paper) / 255))
    }
  }
  return tensor([3, height, width], data)
}

/**
 * An opaque 8-bit picture from float32 [3, H, W]; values are clamped to 0..1 and rounded.
 * @throws ShapeMismatch when the tensor is not [3, H, W]
 */
export function fromTensor(image: Tensor): RgbaImage {
  const [channels, height, width] = image.dims
  if (image.dims.length !== 3 || channels !== 3 || height === undefined || width === undefined) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `A picture tensor is [3, H, W], got [${image.dims.join(', ')}].`,
      'This is a defect; please report it.',
    )
  }
  const result = rgbaImage(width, height)
  const plane = width * height
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) result.data[i * 4 + c] = image.data[c * plane + i]! * 255
    result.data[i * 4 + 3] = 255
  }
  return result
}
