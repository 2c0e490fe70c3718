import { imageSize } from 'image-size'
import { PhotodoodleError } from '../core/errors'

export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'bmp'

export interface ImageHeader {
  readonly format: ImageFormat
  /** Pixels as stored, before any EXIF rotation. */
  readonly width: number
  readonly height: number
  /** EXIF orientation 1..8; 5..8 swap the sides on decoding. */
  readonly orientation: number
}

/** Largest photo accepted, in pixels: 100 million decode to 400 MB of RGBA. */
export const MAX_PIXELS = 100_000_000

/**
 * The sizes stand near the start of every accepted format; large EXIF, ICC or preview segments may come first. Looking no
 * further keeps the cost of a damaged file small.
 */
const HEADER_BYTES = 1 << 20

const FORMATS: Readonly<Record<string, ImageFormat>> = { jpg: 'jpeg', png: 'png', webp: 'webp', gif: 'gif', avif: 'avif', bmp: 'bmp' }

const PICK_ANOTHER = 'Choose a JPEG, PNG, WebP, GIF, AVIF or BMP picture.'

/**
 * Format and size of an encoded picture, read from its header without decoding it, so that a hostile or mistaken file is
 * turned away before it can take memory. Pass the whole file or its first megabyte.
 *
 * @throws BadImage for an empty file, a file that is no picture whatever its name says, a damaged header, HEIC
 * @throws ImageTooLarge above {@link MAX_PIXELS}
 */
export function probeImage(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0) throw new PhotodoodleError('BadImage', 'The file is empty (0 bytes).', 'It was probably not copied completely: copy or download it again, or choose another picture.')
  const found = readSize(bytes.subarray(0, HEADER_BYTES))
  if (found.type === 'heic' || found.type === 'heif') {
    throw new PhotodoodleError('BadImage', 'HEIC photos cannot be decoded here.', 'Export the photo as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and try again.')
  }
  const format = FORMATS[found.type ?? '']
  if (!format) throw new PhotodoodleError('BadImage', `Pictures of type ${found.type ?? 'unknown'} cannot be edited.`, PICK_ANOTHER)
  const { width, height } = found
  if (!(width > 0 && height > 0)) throw new PhotodoodleError('BadImage', `The ${format} header gives a size of ${width} x ${height} pixels.`, `The file is damaged. ${PICK_ANOTHER}`)
  if (width * height > MAX_PIXELS) {
    const megapixels = (pixels: number) => `${Math.round(pixels / 1e6)} megapixels`
    throw new PhotodoodleError(
      'ImageTooLarge',
      `The picture is ${width} x ${height} pixels (${megapixels(width * height)}); the limit is ${megapixels(MAX_PIXELS)}.`,
      'Save a smaller copy, for example 6000 pixels on the long side, and open that.',
    )
  }
  return { format, width, height, orientation: found.orientation ?? 1 }
}

function readSize(bytes: Uint8Array): ReturnType<typeof imageSize> {
  try {
    return imageSize(bytes)
  } catch (cause) {
    const text = looksLikeText(bytes)
    throw new PhotodoodleError(
      'BadImage',
      text ? 'The file holds text, not a picture, whatever its name says.' : 'The file is not a picture, or its header is damaged.',
      PICK_ANOTHER,
      { cause },
    )
  }
}

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 512).every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}
