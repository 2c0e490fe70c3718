import { bytesSource, joined, type ByteSource, type FileTree } from '../engine/core/byte-source'
import { PhotodoodleError } from '../engine/core/errors'
import type { LoadProgress } from './engine-api'

/** Bytes of a file on our own origin. */
export type Fetcher = (
  path: string,
  onBytes?: (received: number, expected: number) => void,
) => Promise<Uint8Array<ArrayBuffer>>

/**
 * @param base folder URL ending with a slash
 * @throws MissingFile when the server does not answer or does not have the file
 */
export function fetcher(base: string, cache: RequestCache = 'default'): Fetcher {
  return async (path, onBytes = () => undefined) => {
    let response: Response
    try {
      response = await fetch(new URL(path, base), { cache })
    } catch (cause) {
      throw new PhotodoodleError(
        'MissingFile',
        `${path} could not be downloaded.`,
        'Check the connection and try again.',
        { cause },
      )
    }
    if (!response.ok)
      throw new PhotodoodleError(
        'MissingFile',
        `The server has no ${path} (status ${response.status}).`,
        'Reload the page; if it stays, the app was not installed completely.',
      )
    return readBody(response, onBytes)
  }
}

async function readBody(
  response: Response,
  onBytes: (received: number, expected: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const expected = Number(response.headers.get('Content-Length') ?? 0)
  const chunks: Uint8Array<ArrayBuffer>[] = []
  let received = 0
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk)
    received += chunk.length
    onBytes(received, Math.max(expected, received))
  }
  return joined(chunks)
}

/**
 * A model folder served by our own origin, each file fetched whole when it is opened. @param fetchFile compares files
 * with their hashes, see checked-files.ts
 */
export function fetchedTree(fetchFile: Fetcher, onProgress: (progress: LoadProgress) => void): FileTree {
  const files = new Map<string, LoadProgress>()
  return {
    verified: true,
    async open(path): Promise<ByteSource> {
      const bytes = await fetchFile(path, (received, expected) => {
        files.set(path, { received, expected })
        const all = [...files.values()]
        onProgress({
          received: all.reduce((sum, file) => sum + file.received, 0),
          expected: all.reduce((sum, file) => sum + file.expected, 0),
        })
      })
      return bytesSource(bytes)
    },
  }
}
