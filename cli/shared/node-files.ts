import { mkdir, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import { checkRange, type ByteSource, type FileTree } from '../../src/engine/core/byte-source'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { MANIFEST_FILE } from '../../src/engine/formats/manifest'
import type { WeightStore } from '../../src/engine/formats/weight-store'
import { writeManifest, type WriteOptions } from '../../src/engine/formats/write-manifest'

/**
 * A file on disk; ranges are read when asked for. Reading throws FileChanged when it is no longer the file that was
 * opened.
 * @throws MissingFile
 */
export async function fileSource(path: string): Promise<ByteSource> {
  const info = await stat(path).catch(() => undefined)
  if (info?.isFile() !== true) throw new PhotodoodleError('MissingFile', `There is no file ${path}.`, 'Check the path.')
  const { size, mtimeMs } = info
  return {
    size,
    async read(offset, length) {
      checkRange(size, offset, length)
      const bytes = new Uint8Array(length)
      // Opened per read: a source has no end of life at which a handle could be closed.
      const file = await open(path, 'r').catch((cause: unknown) => {
        throw changed(path, cause)
      })
      try {
        const now = await file.stat()
        // A model is streamed for minutes after its shards were verified.
        if (now.size !== size || now.mtimeMs !== mtimeMs) throw changed(path)
        for (let done = 0; done < length;) {
          const { bytesRead } = await file.read(bytes, done, length - done, offset + done)
          if (bytesRead === 0) throw changed(path)
          done += bytesRead
        }
      } finally {
        await file.close()
      }
      return bytes
    },
  }
}

function changed(path: string, cause?: unknown): PhotodoodleError {
  return new PhotodoodleError(
    'FileChanged',
    `${path} was changed or removed while it was in use.`,
    'Start again when nothing else writes to it.',
    { cause },
  )
}

/** The files below a folder; a path that leaves it is refused. */
export function nodeFiles(folder: string): FileTree {
  const root = resolve(folder)
  return {
    async open(path) {
      const full = resolve(root, path)
      if (!full.startsWith(root + sep))
        throw new PhotodoodleError('MissingFile', `${path} is outside the folder ${folder}.`, 'Use a path inside it.')
      return fileSource(full)
    },
  }
}

/**
 * Writes a store as a manifest folder, replacing a manifest that is there.
 * @returns bytes written
 * @throws StorageFull, and every error of reading the store
 */
export async function writeManifestFolder(folder: string, store: WeightStore, options?: WriteOptions): Promise<number> {
  await mkdir(folder, { recursive: true })
  // The manifest goes first: without it the folder is no model, so an interrupted run cannot be mistaken for one.
  for (const file of (await readdir(folder)).filter(isManifestFile).sort()) await rm(join(folder, file))
  const write = (file: string, bytes: Uint8Array) =>
    writeFile(join(folder, file), bytes).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error
      throw new PhotodoodleError(
        'StorageFull',
        `The disk was full at ${file}.`,
        'Free some space, or choose a smaller --dtype or another --out.',
        { cause: error },
      )
    })
  return writeManifest(store, write, options)
}

export const isManifestFile = (file: string): boolean => file === MANIFEST_FILE || /^shard-\d+\.bin$/.test(file)
