import { blobSource, readText } from '../engine/core/byte-source'
import { PhotodoodleError } from '../engine/core/errors'
import { MANIFEST_FILE, parseManifest, sha256, type ManifestShard } from '../engine/formats/manifest'
import { parseModelDescription, type ModelDescription } from '../engine/pipelines/model-description'
import type { ModelFile } from './engine-api'

/**
 * Where one file of a model is stored: under its SHA-256, so that what is there is right, and shared by models that
 * have it too.
 */
export interface StoredFile {
  readonly sha256: string
  readonly bytes: number
}

/** A file of a chosen folder, and what it is stored as. */
export interface Copy extends StoredFile {
  readonly path: string
  readonly file: Blob
}

const DESCRIPTION = 'model.json'

/** What a chosen folder says of its model, and every file of it. */
interface ModelFolder {
  readonly json: unknown
  readonly description: ModelDescription
  readonly copies: readonly Copy[]
}

/**
 * Reads a folder made by `photodoodle convert`, before anything of it is stored.
 * @param files all of the folder, paths relative to the one that holds model.json
 * @throws MissingFile, BadModel, BadManifest; BadShard naming a shard of another size
 */
export async function readModelFolder(files: readonly ModelFile[]): Promise<ModelFolder> {
  const byPath = new Map(files.map(({ path, file }) => [path, file]))
  const json = await readJson(byPath, DESCRIPTION)
  const description = parseModelDescription(json)
  const copies: Copy[] = []
  for (const folder of partsOf(description)) copies.push(...(await filesIn(folder, byPath)))
  copies.push(await hashed(DESCRIPTION, byPath))
  return { json, description, copies }
}

/** The folders a model is made of. */
function partsOf(model: ModelDescription): readonly string[] {
  const { textEncoder, styles } = model
  const networks =
    model.prediction === 'layer' ? [model.layout, model.drawing, model.codec] : [model.transformer, model.autoencoder]
  const encoders = textEncoder.kind === 'clip-t5' ? [textEncoder.clip.path, textEncoder.t5.path] : [textEncoder.path]
  return [...new Set([...networks.map(({ path }) => path), ...encoders, ...styles.map(({ path }) => path)])]
}

/** A folder's manifest, its shards and what lies beside them, such as tokenizers. */
async function filesIn(folder: string, files: ReadonlyMap<string, Blob>): Promise<readonly Copy[]> {
  const manifest = parseManifest(await readText(blobSource(fileAt(files, `${folder}/${MANIFEST_FILE}`))))
  const shards = manifest.shards.map((shard): Copy => ({ ...shardAt(folder, shard, files), sha256: shard.sha256 }))
  const known = new Set(shards.map(({ path }) => path))
  const beside = [...files.keys()].filter(
    (path) => path.startsWith(`${folder}/`) && !known.has(path) && /\.(json|txt|model)$/.test(path),
  )
  return [...shards, ...(await Promise.all(beside.map((path) => hashed(path, files))))]
}

function shardAt(
  folder: string,
  { file: name, bytes }: ManifestShard,
  files: ReadonlyMap<string, Blob>,
): Omit<Copy, 'sha256'> {
  const path = `${folder}/${name}`
  const file = fileAt(files, path)
  if (file.size !== bytes)
    throw new PhotodoodleError(
      'BadShard',
      `${path} has ${file.size} bytes instead of ${bytes}.`,
      'Copy the model folder again, or convert it again.',
    )
  return { path, file, bytes }
}

function fileAt(files: ReadonlyMap<string, Blob>, path: string): Blob {
  const file = files.get(path)
  if (file === undefined)
    throw new PhotodoodleError(
      'MissingFile',
      `The folder has no ${path}.`,
      'Choose the whole folder that "photodoodle convert" wrote.',
    )
  return file
}

async function hashed(path: string, files: ReadonlyMap<string, Blob>): Promise<Copy> {
  const file = fileAt(files, path)
  return { path, file, bytes: file.size, sha256: await sha256(await readAll(file)) }
}

async function readJson(files: ReadonlyMap<string, Blob>, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readText(blobSource(fileAt(files, path)))) as unknown
  } catch (cause) {
    if (cause instanceof PhotodoodleError) throw cause
    throw new PhotodoodleError('BadModel', `${path} is not readable JSON.`, 'Convert the model again.', { cause })
  }
}

export function readAll(file: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return blobSource(file).read(0, file.size)
}
