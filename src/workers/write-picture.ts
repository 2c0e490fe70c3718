import { PhotodoodleError } from '../engine/core/errors'
import type { RgbaImage } from '../engine/image/rgba-image'
import type { ExportRequest } from './picture-api'
import { encodePng } from './png-encoder'
import { withPngText } from './png-text'
import { asImageData, newCanvas } from './pyramid'

/** Keyword of the iTXt chunk that holds the recipe. */
export const RECIPE_KEYWORD = 'photodoodle'

/** An image file with these samples; PNG is lossless and may carry the recipe, JPEG lies over white. */
export async function writePicture(
  image: RgbaImage,
  { format, quality, recipe }: Pick<ExportRequest, 'format' | 'quality' | 'recipe'>,
): Promise<Blob> {
  if (format === 'png') {
    const png = await encodePng({ ...image, data: image.data as Uint8ClampedArray<ArrayBuffer> })
    if (recipe === null) return png
    return new Blob([withPngText(new Uint8Array(await png.arrayBuffer()), RECIPE_KEYWORD, recipe)], {
      type: 'image/png',
    })
  }
  const { width, height } = image
  const { canvas, context } = newCanvas(width, height)
  context.putImageData(asImageData(image), 0, 0)
  if (format === 'jpeg') {
    context.globalCompositeOperation = 'destination-over'
    context.fillStyle = '#fff'
    context.fillRect(0, 0, width, height)
  }
  const type = `image/${format}`
  const file = await canvas.convertToBlob({ type, quality })
  // A browser without an encoder for the type silently answers with PNG.
  if (file.type !== type)
    throw new PhotodoodleError(
      'BadRequest',
      `This browser cannot write ${format.toUpperCase()} files.`,
      'Choose PNG or JPEG.',
    )
  return file
}
