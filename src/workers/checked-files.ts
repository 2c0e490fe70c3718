import { PhotodoodleError } from '../engine/core/errors'
import { MANIFEST_FILE, sha256 } from '../engine/formats/manifest'
import type { Fetcher } from './model-files'

/** Which SHA-256 a file beside an index must have: `manifest.json` lists shards, `matte.json` has one file. */
interface Index {
  readonly path: string
  readonly hashes: Readonly<Record<string, string>>
}

const INDEXES: readonly string[] = [MANIFEST_FILE, 'matte.json']

/**
 * Compares each weight file with the SHA-256 that its index gives, as it arrives. One that differs was damaged where it
 * is kept: index and file are fetched anew, past every cache, and compared again.
 * @param anew fetches past every cache
 * @throws BadShard naming the file, and whatever the fetchers throw
 */
export function checked(fetchFile: Fetcher, anew: Fetcher): Fetcher {
  const indexes = new Map<string, Index>()
  return async (path, onBytes) => {
    const [folder, name] = split(path)
    const bytes = await fetchFile(path, onBytes)
    if (INDEXES.includes(name)) {
      indexes.set(folder, { path, hashes: hashesIn(bytes) })
      return bytes
    }
    const index = indexes.get(folder)
    if (index === undefined || !(name in index.hashes) || (await sha256(bytes)) === index.hashes[name]) return bytes
    return repaired(path, name, index.path)
  }

  async function repaired(path: string, name: string, indexPath: string): Promise<Uint8Array<ArrayBuffer>> {
    try {
      // The index may be what is damaged.
      const hashes = hashesIn(await anew(indexPath))
      const bytes = await anew(path)
      if ((await sha256(bytes)) === hashes[name]) return bytes
    } catch (cause) {
      throw damaged(path, cause)
    }
    throw damaged(path)
  }
}

function damaged(path: string, cause?: unknown): PhotodoodleError {
  return new PhotodoodleError(
    'BadShard',
    `The stored model file ${path} is damaged.`,
    'Connect to the network and try again; it is fetched anew.',
    { cause },
  )
}

/** The folder with its slash, and the name. */
function split(path: string): readonly [folder: string, name: string] {
  const end = path.lastIndexOf('/') + 1
  return [path.slice(0, end), path.slice(end)]
}

/** None for what cannot be read: the engine says what is wrong with it. */
function hashesIn(index: Uint8Array<ArrayBuffer>): Index['hashes'] {
  try {
    const {
      shards,
      file,
      sha256: hash,
    } = JSON.parse(new TextDecoder().decode(index)) as {
      shards?: { file: string; sha256: string }[]
      file?: string
      sha256?: string
    }
    const one = file === undefined || hash === undefined ? [] : [{ file, sha256: hash }]
    return Object.fromEntries([...(shards ?? []), ...one].map((shard) => [shard.file, shard.sha256]))
  } catch {
    return {}
  }
}
