import { decode as decodePng } from 'fast-png'
import { hasName, PhotodoodleError } from '../engine/core/errors'
import { asStill } from '../engine/image/heif-header'
import { exifOrientation, upright } from '../engine/image/orientation'
import { pngChunks, pngColour, toSrgb } from '../engine/image/png-colour'
import { probeImage, undecodable, type ImageFormat, type ImageHeader } from '../engine/image/probe-image'
import type { RgbaImage } from '../engine/image/rgba-image'
import { isAnimated } from './animated'

export interface DecodedPhoto {
  readonly image: RgbaImage
  readonly header: ImageHeader
  /** It moves; the image is its first frame. */
  readonly animated: boolean
}

/**
 * A photo's pixels at full resolution, EXIF orientation applied, converted to sRGB. What comes out of here is *the*
 * original: a result is compared with it, sample by sample, wherever the doodle is not.
 *
 * The browser's own decoder is the reference. Its pixels have to pass through a canvas, which stores colours multiplied
 * by alpha; for an opaque picture that changes nothing. A PNG with real transparency would be rounded, so fast-png,
 * which knows no canvas, is the reference for those; colours and orientation are then the browser's rules, by the
 * chunks. The one exception is a transparent PNG with an embedded colour profile: right colours matter more there, and
 * only the browser converts them.
 *
 * @param bytes the file's
 * @throws BadImage, ImageTooLarge
 */
export async function decodePhoto(file: Blob, bytes: Uint8Array<ArrayBuffer>): Promise<DecodedPhoto> {
  const header = probeImage(bytes)
  const transparent = header.format === 'png' && pngCanBeTransparent(bytes) ? transparentPng(bytes) : undefined
  const still = asStill(bytes)
  const shown = still === bytes ? file : new Blob([still], { type: file.type })
  return { image: transparent ?? (await decodeByBrowser(shown, header)), header, animated: isAnimated(bytes) }
}

/** What browsers open; a browser may know more, so what else is a picture is tried too. */
const DECODED: readonly ImageFormat[] = ['jpeg', 'png', 'webp', 'gif', 'avif', 'bmp', 'ico']

async function decodeByBrowser(file: Blob, header: ImageHeader): Promise<RgbaImage> {
  let bitmap: ImageBitmap
  try {
    bitmap = await createImageBitmap(file, {
      imageOrientation: 'from-image',
      colorSpaceConversion: 'default',
      premultiplyAlpha: 'none',
    })
  } catch (cause) {
    throw undecodable(header, DECODED, { cause })
  }
  try {
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height)
    const context = canvas.getContext('2d', { willReadFrequently: true })
    if (context === null)
      throw new PhotodoodleError(
        'OutOfMemory',
        'The browser gave no canvas for this photo.',
        'Close other tabs or open a smaller copy of the photo.',
      )
    context.drawImage(bitmap, 0, 0)
    const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
    return { width, height, data }
  } catch (cause) {
    if (hasName(cause, 'OutOfMemory')) throw cause
    throw new PhotodoodleError(
      'OutOfMemory',
      `There is not enough memory for a photo of ${bitmap.width} x ${bitmap.height} pixels.`,
      'Close other tabs or open a smaller copy of the photo.',
      { cause },
    )
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
  const data = straightRgba(png)
  if (data === undefined) return undefined
  let at = 3
  while (at < data.length && data[at] === 255) at += 4
  if (at >= data.length) return undefined
  const colour = pngColour(bytes)
  if (colour !== undefined) toSrgb(data, colour)
  const exif = pngChunks(bytes).get('eXIf')
  return upright({ width, height, data }, exif === undefined ? 1 : exifOrientation(exif))
}

/**
 * Samples of a palette of 8 bits, of grey with alpha or of RGBA, as 8-bit RGBA. Other layouts are left to the browser.
 */
function straightRgba({
  width,
  height,
  data,
  depth,
  channels,
  palette,
}: ReturnType<typeof decodePng>): Uint8ClampedArray | undefined {
  const pixels = width * height
  if (palette !== undefined) {
    // Depths under 8 pack several pixels into a byte.
    if (depth !== 8) return undefined
    const rgba = new Uint8ClampedArray(pixels * 4)
    for (let i = 0; i < pixels; i++) {
      const [r = 0, g = 0, b = 0, a = 255] = palette[data[i]!] ?? [0, 0, 0, 0]
      rgba[4 * i] = r
      rgba[4 * i + 1] = g
      rgba[4 * i + 2] = b
      rgba[4 * i + 3] = a
    }
    return rgba
  }
  const samples = depth === 16 ? to8Bit(data) : depth === 8 ? data : undefined
  if (samples === undefined) return undefined
  // A view, not a copy: a large cut-out photo fills memory once.
  if (channels === 4) return new Uint8ClampedArray(samples.buffer, samples.byteOffset, samples.length)
  if (channels !== 2) return undefined
  const rgba = new Uint8ClampedArray(pixels * 4)
  for (let i = 0; i < pixels; i++) {
    rgba.fill(samples[2 * i]!, 4 * i, 4 * i + 3)
    rgba[4 * i + 3] = samples[2 * i + 1]!
  }
  return rgba
}

function to8Bit(samples: ArrayLike<number>): Uint8Array {
  const result = new Uint8Array(samples.length)
  for (let i = 0; i < result.length; i++) result[i] = Math.round(samples[i]! / 257)
  return result
}
