import { createStore, del, delMany, entries, set, type UseStore } from 'idb-keyval'
import { blobSource, type FileTree } from '../engine/core/byte-source'
import { PhotodoodleError } from '../engine/core/errors'
import { isObject } from '../engine/formats/json'
import { openManifest, sha256 } from '../engine/formats/manifest'
import { openSafetensors } from '../engine/formats/safetensors'
import type { WeightStore } from '../engine/formats/weight-store'
import { COMPACT_ABOVE, compactLora } from '../engine/lora/compact-lora'
import { ADAPTER_CONFIG } from '../engine/lora/lora-metadata'
import type { StyleInfo } from './engine-api'

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
  /** PEFT's adapter_config.json, of files that had one beside them. */
  readonly adapterConfig?: Readonly<Record<string, unknown>>
  /** SHA-256 of each file by its name, '' for one that came whole; absent in what earlier versions stored. */
  readonly hashes?: Readonly<Record<string, string>>
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

/** @throws BadShard naming what was damaged in the storage; BadSafetensors, BadManifest */
export async function openImported({
  name = 'a style',
  weights,
  hashes = {},
  adapterConfig,
}: Pick<ImportedStyle, 'weights'> & Partial<ImportedStyle>): Promise<WeightStore> {
  const files = weights instanceof Blob ? { [WHOLE]: weights } : weights
  for (const [file, hash] of Object.entries(hashes)) {
    const stored = files[file]
    if (stored !== undefined && (await sha256(await blobSource(stored).read(0, stored.size))) === hash) continue
    throw new PhotodoodleError(
      'BadShard',
      `The stored style “${name}” is damaged${file === WHOLE ? '' : ` in ${file}`}.`,
      'Import its file again; it takes the place of the damaged one.',
    )
  }
  const store = await openWeights(weights)
  return adapterConfig === undefined
    ? store
    : { ...store, config: { ...(isObject(store.config) && store.config), [ADAPTER_CONFIG]: adapterConfig } }
}

/** @throws BadLora for what is no JSON object */
export async function readAdapterConfig(file: Blob): Promise<Readonly<Record<string, unknown>>> {
  let json: unknown
  try {
    json = JSON.parse(await file.text())
  } catch {
    // Named below.
  }
  if (!isObject(json))
    throw new PhotodoodleError(
      'BadLora',
      'The adapter_config.json beside the style is not a JSON object.',
      'Download it again with the LoRA; its alpha stands there.',
    )
  return json
}

async function openWeights(weights: ImportedStyle['weights']): Promise<WeightStore> {
  if (weights instanceof Blob) return openSafetensors(blobSource(weights))
  const open: FileTree['open'] = (path) => {
    const file = weights[path]
    if (file === undefined)
      throw new PhotodoodleError(
        'MissingFile',
        `The stored style has no ${path}.`,
        'Delete the style and drop its file again.',
      )
    return Promise.resolve(blobSource(file))
  }
  return openManifest({ open, verified: true }, '')
}

export function importedBytes({ weights }: Pick<ImportedStyle, 'weights'>): number {
  return weights instanceof Blob ? weights.size : Object.values(weights).reduce((sum, { size }) => sum + size, 0)
}

/** As it is stored: by earlier versions without hashes, where a browser refuses Blobs as bytes. */
interface StoredStyle extends Omit<ImportedStyle, 'weights'> {
  readonly files: Readonly<Record<string, Blob | Uint8Array<ArrayBuffer>>>
  /** SHA-256 of each file. */
  readonly hashes: Readonly<Record<string, string>>
}

/** The name under which a file that came as one is stored. */
const WHOLE = ''

/** Imported styles in the browser's IndexedDB, whole, under `imported/<id>`. */
export class StyleStorage {
  // Opened on first use: some private windows have no IndexedDB, and built-in styles must work there all the same.
  #opened: UseStore | undefined

  get #store(): UseStore {
    return (this.#opened ??= createStore('photodoodle', 'styles'))
  }

  /** @returns imported styles ordered by name; empty where the browser stores nothing */
  async imported(): Promise<readonly ImportedStyle[]> {
    const all = await entries<string, StoredImport | StoredStyle>(this.#store).catch(() => [])
    // Earlier versions kept built-in styles here after their first use.
    const gone = all.flatMap(([key]) => (key.startsWith('built-in/') ? [key] : []))
    if (gone.length > 0) await delMany(gone, this.#store).catch(() => undefined)
    return all
      .flatMap(([key, value]) => (key.startsWith('imported/') ? [fromStored(value)] : []))
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  /** @throws StorageFull */
  async saveImported({ weights, ...style }: ImportedStyle): Promise<void> {
    const files = weights instanceof Blob ? { [WHOLE]: weights } : weights
    const bytes = await mapValues(files, async (file) => new Uint8Array(await file.arrayBuffer()))
    const hashes = await mapValues(bytes, sha256)
    const save = (stored: StoredStyle): Promise<void> => set(`imported/${style.id}`, stored, this.#store)
    try {
      // Some browsers, and private windows, keep no Blobs.
      await save({ ...style, files, hashes }).catch((error: unknown) =>
        isFull(error) ? Promise.reject(error as Error) : save({ ...style, files: bytes, hashes }),
      )
    } catch (cause) {
      throw new PhotodoodleError(
        'StorageFull',
        `The browser could not store the style (${Math.ceil(importedBytes({ weights }) / 1e6)} MB).`,
        'Delete styles you no longer use, or free disk space, and import it again.',
        { cause },
      )
    }
  }

  async deleteImported(id: string): Promise<void> {
    await del(`imported/${id}`, this.#store)
  }
}

function isFull(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError'
}

function fromStored(style: StoredImport | StoredStyle): ImportedStyle {
  if ('weights' in style) return style
  if ('file' in style) {
    const { file, ...rest } = style
    return { ...rest, weights: file }
  }
  const { files, ...rest } = style
  const blobs = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, file instanceof Blob ? file : new Blob([file])]),
  )
  return { ...rest, weights: blobs[WHOLE] ?? blobs }
}

async function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  change: (value: A) => Promise<B>,
): Promise<Record<string, B>> {
  return Object.fromEntries(
    await Promise.all(Object.entries(record).map(async ([key, value]) => [key, await change(value)] as const)),
  )
}

/** The id of a style of that name. */
export const importedId = (name: string): string => `imported:${name.trim().toLowerCase()}`

/** An imported style as the page lists it. */
export function importedInfo(style: ImportedStyle): StyleInfo {
  const { id, name, trigger = '' } = style
  return { id, name, trigger, imported: true, storedBytes: importedBytes(style) }
}

export function unknownStyle(id: string): PhotodoodleError {
  return new PhotodoodleError(
    'UnknownStyle',
    `There is no style "${id}" in this browser.`,
    'Choose another style, or import its file again.',
  )
}
