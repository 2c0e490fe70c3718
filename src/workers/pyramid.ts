import { PhotodoodleError } from '../engine/core/errors'
import type { RgbaImage } from '../engine/image/rgba-image'
import { levelSize, TILE } from './picture-api'

/**
 * The photo at full size, a half, a quarter ..., cut into tiles on demand: the screen never holds more than it shows.
 */
export class Pyramid {
  /** Levels 1, 2, ...; each made from the one above when first asked for. */
  readonly #reduced: Promise<OffscreenCanvas>[] = []

  constructor(private readonly image: RgbaImage) {}

  async tile(level: number, column: number, row: number): Promise<ImageBitmap> {
    const size = levelSize(this.image, level)
    const [x, y] = [column * TILE, row * TILE]
    const [width, height] = [Math.min(TILE, size.width - x), Math.min(TILE, size.height - y)]
    if (level === 0) return createImageBitmap(crop(this.image, x, y, width, height))
    return createImageBitmap(await this.#level(level), x, y, width, height)
  }

  #level(level: number): Promise<OffscreenCanvas> {
    return (this.#reduced[level - 1] ??= this.#halve(level))
  }

  async #halve(level: number): Promise<OffscreenCanvas> {
    const { width, height } = levelSize(this.image, level)
    const { canvas, context } = newCanvas(width, height)
    context.imageSmoothingQuality = 'high'
    const above = level === 1 ? await createImageBitmap(asImageData(this.image)) : await this.#level(level - 1)
    context.drawImage(above, 0, 0, width, height)
    if (above instanceof ImageBitmap) above.close()
    return canvas
  }
}

export function newCanvas(
  width: number,
  height: number,
): { readonly canvas: OffscreenCanvas; readonly context: OffscreenCanvasRenderingContext2D } {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { willReadFrequently: true })
  if (context === null)
    throw new PhotodoodleError(
      'OutOfMemory',
      `The browser gave no canvas of ${width} x ${height} pixels.`,
      'Close other tabs or open a smaller copy of the photo.',
    )
  return { canvas, context }
}

/** The same samples, not copied. */
export function asImageData({ width, height, data }: RgbaImage): ImageData {
  return new ImageData(data as Uint8ClampedArray<ArrayBuffer>, width, height)
}

function crop(image: RgbaImage, x: number, y: number, width: number, height: number): ImageData {
  const part = new ImageData(width, height)
  for (let row = 0; row < height; row++) {
    const from = ((y + row) * image.width + x) * 4
    part.data.set(image.data.subarray(from, from + width * 4), row * width * 4)
  }
  return part
}
