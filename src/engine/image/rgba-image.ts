import { PhotodoodleError } from '../core/errors'

/**
 * 8-bit RGBA picture, straight (not premultiplied) alpha, row-major, sRGB-encoded samples; `data.length = width *
 * height * 4`.
 */
export interface RgbaImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8ClampedArray
}

/** A rectangle of whole pixels; of a place that reaches outside the picture it does, too. */
export interface PixelBox {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/**
 * @param data samples to adopt, not copied; a transparent black picture when left out
 * @throws ShapeMismatch when the sides are not positive integers or disagree with the samples
 */
export function rgbaImage(width: number, height: number, data?: Uint8ClampedArray): RgbaImage {
  const whole = Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0
  if (!whole || (data && data.length !== width * height * 4)) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `A picture of ${width} x ${height} pixels cannot hold ${data?.length ?? 'any'} samples.`,
      'This is a defect; please report it.',
    )
  }
  return { width, height, data: data ?? new Uint8ClampedArray(width * height * 4) }
}

/** @throws ShapeMismatch unless both pictures have the same width and height */
export function requireSameSize(a: { width: number; height: number }, b: { width: number; height: number }): void {
  if (a.width !== b.width || a.height !== b.height) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `Pictures of ${a.width} x ${a.height} and ${b.width} x ${b.height} pixels do not lie over each other.`,
      'Bring the layer to the size of the photo first.',
    )
  }
}
