import { encode } from 'fast-png'
import { PhotodoodleError } from '../engine/core/errors'
import type { RgbaBuffer } from './engine-api'

/**
 * A PNG with exactly these samples. The browser's encoder is fast and packs photos well, but reads a canvas, which
 * holds colours multiplied by alpha: exact for opaque pictures only. Anything transparent goes through fast-png, whose
 * plain rows suit a doodle layer (mostly empty) well enough.
 * @param image straight RGBA
 */
export async function encodePng(image: RgbaBuffer): Promise<Blob> {
  const { width, height, data } = image
  if (width < 1 || height < 1 || data.length !== width * height * 4) {
    throw new PhotodoodleError(
      'BadRequest',
      `A picture of ${width} x ${height} pixels cannot hold ${data.length} samples.`,
      'This is a defect; please report it.',
    )
  }
  if (!isOpaque(data)) {
    const png = encode({ width, height, data, channels: 4, depth: 8 }, { zlib: { level: 6 } })
    return new Blob([new Uint8Array(png)], { type: 'image/png' })
  }
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (context === null)
    throw new PhotodoodleError(
      'OutOfMemory',
      'The browser gave no canvas to write the picture.',
      'Close other tabs and download again.',
    )
  context.putImageData(new ImageData(data, width, height), 0, 0)
  return canvas.convertToBlob({ type: 'image/png' })
}

function isOpaque(rgba: Uint8ClampedArray): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return false
  return true
}
