import { imageSize } from 'image-size'
import { PhotodoodleError } from '../core/errors'
import { recognise, RECOGNISED_BYTES, type Recognised } from '../formats/recognise'
import { heifHeader } from './heif-header'
import { jpegSize } from './jpeg-header'

/** By content. Of those in the second line some decoder may know some; which, it says itself. */
export type ImageFormat =
  'jpeg' | 'png' | 'webp' | 'gif' | 'avif' | 'bmp' | 'heic' | 'heif' | 'tiff' | 'svg' | 'ico' | 'jxl' | 'jp2' | 'psd'

export interface ImageHeader {
  readonly format: ImageFormat
  /** Pixels as stored, before any turn. */
  readonly width: number
  readonly height: number
}

/** Largest photo accepted, in pixels: 100 million decode to 400 MB of RGBA. */
export const MAX_PIXELS = 100_000_000

/** Where image-size looks; of the formats left to it sizes stand near the start, but for TIFF. */
const HEADER_BYTES = 1 << 20

const FORMATS: Readonly<Record<string, ImageFormat>> = {
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  bmp: 'bmp',
  tiff: 'tiff',
  svg: 'svg',
  ico: 'ico',
  cur: 'ico',
  jxl: 'jxl',
  'jxl-stream': 'jxl',
  jp2: 'jp2',
  psd: 'psd',
}

const PICK_ANOTHER = 'Choose a JPEG, PNG, WebP, GIF, AVIF or BMP picture.'
const HEIC_REMEDY = 'Export the photo as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and try again.'

/**
 * Format and size of an encoded picture, read from its header without decoding it, so that a hostile or mistaken file
 * is turned away before it can take memory. It does not judge whether the picture is whole or can be decoded: decoders
 * do, and {@link undecodable} puts their no into words.
 * @param bytes the whole file's
 * @throws BadImage for an empty file, a file that is no picture whatever its name says (by its content, with what to
 * do), one without a size
 * @throws ImageTooLarge above {@link MAX_PIXELS}
 */
export function probeImage(bytes: Uint8Array): ImageHeader {
  if (bytes.length === 0)
    throw bad(
      'The file is empty (0 bytes).',
      'It was probably not copied completely: copy or download it again, or choose another picture.',
    )
  const header = readHeader(bytes)
  if ('what' in header) {
    const text = header.kind === 'text' || header.kind === 'json'
    throw text
      ? bad('The file holds text, not a picture, whatever its name says.', PICK_ANOTHER)
      : bad(`The file ${header.what}.`, header.remedy)
  }
  const { format, width, height } = header
  if (!(width > 0 && height > 0)) {
    if (format === 'heic' || format === 'heif') throw undecodable(header)
    if (format === 'jpeg') throw bad('The JPEG has no size before its pixels.', `The file is damaged. ${PICK_ANOTHER}`)
    throw bad(
      `The ${format} header gives a size of ${width} x ${height} pixels.`,
      `The file is damaged. ${PICK_ANOTHER}`,
    )
  }
  if (width * height > MAX_PIXELS) {
    const megapixels = (pixels: number) => `${Math.round(pixels / 1e6)} megapixels`
    throw new PhotodoodleError(
      'ImageTooLarge',
      `The picture is ${width} x ${height} pixels ` +
        `(${megapixels(width * height)}); the limit is ${megapixels(MAX_PIXELS)}.`,
      'Save a smaller copy, for example 6000 pixels on the long side, and open that.',
    )
  }
  return header
}

/**
 * What to say of a picture whose header is fine and whose decoder refused it.
 * @param decodes formats that the decoder knows: of those the file is damaged, of others it says which it is
 */
export function undecodable(
  { format }: Pick<ImageHeader, 'format'>,
  decodes: readonly ImageFormat[] = [],
  options?: ErrorOptions,
): PhotodoodleError {
  if (format === 'heic' || format === 'heif') return bad('HEIC photos cannot be decoded here.', HEIC_REMEDY, options)
  if (!decodes.includes(format))
    return bad(
      `Pictures of type ${format} cannot be edited here.`,
      'Save it as PNG or JPEG in another program and open that.',
      options,
    )
  return bad(
    'The picture is damaged: its header is fine, but its pixels cannot be decoded.',
    'It was probably not copied completely: copy or download it again, or choose another picture.',
    options,
  )
}

/** @returns a size of 0 x 0 where a picture tells none; what is no picture by its content */
function readHeader(bytes: Uint8Array): ImageHeader | Recognised | typeof UNKNOWN {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return { format: 'jpeg', ...(jpegSize(bytes) ?? { width: 0, height: 0 }) }
  const heif = heifHeader(bytes)
  if (heif !== undefined) return heif
  const other = recognise(bytes.subarray(0, RECOGNISED_BYTES))
  // An SVG is text as well; a web page may have one inside.
  if (other !== undefined && other.kind !== 'text') return other
  const head = bytes.subarray(0, HEADER_BYTES)
  try {
    // A TIFF's directory may stand at its end.
    const isTiff = (head[0] === 0x49 && head[1] === 0x49) || (head[0] === 0x4d && head[1] === 0x4d)
    const { type = '', width, height } = imageSize(isTiff ? bytes : head)
    const format = FORMATS[type]
    if (format !== undefined) return { format, width, height }
  } catch {
    // Named below.
  }
  return other ?? UNKNOWN
}

const UNKNOWN = { kind: 'unknown', what: 'is not a picture, or its header is damaged', remedy: PICK_ANOTHER } as const

const bad = (what: string, remedy: string, options?: ErrorOptions): PhotodoodleError =>
  new PhotodoodleError('BadImage', what, remedy, options)
