import { readFile, writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { PhotodoodleError } from '../src/engine/core/errors'
import { probeImage } from '../src/engine/image/probe-image'
import type { RegionMask } from '../src/engine/image/region'
import type { RgbaImage } from '../src/engine/image/rgba-image'

/** A decoded photo and whether the file had an alpha channel (then the result keeps it). */
export interface DecodedPhoto {
  readonly image: RgbaImage
  readonly hasAlpha: boolean
}

/**
 * Decodes a JPEG, PNG, WebP, GIF or AVIF as 8-bit sRGB with its EXIF orientation applied. libvips is the CLI's one
 * decoder, so "the original's samples" means what it gives.
 * @throws BadImage, ImageTooLarge (judged from the header, before anything is decoded)
 */
export async function decodePhoto(path: string): Promise<DecodedPhoto> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new PhotodoodleError('BadImage', `${path} cannot be read.`, 'Check the path.', { cause })
  })
  probeImage(bytes)
  try {
    const input = sharp(bytes, { failOn: 'error' }).autoOrient().toColourspace('srgb')
    const { hasAlpha = false } = await sharp(bytes).metadata()
    const { data, info } = await input.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
    return { image: { width: info.width, height: info.height, data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length) }, hasAlpha }
  } catch (cause) {
    throw new PhotodoodleError('BadImage', `${path} is damaged and cannot be decoded.`, 'Open it in another program and save it again.', { cause })
  }
}

/** Lossless PNG of an image's samples; without the alpha channel when every pixel is opaque by construction. */
export async function writePng(path: string, image: RgbaImage, keepAlpha: boolean): Promise<void> {
  const raw = sharp(Buffer.from(image.data.buffer, image.data.byteOffset, image.data.length), { raw: { width: image.width, height: image.height, channels: 4 } })
  await writeFile(path, await (keepAlpha ? raw : raw.removeAlpha()).png().toBuffer())
}

/** A region from a picture: white is inside, black and transparent are outside. @throws BadImage, ImageTooLarge */
export async function decodeRegion(path: string): Promise<RegionMask> {
  const { image: { width, height, data } } = await decodePhoto(path)
  const luma = (at: number): number => 0.2126 * data[at]! + 0.7152 * data[at + 1]! + 0.0722 * data[at + 2]!
  return { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => Math.round((luma(4 * i) * data[4 * i + 3]!) / 255)) }
}
