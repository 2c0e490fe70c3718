import { blobSource, type FileTree } from '../engine/core/byte-source'
import { PhotodoodleError } from '../engine/core/errors'
import { sha256 } from '../engine/formats/manifest'
import { parseModelDescription, type ModelDescription } from '../engine/pipelines/model-description'
import type { InstallProgress, ModelFile } from './engine-api'
import { readAll, readModelFolder, type Copy, type StoredFile } from './model-folder'

/** A model in the browser's storage. */
export interface StoredModel {
  readonly id: string
  readonly bytes: number
  readonly description: ModelDescription
}

/** `models/ID.json`, written last: a model without it is not installed. */
interface Index {
  readonly description: unknown
  readonly files: Readonly<Record<string, StoredFile>>
}

/**
 * Models that users install from a folder made by `photodoodle convert`, in the browser's private file system (OPFS):
 * `models/files/SHA256` and `models/ID.json`. A file is compared with its SHA-256 before it is written, and appears
 * only when it is whole, so an installation that was cut off goes on where it stopped.
 */
export class ModelStorage {
  /** @param root opens the storage; OPFS unless a test brings its own */
  constructor(
    private readonly root: () => Promise<FileSystemDirectoryHandle> = () => navigator.storage.getDirectory(),
  ) {}

  /** @returns models by id, without those that cannot be read; none where the browser stores nothing */
  async list(): Promise<readonly StoredModel[]> {
    const folder = await this.#folder().catch(() => undefined)
    const models: StoredModel[] = []
    if (folder === undefined) return []
    for (const [id, index] of await indexes(folder)) {
      try {
        models.push({
          id,
          bytes: sumBytes(Object.values(index.files)),
          description: parseModelDescription(index.description),
        })
      } catch (error) {
        // Stored by another version of the app; the models beside it work.
        if (!(error instanceof PhotodoodleError)) throw error
      }
    }
    return models.sort((a, b) => a.id.localeCompare(b.id))
  }

  /**
   * The files of an installed model.
   * @throws MissingFile when there is no such model
   */
  async tree(id: string): Promise<FileTree> {
    const folder = await this.#folder()
    const index = await this.#index(folder, id)
    const files = await folder.getDirectoryHandle('files')
    return {
      verified: true,
      open: async (path) => {
        const stored = index.files[path]
        const handle = stored && (await files.getFileHandle(stored.sha256).catch(() => undefined))
        if (handle === undefined)
          throw new PhotodoodleError(
            'MissingFile',
            `The stored model ${id} has no ${path}.`,
            'Install it again from its folder.',
          )
        return blobSource(await handle.getFile())
      },
    }
  }

  /**
   * Copies a model folder into the storage; the same call goes on after an interruption. Everything that can be told
   * from the folder alone is checked before the first byte is written.
   * @param files all of the folder, paths relative to the one that holds model.json
   * @throws MissingFile, BadModel, BadManifest, BadShard naming the file, StorageFull, FileChanged, Cancelled between
   * files
   */
  async install(
    files: readonly ModelFile[],
    onProgress: (progress: InstallProgress) => void,
    isCancelled: () => boolean,
  ): Promise<StoredModel> {
    const { json, description, copies } = await readModelFolder(files)
    const id = storedId(description)

    const folder = await this.#folder()
    const target = await folder.getDirectoryHandle('files', { create: true })
    const missing: Copy[] = []
    for (const copy of copies) if (!(await isStored(target, copy))) missing.push(copy)
    const total = sumBytes(copies)
    await checkRoom(sumBytes(missing))

    let done = total - sumBytes(missing)
    onProgress({ done, total, file: '' })
    for (const copy of missing) {
      if (isCancelled())
        throw new PhotodoodleError('Cancelled', 'The installation was stopped.', 'Choose the folder again to go on.')
      await store(target, copy)
      done += copy.bytes
      onProgress({ done, total, file: copy.path })
    }
    const index: Index = {
      description: json,
      files: Object.fromEntries(copies.map(({ path, sha256: hash, bytes }) => [path, { sha256: hash, bytes }])),
    }
    await write(await folder.getFileHandle(indexName(id), { create: true }), JSON.stringify(index))
    return { id, bytes: total, description }
  }

  /**
   * Reads every file of an installed model again and compares it with its SHA-256. Damaged files are forgotten, so that
   * installing the folder again brings those alone.
   * @throws MissingFile when there is no such model; BadShard naming the damaged files; Cancelled between files
   */
  async verify(id: string, onProgress: (progress: InstallProgress) => void, isCancelled: () => boolean): Promise<void> {
    const folder = await this.#folder()
    const { files: paths } = await this.#index(folder, id)
    const files = await folder.getDirectoryHandle('files')
    const total = sumBytes(Object.values(paths))
    let done = 0
    const damaged: string[] = []
    for (const [path, stored] of Object.entries(paths)) {
      if (isCancelled())
        throw new PhotodoodleError('Cancelled', 'The check was stopped.', 'Start it again at any time.')
      const handle = await files.getFileHandle(stored.sha256).catch(() => undefined)
      if (handle === undefined || (await sha256(await readAll(await handle.getFile()))) !== stored.sha256) {
        damaged.push(path)
        await files.removeEntry(stored.sha256).catch(() => undefined)
      }
      done += stored.bytes
      onProgress({ done, total, file: path })
    }
    if (damaged.length > 0)
      throw new PhotodoodleError(
        'BadShard',
        `${damaged.join(', ')} ${damaged.length === 1 ? 'is' : 'are'} damaged or gone.`,
        'Choose the model folder again; only what is damaged is copied.',
      )
  }

  /** Forgets a model and the files that no other model has; also what interrupted installations left. */
  async delete(id: string): Promise<void> {
    const folder = await this.#folder()
    await folder.removeEntry(indexName(id)).catch(() => undefined)
    const used = new Set(
      (await indexes(folder)).flatMap(([, index]) => Object.values(index.files).map((file) => file.sha256)),
    )
    const files = await folder.getDirectoryHandle('files', { create: true })
    const unused: string[] = []
    for await (const name of files.keys()) if (!used.has(name)) unused.push(name)
    for (const name of unused) await files.removeEntry(name)
  }

  async #index(folder: FileSystemDirectoryHandle, id: string): Promise<Index> {
    return readIndex(
      await folder.getFileHandle(indexName(id)).catch((cause: unknown) => {
        throw new PhotodoodleError(
          'MissingFile',
          `The model ${id} is not stored in this browser.`,
          'Install it from its folder.',
          { cause },
        )
      }),
    )
  }

  async #folder(): Promise<FileSystemDirectoryHandle> {
    return (await this.root()).getDirectoryHandle('models', { create: true })
  }
}

/** An id that is a file name, whatever a description says. */
function storedId({ id, version }: ModelDescription): string {
  return `${id}-${version}`.replace(/[^\w.-]+/g, '_')
}

const indexName = (id: string): string => `${id}.json`

const sumBytes = (files: readonly StoredFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0)

async function isStored(folder: FileSystemDirectoryHandle, { sha256: name, bytes }: StoredFile): Promise<boolean> {
  const handle = await folder.getFileHandle(name).catch(() => undefined)
  return handle !== undefined && (await handle.getFile()).size === bytes
}

/** @throws StorageFull before gigabytes are copied in vain */
async function checkRoom(needed: number): Promise<void> {
  const { quota, usage } = await navigator.storage.estimate()
  if (quota === undefined || usage === undefined || needed <= quota - usage) return
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(1)
  throw new PhotodoodleError(
    'StorageFull',
    `The model needs ${gigabytes(needed)} GB; this browser has room for ${gigabytes(Math.max(0, quota - usage))}.`,
    'Free disk space, or delete other models.',
  )
}

async function store(folder: FileSystemDirectoryHandle, { path, file, sha256: name }: Copy): Promise<void> {
  const bytes = await readAll(file)
  if ((await sha256(bytes)) !== name)
    throw new PhotodoodleError(
      'BadShard',
      `${path} does not have the SHA-256 its manifest gives: it is damaged or was changed.`,
      'Copy the model folder again, or convert it again.',
    )
  await write(await folder.getFileHandle(name, { create: true }), bytes)
}

/** A writable shows its content when it is closed, so a file is there whole or empty. @throws StorageFull */
async function write(handle: FileSystemFileHandle, content: Uint8Array<ArrayBuffer> | string): Promise<void> {
  try {
    const writable = await handle.createWritable()
    await writable.write(content)
    await writable.close()
  } catch (cause) {
    const why = cause instanceof Error && cause.name !== 'QuotaExceededError' ? ` (${cause.message})` : ''
    throw new PhotodoodleError(
      'StorageFull',
      `The browser could not store the model${why}.`,
      'Free disk space, and choose the folder again to go on.',
      { cause },
    )
  }
}

/** The indexes of all models, by id. */
async function indexes(folder: FileSystemDirectoryHandle): Promise<readonly (readonly [id: string, index: Index])[]> {
  const all: (readonly [string, Index])[] = []
  for await (const name of folder.keys()) {
    if (!name.endsWith('.json')) continue
    // One that is damaged costs its own model only.
    const index = await readIndex(await folder.getFileHandle(name)).catch(() => undefined)
    if (index !== undefined) all.push([name.slice(0, -'.json'.length), index])
  }
  return all
}

/** @throws BadModel for what was damaged, or cut off while it was written */
async function readIndex(handle: FileSystemFileHandle): Promise<Index> {
  try {
    const index = JSON.parse(await (await handle.getFile()).text()) as Index
    const whole = Object.values(index.files).every(
      ({ sha256: hash, bytes }) => /^[0-9a-f]{64}$/.test(hash) && Number.isSafeInteger(bytes),
    )
    if (whole) return index
  } catch (cause) {
    throw damagedIndex(cause)
  }
  throw damagedIndex()
}

function damagedIndex(cause?: unknown): PhotodoodleError {
  return new PhotodoodleError(
    'BadModel',
    'What the browser stored of the model is damaged.',
    'Install it again from its folder; files that are whole are not copied again.',
    { cause },
  )
}
