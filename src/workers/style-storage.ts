import { createStore, del, entries, get, set, type UseStore } from 'idb-keyval'
import { blobSource, bytesSource, type FileTree } from '../engine/core/byte-source'
import { PhotodoodleError } from '../engine/core/errors'
import { openManifest } from '../engine/formats/manifest'
import { openSafetensors } from '../engine/formats/safetensors'
import type { WeightStore } from '../engine/formats/weight-store'
import { COMPACT_ABOVE, compactLora } from '../engine/lora/compact-lora'
import type { Fetcher } from './model-files'

/** A LoRA file the user brought. */
export interface ImportedStyle {
  readonly id: string
  readonly name: string
  /** The word it was trained with, of files that say so. */
  readonly trigger?: string
  /** The model it was checked against; styles stored before there was a choice do not say. */
  readonly model?: string
  /** The `.safetensors` as it came, or the files of a manifest folder with its matrices in 8-bit blocks. */
  readonly weights: Blob | Readonly<Record<string, Blob>>
}

/** Imported styles as an earlier version stored them: always the file itself. */
type StoredImport = ImportedStyle | (Omit<ImportedStyle, 'weights'> & { readonly file: Blob })

/**
 * What is kept of a dropped LoRA: small files as they are, large ones compact.
 * @throws BadSafetensors; UnsupportedDType for values that are not finite
 */
export async function importedWeights(file: Blob): Promise<ImportedStyle['weights']> {
  const store = await openSafetensors(blobSource(file))
  if (file.size <= COMPACT_ABOVE) return file
  const files: Record<string, Blob> = {}
  await compactLora(store, (name, bytes) => {
    files[name] = new Blob([bytes])
    return Promise.resolve()
  })
  return files
}

/** @throws BadSafetensors, BadManifest */
export function openImported({ weights }: Pick<ImportedStyle, 'weights'>): Promise<WeightStore> {
  if (weights instanceof Blob) return openSafetensors(blobSource(weights))
  const open: FileTree['open'] = (path) => {
    const file = weights[path]
    if (file === undefined) throw new PhotodoodleError('MissingFile', `The stored style has no ${path}.`, 'Delete the style and drop its file again.')
    return Promise.resolve(blobSource(file))
  }
  return openManifest({ open, verified: true }, '')
}

export function importedBytes({ weights }: Pick<ImportedStyle, 'weights'>): number {
  return weights instanceof Blob ? weights.size : Object.values(weights).reduce((sum, { size }) => sum + size, 0)
}

/** A style of the model, kept after its first use. `index` is its manifest as text; the other files belong to exactly it. */
interface StoredBuiltIn {
  readonly index: string
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>
}

const INDEX_FILE = 'manifest.json'

/**
 * Styles in the browser's IndexedDB: files of built-in ones after their first use, imported ones whole.
 * Keys are `built-in/<model>/<path>` and `imported/<id>`.
 */
export class StyleStorage {
  // Opened on first use: some private windows have no IndexedDB, and built-in styles must work there all the same.
  #opened: UseStore | undefined

  get #store(): UseStore {
    return (this.#opened ??= createStore('photodoodle', 'styles'))
  }

  /** @returns imported styles ordered by name; empty where the browser stores nothing */
  async imported(): Promise<readonly ImportedStyle[]> {
    const all = await entries<string, StoredImport | StoredBuiltIn>(this.#store).catch(() => [])
    return all
      .flatMap(([key, value]) => (key.startsWith('imported/') ? [value as StoredImport] : []))
      .map((style) => ('file' in style ? { ...style, weights: style.file } : style))
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  /** @throws StorageFull */
  async saveImported(style: ImportedStyle): Promise<void> {
    try {
      await set(`imported/${style.id}`, style, this.#store)
    } catch (cause) {
      throw new PhotodoodleError('StorageFull', `The browser could not store the style (${Math.ceil(importedBytes(style) / 1e6)} MB).`, 'Delete styles you no longer use, or free disk space, and import it again.', { cause })
    }
  }

  async deleteImported(id: string): Promise<void> {
    await del(`imported/${id}`, this.#store)
  }

  async deleteBuiltIn(model: string, path: string): Promise<void> {
    await del(`built-in/${model}/${path}`, this.#store)
  }

  /** Stored bytes of a built-in style, or null. */
  async builtInBytes(model: string, path: string): Promise<number | null> {
    const stored = await this.#builtIn(model, path)
    if (stored === undefined) return null
    return Object.values(stored.files).reduce((sum, bytes) => sum + bytes.length, stored.index.length)
  }

  /**
   * The model's tree, with the style folders among its paths answered from storage. The manifest is asked for first each
   * time: when it changed, the stored files belong to an older model and are dropped; when there is no network, the stored
   * one serves.
   * @param folders style folders inside the model folder
   * @param fresh fetches past the HTTP cache
   */
  cached(tree: FileTree, fresh: Fetcher, model: string, folders: readonly string[]): FileTree {
    return {
      open: async (path) => {
        const folder = folders.find((candidate) => path.startsWith(`${candidate}/`))
        if (folder === undefined) return tree.open(path)
        const file = path.slice(folder.length + 1)
        return bytesSource(file === INDEX_FILE ? await this.#index(fresh, model, folder) : await this.#file(fresh, model, folder, file))
      },
    }
  }

  async #index(fresh: Fetcher, model: string, folder: string): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#builtIn(model, folder)
    let bytes: Uint8Array<ArrayBuffer>
    try {
      bytes = await fresh(`${folder}/${INDEX_FILE}`)
    } catch (error) {
      if (stored === undefined) throw error
      return new TextEncoder().encode(stored.index)
    }
    const index = new TextDecoder().decode(bytes)
    if (stored?.index !== index) await this.#save(model, folder, { index, files: {} })
    return bytes
  }

  async #file(fresh: Fetcher, model: string, folder: string, file: string): Promise<Uint8Array<ArrayBuffer>> {
    const stored = await this.#builtIn(model, folder)
    const known = stored?.files[file]
    if (known !== undefined) return known
    const bytes = await fresh(`${folder}/${file}`)
    if (stored !== undefined) await this.#save(model, folder, { ...stored, files: { ...stored.files, [file]: bytes } })
    return bytes
  }

  async #builtIn(model: string, folder: string): Promise<StoredBuiltIn | undefined> {
    return get<StoredBuiltIn>(`built-in/${model}/${folder}`, this.#store).catch(() => undefined)
  }

  /** A cache only: a full or forbidden storage costs a download next time, nothing else. */
  async #save(model: string, folder: string, style: StoredBuiltIn): Promise<void> {
    await set(`built-in/${model}/${folder}`, style, this.#store).catch(() => undefined)
  }
}
