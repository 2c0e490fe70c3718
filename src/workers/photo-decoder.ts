import { decode as decodePng } from 'fast-png'
import { hasName, PhotodoodleError } from '../engine/core/errors'
import { probeImage, type ImageHeader } from '../engine/image/probe-image'
import type { RgbaImage } from '../engine/image/rgba-image'

export interface DecodedPhoto {
  readonly image: RgbaImage
  readonly header: ImageHeader
}

/**
 * A photo's pixels at full resolution, EXIF orientation applied, converted to sRGB. What comes out of here is *the*
 * original: a result is compared with it, sample by sample, wherever the doodle is not.
 *
 * The browser's own decoder is the reference. Its pixels have to pass through a canvas, which stores colours multiplied by
 * alpha; for an opaque picture that changes nothing. A PNG with real transparency would be rounded, so fast-png, which
 * knows no canvas, is the reference for those. The one exception is a transparent PNG with an embedded colour profile:
 * right colours matter more there, and only the browser converts them.
 *
 * @throws BadImage, ImageTooLarge
 */
export async function decodePhoto(file: Blob): Promise<DecodedPhoto> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  const header = probeImage(bytes)
  const transparent = header.format === 'png' && pngCanBeTransparent(bytes) ? transparentPng(bytes) : undefined
  return { image: transparent ?? (await decodeByBrowser(file)), header }
}

async function decodeByBrowser(file: Blob): Promise<RgbaImage> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image', colorSpaceConversion: 'default', premultiplyAlpha: 'none' })
  } catch (cause) {
    throw new PhotodoodleError('BadImage', 'The picture is damaged: its header is fine, but its pixels cannot be decoded.', 'It was probably not copied completely: copy or download it again, or choose another picture.', { cause })
  }
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (context === null) throw new PhotodoodleError('OutOfMemory', 'The browser gave no canvas for this photo.', 'Close other tabs or open a smaller copy of the photo.')
    context.drawImage(bitmap, 0, 0)
    const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    return { width, height, data }
  } catch (cause) {
    if (hasName(cause, 'OutOfMemory')) throw cause
    throw new PhotodoodleError('OutOfMemory', `There is not enough memory for a photo of ${bitmap.width} x ${bitmap.height} pixels.`, 'Close other tabs or open a smaller copy of the photo.', { cause })
  } finally {
    bitmap.close()
  }
}

const COLOUR_TYPE = 25
const INDEXED = 3
const WITH_ALPHA = [4, 6]

/** Colour type of the PNG's IHDR: alpha samples, or a palette that may have a tRNS chunk. */
function pngCanBeTransparent(bytes: Uint8Array): boolean {
  const type = bytes[COLOUR_TYPE]
  return type !== undefined && (type === INDEXED || WITH_ALPHA.includes(type))
}

/** Straight RGBA of a PNG that really has transparent pixels and no colour profile; undefined for any other. */
function transparentPng(bytes: Uint8Array): RgbaImage | undefined {
  let png: ReturnType<typeof decodePng>
  try {
    png = decodePng(bytes)
  } catch {
    return undefined // The browser decides whether the file is damaged.
  }
  if (png.iccEmbeddedProfile !== undefined) return undefined
  const { width, height } = png
  const data = new Uint8ClampedArray(width * height * 4)
  const to8 = png.depth === 16 ? (sample: number) => Math.round(sample / 257) : (sample: number) => sample
  const rgba = pixelReader(png, to8)
  if (rgba === undefined) return undefined
  let opaque = true
  for (let pixel = 0; pixel < width * height; pixel++) {
    const [r, g, b, a] = rgba(pixel)
    data[pixel * 4] = r
    data[pixel * 4 + 1] = g
    data[pixel * 4 + 2] = b
    data[pixel * 4 + 3] = a
    if (a < 255) opaque = false
  }
  return opaque ? undefined : { width, height, data }
}

type Rgba = readonly [number, number, number, number]

function pixelReader(png: ReturnType<typeof decodePng>, to8: (sample: number) => number): ((pixel: number) => Rgba) | undefined {
  const at = (index: number) => to8(png.data[index] ?? 0)
  if (png.palette !== undefined) {
    // Depths under 8 pack several pixels into a byte; such small palettes are left to the browser.
    if (png.depth !== 8) return undefined
    const colours = png.palette.map(([r = 0, g = 0, b = 0, a = 255]): Rgba => [r, g, b, a])
    return (pixel) => colours[png.data[pixel] ?? 0] ?? [0, 0, 0, 0]
  }
  if (png.channels === 4) return (pixel) => [at(pixel * 4), at(pixel * 4 + 1), at(pixel * 4 + 2), at(pixel * 4 + 3)]
  if (png.channels === 2) return (pixel) => [at(pixel * 2), at(pixel * 2), at(pixel * 2), at(pixel * 2 + 1)]
  return undefined
}
