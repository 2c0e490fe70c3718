import { PhotodoodleError } from './errors'

/** Random access to bytes that may live on a disk, in the browser's storage or in memory. */
export interface ByteSource {
  /** Total bytes. */
  readonly size: number
  /**
   * Exactly `length` bytes starting at `offset`. The result may share memory with the source: do not write to it.
   * @throws TruncatedFile when the range leaves the source, FileChanged when it is no longer what was opened
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
}

/** A folder of a model, wherever it is stored. */
export interface FileTree {
  /**
   * @param path relative, with forward slashes, e.g. `transformer/manifest.json`
   * @throws MissingFile
   */
  open(path: string): Promise<ByteSource>
  /** Files were compared with their SHA-256 when they were stored here; reading them again for it is left out. */
  readonly verified?: boolean
}

/** @throws TruncatedFile unless 0 <= offset, 0 <= length and offset + length <= size, all whole numbers */
export function checkRange(size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length)
  if (!whole || offset < 0 || length < 0 || offset + length > size) {
    throw new PhotodoodleError(
      'TruncatedFile',
      `Bytes ${offset} to ${offset + length} were asked for, but the file has ${size}.`,
      'Download or copy the file again.',
    )
  }
}

export function bytesSource(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      checkRange(bytes.length, offset, length)
      return Promise.resolve(bytes.subarray(offset, offset + length))
    },
  }
}

/** A `File` the user picked, or a blob from storage; only the asked range is read. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      checkRange(blob.size, offset, length)
      try {
        return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
      } catch (cause) {
        throw new PhotodoodleError(
          'FileChanged',
          `${blob instanceof File ? blob.name : 'A file'} was changed or removed while it was in use.`,
          'Choose it again, or install the model again.',
          { cause },
        )
      }
    },
  }
}

/** @returns the whole file as text; @throws TruncatedFile, or a TypeError when it is not UTF-8 */
export async function readText(source: ByteSource): Promise<string> {
  return new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size))
}

/** One after another, in a buffer of their own. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}
