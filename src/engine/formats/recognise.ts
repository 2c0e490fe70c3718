/**
 * What a file is by its first bytes, whatever its name says; only for files that this app does not read as they are.
 */
export interface Recognised {
  readonly kind:
    | 'lfs'
    | 'html'
    | 'json'
    | 'text'
    | 'pickle'
    | 'zip'
    | 'archive'
    | 'gguf'
    | 'safetensors'
    | 'zeros'
    | 'video'
    | 'document'
  /** Completes "The file ...". */
  readonly what: string
  /** What the person can do, one sentence or two. */
  readonly remedy: string
}

/** Enough of a file's start for {@link recognise}. */
export const RECOGNISED_BYTES = 4096

const ASCII_ZIP = [0x50, 0x4b, 0x03, 0x04]
const MAGIC: readonly (readonly [bytes: readonly number[], kind: Recognised['kind'], name: string])[] = [
  [[0x1f, 0x8b], 'archive', 'a gzip archive'],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], 'archive', 'a 7z archive'],
  [[0x52, 0x61, 0x72, 0x21], 'archive', 'a RAR archive'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'archive', 'an xz archive'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'archive', 'a zstd archive'],
]

/** A gigabyte of header is no header: other files begin with bytes that read as lengths of any size. */
const MAX_SAFETENSORS_HEADER = 100_000_000
const GET_SAFETENSORS = 'Get the .safetensors version of it.'

/**
 * @param head the file's first {@link RECOGNISED_BYTES}, or all of a shorter one; undefined for bytes that say nothing
 */
export function recognise(head: Uint8Array): Recognised | undefined {
  if (head.length === 0) return undefined
  if (isSafetensors(head))
    return {
      kind: 'safetensors',
      what: 'is a safetensors file: weights, not a picture',
      remedy: 'Drop it on the page as a style, or give it to --style, --lora or "photodoodle convert".',
    }
  if (startsWith(head, [0x47, 0x47, 0x55, 0x46])) {
    return {
      kind: 'gguf',
      what: 'is a GGUF checkpoint',
      remedy:
        'FLUX.1-dev in GGUF is converted with "photodoodle convert ' +
        '--flux FILE.gguf --out DIR"; nothing else here reads it.',
    }
  }
  if (startsWith(head, ASCII_ZIP)) {
    // PyTorch names the first entry after the archive: archive/data.pkl.
    return /[\w./-]data\.pkl|\.pkl/.test(latin(head))
      ? pickle('a PyTorch checkpoint, a zipped pickle')
      : { kind: 'zip', what: 'is a ZIP archive', remedy: 'Unpack it and open the file inside.' }
  }
  // Protocols 2 to 5; PyTorch's old format begins with a pickled number.
  if (head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5) return pickle('a pickle')
  for (const [bytes, kind, name] of MAGIC)
    if (startsWith(head, bytes)) return { kind, what: `is ${name}`, remedy: 'Unpack it and open the file inside.' }
  if (latin(head.subarray(257, 262)) === 'ustar')
    return { kind: 'archive', what: 'is a tar archive', remedy: 'Unpack it and open the file inside.' }
  if (isVideo(head))
    return {
      kind: 'video',
      what: 'is a video',
      remedy: 'Save one of its frames as a JPEG or PNG picture and open that.',
    }
  if (startsWith(head, [0x25, 0x50, 0x44, 0x46]))
    return {
      kind: 'document',
      what: 'is a PDF document',
      remedy: 'Save the page as a JPEG or PNG picture and open that.',
    }
  if (head.length >= 64 && head.every((byte) => byte === 0)) {
    return {
      kind: 'zeros',
      what: 'begins with nothing but zeros',
      remedy: 'Its download was not finished: download it again.',
    }
  }
  return looksLikeText(head) ? text(latin(head)) : undefined
}

function text(head: string): Recognised {
  const words = head.replace(/^\u00ef\u00bb\u00bf/, '').trimStart()
  if (words.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(words)?.[1]
    const instead =
      size === undefined ? '' : ` of ${(Number(size) / 1e6).toLocaleString('en', { maximumFractionDigits: 1 })} MB`
    return {
      kind: 'lfs',
      what: `is a Git LFS pointer, three lines of text in place of a file${instead}`,
      remedy: 'Fetch the file itself: run "git lfs pull" in its folder, or use the download button of its page.',
    }
  }
  if (/^(?:<!doctype html|<html|<head|<body|<script)/i.test(words)) {
    return {
      kind: 'html',
      what: 'is a web page, not what its name says',
      remedy:
        'A site answers so when it wants you to sign in or to accept ' +
        'a licence: do that in the browser and download the file again.',
    }
  }
  if (/^[[{]\s*(?:["{[]|$)/.test(words))
    return {
      kind: 'json',
      what: 'holds JSON text',
      remedy: "It may be a site's error message or the index of a split file: download the file itself.",
    }
  return { kind: 'text', what: 'holds text', remedy: 'Open the file that you meant, or download it again.' }
}

const pickle = (name: string): Recognised => ({
  kind: 'pickle',
  what: `is ${name}, which could run code when it is read, so it is not`,
  remedy: GET_SAFETENSORS,
})

/** Header length, then the JSON header's brace. */
export function isSafetensors(head: Uint8Array): boolean {
  if (head.length < 10 || head[8] !== 0x7b) return false
  const length = new DataView(head.buffer, head.byteOffset, 8).getBigUint64(0, true)
  return length >= 2n && length <= BigInt(MAX_SAFETENSORS_HEADER) && /^\{\s*["}]/.test(latin(head.subarray(8, 40)))
}

function isVideo(head: Uint8Array): boolean {
  if (startsWith(head, [0x1a, 0x45, 0xdf, 0xa3])) return true
  if (latin(head.subarray(8, 12)) === 'AVI ') return true
  return (
    latin(head.subarray(4, 8)) === 'ftyp' &&
    /^(?:isom|iso\d|mp4\d|avc1|qt {2}|M4V |3gp\d|dash|MSNV)$/.test(latin(head.subarray(8, 12)))
  )
}

function looksLikeText(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, 512)
    .every((byte) => (byte >= 0x20 && byte !== 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d)
}

const startsWith = (head: Uint8Array, bytes: readonly number[]): boolean => bytes.every((byte, i) => head[i] === byte)

const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes.subarray(0, RECOGNISED_BYTES))
