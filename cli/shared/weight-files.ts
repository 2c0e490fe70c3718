import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { isObject } from '../../src/engine/formats/json'
import { mergeStores } from '../../src/engine/formats/merge-stores'
import { openGguf } from '../../src/engine/formats/gguf'
import { recognise, RECOGNISED_BYTES } from '../../src/engine/formats/recognise'
import { openSafetensors } from '../../src/engine/formats/safetensors'
import { unscaled } from '../../src/engine/formats/scaled-weights'
import type { WeightStore } from '../../src/engine/formats/weight-store'
import { fileSource } from './node-files'

/** Weights on disk, however they are split. */
export interface WeightFiles {
  readonly store: WeightStore
  /** All files they come from. */
  readonly files: readonly string[]
  /** Their config.json, when there is one beside them. */
  readonly config: unknown
}

/** Where the parts of a FLUX download are; a part that is not there is undefined. */
interface FluxPlaces {
  readonly transformer: string
  readonly autoencoder?: string
  readonly clip?: string
  readonly t5?: string
}

const INDEX = '.safetensors.index.json'

export async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true
}

export const exists = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined

/** The first that is a file, or a folder with weights in it: a download may have left one with its config.json only. */
async function firstThere(...paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (
      (await isFolder(path)) ? (await readdir(path)).some((name) => name.includes('.safetensors')) : await exists(path)
    )
      return path
  }
  return undefined
}

/**
 * Finds the parts in a download as people have it: one transformer file, the folder of a transformer alone, or a whole
 * diffusers folder (which may hold the reference's files as well).
 * @throws MissingFile when there is no transformer
 */
export async function findFlux(path: string): Promise<FluxPlaces> {
  if (!(await isFolder(path))) {
    if (!(await exists(path)))
      throw new PhotodoodleError(
        'MissingFile',
        `There is no file or folder ${path}.`,
        'Give flux1-dev.safetensors, or the folder FLUX.1-dev was downloaded to.',
      )
    return { transformer: path }
  }
  const names = await readdir(path)
  const single = names.filter((name) => /^flux.*\.(?:safetensors|sft|gguf)$/i.test(name)).sort()[0]
  const bare = names.some((name) => name.startsWith('diffusion_pytorch_model'))
  const transformer =
    (await firstThere(join(path, 'transformer'))) ??
    (single !== undefined ? join(path, single) : bare ? path : undefined)
  if (transformer === undefined) {
    throw new PhotodoodleError(
      'MissingFile',
      `${path} holds neither a transformer folder nor a flux*.safetensors or flux*.gguf.`,
      'Give flux1-dev.safetensors, or the folder FLUX.1-dev was downloaded to.',
    )
  }
  const autoencoder = await firstThere(join(path, 'vae'), join(path, 'ae.safetensors'), join(path, 'ae.sft'))
  const clip = await firstThere(join(path, 'text_encoder'))
  const t5 = await firstThere(join(path, 'text_encoder_2'))
  return {
    transformer,
    ...(autoencoder !== undefined && { autoencoder }),
    ...(clip !== undefined && { clip }),
    ...(t5 !== undefined && { t5 }),
  }
}

/**
 * Opens a .safetensors or .gguf file, by its content, or a folder with one or with the parts that its index names. Only
 * headers are read. Weights that have scales beside them are multiplied out.
 * @throws MissingFile naming the part that is not there, MissingWeight naming a tensor that its part lacks,
 *   BadSafetensors
 */
export async function openWeights(path: string): Promise<WeightFiles> {
  const folder = await isFolder(path)
  const files = folder ? await filesOf(path) : { paths: [path], homes: new Map<string, string>() }
  const parts = await Promise.all(
    files.paths.map(async (file) => ({ file: basename(file), store: await openWeightFile(file) })),
  )
  for (const [name, home] of files.homes) {
    const part = parts.find(({ file }) => file === home)
    if (part?.store.names().includes(name) !== true) {
      throw new PhotodoodleError(
        'MissingWeight',
        `The index puts ${name} in ${home}, which does not have it.`,
        'Download that file again.',
      )
    }
  }
  return {
    store: unscaled(mergeStores(parts)),
    files: files.paths,
    config: await readJson(join(folder ? path : dirname(path), 'config.json')),
  }
}

/** @throws MissingFile, BadSafetensors, UnsupportedDType */
export async function openWeightFile(path: string): Promise<WeightStore> {
  const source = await fileSource(path)
  const found = recognise(await source.read(0, Math.min(source.size, RECOGNISED_BYTES)))
  return found?.kind === 'gguf' ? openGguf(source) : openSafetensors(source)
}

interface SplitFiles {
  readonly paths: readonly string[]
  /** File of each tensor, as the index has it. */
  readonly homes: ReadonlyMap<string, string>
}

async function filesOf(folder: string): Promise<SplitFiles> {
  const names = (await readdir(folder)).sort((x, y) => x.length - y.length || (x < y ? -1 : 1))
  // The shortest name is the plain one; a variant (".fp16.") is longer.
  const index = names.find((name) => name.endsWith(INDEX))
  if (index !== undefined) return readIndex(join(folder, index))
  const single = names.find((name) => name.endsWith('.safetensors'))
  if (single === undefined)
    throw new PhotodoodleError(
      'MissingFile',
      `There is no .safetensors file in ${folder}.`,
      'Download the weights in safetensors form.',
    )
  if (/-\d{5}-of-\d{5}\./.test(single))
    throw new PhotodoodleError(
      'MissingFile',
      `${folder} holds parts of a split file, but not their index (*${INDEX}).`,
      'Download the index too.',
    )
  return { paths: [join(folder, single)], homes: new Map() }
}

async function readIndex(path: string): Promise<SplitFiles> {
  const json = await readJson(path)
  const map = isObject(json) ? json['weight_map'] : undefined
  if (!isObject(map) || !Object.values(map).every((file) => typeof file === 'string' && basename(file) === file)) {
    throw new PhotodoodleError(
      'BadSafetensors',
      `${path} has no weight_map of file names.`,
      'Download the index again.',
    )
  }
  const homes = new Map(Object.entries(map) as [string, string][])
  return { paths: [...new Set(homes.values())].sort().map((file) => join(dirname(path), file)), homes }
}

/** @returns undefined when there is no such file; @throws BadModel when it is not JSON */
async function readJson(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PhotodoodleError('BadModel', `${path} is not valid JSON.`, 'Download it again.', { cause: error })
  }
}

/** Tokenizer files that are carried along, and those that the engine reads. */
const TOKENIZER_FILES = [
  'vocab.json',
  'merges.txt',
  'tokenizer.json',
  'spiece.model',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
]
const TOKENIZERS = {
  clip: { folder: 'tokenizer', needs: ['vocab.json', 'merges.txt'] },
  t5: { folder: 'tokenizer_2', needs: ['tokenizer.json'] },
} as const

/** @throws MissingFile where a folder that was named for its tokenizers holds neither encoder's */
export async function checkTokenizers(given: string): Promise<void> {
  for (const { folder, needs } of Object.values(TOKENIZERS)) {
    for (const place of [join(given, folder), given]) {
      const names = await readdir(place).catch((): string[] => [])
      if (needs.every((name) => names.includes(name))) return
    }
  }
  throw new PhotodoodleError(
    'MissingFile',
    `${given} holds neither a folder tokenizer with vocab.json ` +
      'and merges.txt nor a folder tokenizer_2 with tokenizer.json.',
    'Name the folder of the download that they are in.',
  )
}

/**
 * The tokenizer files of a text encoder: in its own folder (as its own repository has them), or in the diffusers folder
 * beside it.
 * @param given where the user says that they are: a folder with both, or this one's own
 * @returns paths
 * @throws MissingFile naming what is needed
 */
export async function tokenizerFiles(kind: 'clip' | 't5', encoder: string, given?: string): Promise<string[]> {
  const { folder, needs } = TOKENIZERS[kind]
  for (const place of [
    ...(given === undefined ? [] : [join(given, folder), given]),
    encoder,
    join(dirname(encoder), folder),
  ]) {
    const names = await readdir(place).catch((): string[] => [])
    if (needs.every((name) => names.includes(name)))
      return TOKENIZER_FILES.filter((name) => names.includes(name)).map((name) => join(place, name))
  }
  throw new PhotodoodleError(
    'MissingFile',
    `The tokenizer of ${encoder} (${needs.join(' and ')}) is neither in it nor in ${folder} beside it.`,
    'Download the tokenizer folders too, and name where they are with --tokenizers.',
  )
}
