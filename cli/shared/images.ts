import { readFile, writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { smoothChroma } from '../../src/engine/image/chroma'
import { asStill, halfChroma } from '../../src/engine/image/heif-header'
import { pngColour, toSrgb } from '../../src/engine/image/png-colour'
import {
  MAX_PIXELS,
  probeImage,
  undecodable,
  type ImageFormat,
  type ImageHeader,
} from '../../src/engine/image/probe-image'
import type { RegionMask } from '../../src/engine/image/region'
import type { RgbaImage } from '../../src/engine/image/rgba-image'
import type { OutputFormat } from './output'

/** A decoded photo and whether the file had an alpha channel (then the result keeps it). */
export interface DecodedPhoto {
  readonly image: RgbaImage
  readonly hasAlpha: boolean
  readonly format: ImageFormat
}

/** What libvips opens as sharp ships it. */
const DECODED: readonly ImageFormat[] = ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff', 'svg']

/**
 * Decodes a picture as 8-bit sRGB, upright as browsers show it: EXIF's orientation counts in JPEG, PNG and TIFF, AVIF's
 * own turns in AVIF, and in WebP nothing does. libvips is the CLI's one decoder, so "the original's samples" means what
 * it gives; but chroma of half the size is enlarged as browsers do, which libvips leaves in blocks.
 * @throws BadImage, ImageTooLarge (judged from the header, before anything is decoded)
 */
export async function decodePhoto(path: string): Promise<DecodedPhoto> {
  const { bytes, header } = await readPicture(path)
  try {
    const input = sharp(asStill(bytes), {
      failOn: 'error',
      limitInputPixels: MAX_PIXELS,
    })
    const { hasAlpha = false } = await input.metadata()
    const turned = header.format === 'webp' ? input : input.autoOrient()
    const { data, info } = await turned.toColourspace('srgb').ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    const samples = new Uint8ClampedArray(data.buffer, data.byteOffset, data.length)
    const colour = header.format === 'png' ? pngColour(bytes) : undefined
    if (colour !== undefined) toSrgb(samples, colour)
    const image = { width: info.width, height: info.height, data: samples }
    const chroma = header.format === 'avif' ? halfChroma(bytes) : undefined
    if (chroma !== undefined) smoothChroma(image, chroma)
    return { image, hasAlpha, format: header.format }
  } catch (cause) {
    throw naming(path, () => undecodable(header, DECODED, { cause }))
  }
}

/** A picture's file and what its header says. @throws MissingFile, BadImage, ImageTooLarge */
export async function readPicture(path: string): Promise<{ readonly bytes: Buffer; readonly header: ImageHeader }> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw unreadable(path, cause)
  })
  return { bytes, header: naming(path, () => probeImage(bytes)) }
}

function unreadable(path: string, cause: unknown): PhotodoodleError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return new PhotodoodleError('MissingFile', `There is no file ${path}.`, 'Check the path.', { cause })
  if (code === 'EISDIR')
    return new PhotodoodleError('BadImage', `${path} is a folder.`, 'Give the path of a picture in it.', { cause })
  if (code === 'EACCES' || code === 'EPERM')
    return new PhotodoodleError('BadImage', `${path} may not be read.`, 'Change its permissions, or copy it.', {
      cause,
    })
  if (code === 'ERR_FS_FILE_TOO_LARGE')
    return new PhotodoodleError('BadImage', `${path} is larger than 2 GB.`, 'Give the path of a picture.', { cause })
  return new PhotodoodleError('BadImage', `${path} cannot be read.`, 'Check the path and the disk.', { cause })
}

/** On a command line several files may be meant, so the message begins with the one it is about. */
function naming<T>(path: string, work: () => T): T {
  const named = (error: unknown): unknown => {
    if (!(error instanceof PhotodoodleError)) return error
    const what = error.message.slice(0, -error.remedy.length).trim()
    return new PhotodoodleError(error.name, `${path}: ${what}`, error.remedy, { cause: error.cause })
  }
  try {
    const result = work()
    return (result instanceof PhotodoodleError ? named(result) : result) as T
  } catch (error) {
    throw named(error)
  }
}

/** As the editor's own choice. */
const QUALITY = 92

/**
 * A file's bytes. PNG keeps every sample; JPEG lies over white.
 * @param keepAlpha false leaves the alpha channel out: every pixel is opaque by construction
 */
export async function encodePicture(
  image: RgbaImage,
  format: OutputFormat | undefined,
  keepAlpha: boolean,
): Promise<Buffer> {
  const raw = sharp(Buffer.from(image.data.buffer, image.data.byteOffset, image.data.length), {
    raw: { width: image.width, height: image.height, channels: 4 },
  })
  if (format === 'jpeg')
    return raw.flatten({ background: '#fff' }).jpeg({ quality: QUALITY, chromaSubsampling: '4:4:4' }).toBuffer()
  const shown = keepAlpha ? raw : raw.removeAlpha()
  if (format === 'webp') return shown.webp({ quality: QUALITY }).toBuffer()
  return (format === 'avif' ? shown.avif({ quality: QUALITY, chromaSubsampling: '4:4:4' }) : shown.png()).toBuffer()
}

/** Lossless PNG of an image's samples. */
export async function writePng(path: string, image: RgbaImage, keepAlpha: boolean): Promise<void> {
  await writeFile(path, await encodePicture(image, 'png', keepAlpha))
}

/** A region from a picture: white is inside, black and transparent are outside. @throws BadImage, ImageTooLarge */
export async function decodeRegion(path: string): Promise<RegionMask> {
  const {
    image: { width, height, data },
  } = await decodePhoto(path)
  const luma = (at: number): number => 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => Math.round((luma(4 * i) * data[4 * i + 3]!) / 255)),
  }
}
