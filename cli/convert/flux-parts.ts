import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { splitCheckpoint } from '../../src/engine/formats/all-in-one'
import { referenceAutoencoder } from '../../src/engine/formats/autoencoder-names'
import { fluxPrecision, t5Precision } from '../../src/engine/formats/flux-precision'
import { variantOf } from '../../src/engine/formats/flux-variants'
import { recode, type Precision } from '../../src/engine/formats/recode'
import { isObject } from '../../src/engine/formats/json'
import { planShards, type ShardPlan } from '../../src/engine/formats/shard-plan'
import { textEncoderStore } from '../../src/engine/formats/text-encoder-weights'
import { referenceStore } from '../../src/engine/formats/weight-names'
import type { WeightStore } from '../../src/engine/formats/weight-store'
import { fuseLora } from '../../src/engine/lora/fuse-lora'
import { openLora } from '../../src/engine/lora/read-lora'
import { ClipTextModel } from '../../src/engine/models/clip'
import { T5Encoder } from '../../src/engine/models/t5'
import { parseAutoencoderKLConfig, autoencoderKLGraphs } from '../../src/engine/models/vae/autoencoder-kl'
import { checkWeights } from '../../src/engine/models/transformer/weights'
import { textEncoderConfigOf, transformerConfigOf } from './flux-config'
import {
  checkTokenizers,
  findFlux,
  isFolder,
  openWeights,
  tokenizerFiles,
  type WeightFiles,
} from '../shared/weight-files'
import { openLoraFile } from '../shared/style-file'

export interface FluxOptions {
  /** The transformer's file, or the folder of a download. */
  readonly flux: string
  /** A LoRA to be fused into the transformer: PhotoDoodle's pre-training ("OmniEditor") weights. */
  readonly pretrainLora?: string
  /** In place of what the download holds. */
  readonly vae?: string
  readonly clip?: string
  readonly t5?: string
  /** Where the tokenizers are, for encoders that come without. */
  readonly tokenizers?: string
  readonly out: string
  readonly t5Dtype: 'q4' | 'q8'
  readonly modulationDtype: 'q4' | 'q8'
  /** One for all weights, in place of the tables of flux-precision.ts. */
  readonly dtype?: 'f32' | 'f16'
  /** Largest shard in MiB. */
  readonly shardMb: number
  readonly force?: boolean
}

export type PartName = 'transformer' | 'autoencoder' | 'clip' | 't5'
/** In the order in which they are converted. */
export const PARTS: readonly PartName[] = ['transformer', 'autoencoder', 'clip', 't5']

/** Part of what decides the bytes: raise it when a change of the code changes them. */
const CODEC = 'search-q4/1'

export interface Part {
  readonly name: PartName
  /** As in the files, under the engine's names. */
  readonly source: WeightStore
  /** As it will be written. */
  readonly store: WeightStore
  readonly plan: ShardPlan
  /** All that decides the bytes that are written. */
  readonly task: string
  /** Copied beside the manifest. */
  readonly copies: readonly string[]
}

/**
 * Every part of a download that is there, checked against its headers.
 * @throws BadModel, MissingFile, ShapeMismatch, and every error of reading the files
 */
export async function openParts(options: FluxOptions): Promise<Part[]> {
  const places = await findFlux(options.flux)
  if (options.tokenizers !== undefined) await checkTokenizers(options.tokenizers)
  const shardBytes = options.shardMb * 2 ** 20
  const { dtype } = options
  const precision = (table: Precision): Precision =>
    dtype === undefined ? table : () => (dtype === 'f32' ? 'F32' : 'F16')
  const half = precision(() => 'F16')
  const checkpoint = await openWeights(places.transformer)
  const inside = splitCheckpoint(checkpoint.store) ?? {}
  const within = (store: WeightStore): WeightFiles => ({ store, files: checkpoint.files, config: undefined })
  const parts = [
    await openTransformer(
      { ...checkpoint, store: inside.transformer ?? checkpoint.store },
      options.pretrainLora,
      precision(fluxPrecision(blocksOf(options.modulationDtype))),
      shardBytes,
    ),
  ]
  const autoencoder = options.vae ?? places.autoencoder
  const ownAutoencoder =
    autoencoder === undefined ? inside.autoencoder && within(inside.autoencoder) : await openWeights(autoencoder)
  if (ownAutoencoder !== undefined) parts.push(await openAutoencoder(ownAutoencoder, half, shardBytes))
  const t5Table = precision(t5Precision(blocksOf(options.t5Dtype)))
  for (const [kind, table] of [
    ['clip', half],
    ['t5', t5Table],
  ] as const) {
    const path = options[kind] ?? places[kind]
    const store = inside[kind]
    if (path !== undefined)
      parts.push(
        await openTextEncoder(
          kind,
          await encoderWeights(kind, path),
          table,
          shardBytes,
          await tokenizerFiles(kind, path, options.tokenizers),
        ),
      )
    else if (store !== undefined) {
      // An all-in-one file holds no tokenizers: without them its encoders wait for a later call.
      const tokenizer = await tokenizerFiles(kind, places.transformer, options.tokenizers).catch(() => undefined)
      if (tokenizer !== undefined) parts.push(await openTextEncoder(kind, within(store), table, shardBytes, tokenizer))
    }
  }
  return parts
}

/** @throws MissingFile for a folder without config.json; a single file mostly has none, so its shapes are asked */
async function encoderWeights(kind: 'clip' | 't5', path: string): Promise<WeightFiles> {
  const weights = await openWeights(path)
  const { config } = weights
  if (await isFolder(path)) {
    if (config === undefined)
      throw new PhotodoodleError(
        'MissingFile',
        `There is no config.json with ${path}.`,
        'Give the folder as published, with its config.json.',
      )
    return weights
  }
  // What lies beside a single file may be another's.
  const own =
    isObject(config) && (kind === 't5' ? 'd_model' in config : 'text_config' in config || 'num_hidden_layers' in config)
  return own ? weights : { ...weights, config: undefined }
}

const blocksOf = (dtype: 'q4' | 'q8'): 'Q4' | 'Q8' => (dtype === 'q4' ? 'Q4' : 'Q8')

async function openTransformer(
  { store, files, config }: WeightFiles,
  lora: string | undefined,
  precision: Precision,
  shardBytes: number,
): Promise<Part> {
  refuseOtherModels(store, files)
  const named = referenceStore(store)
  const sizes = transformerConfigOf(named, config)
  // As it will be stored: a source may be in dtypes that no model runs on.
  checkWeights(recode(named, precision), sizes)
  if (lora === undefined) return part('transformer', named, { ...named, config: sizes }, precision, files, shardBytes)
  const { store: loraStore, files: loraFiles } = await openLoraFile(lora)
  const fused = fuseLora(named, openLora(loraStore, sizes))
  return part('transformer', named, { ...fused, config: sizes }, precision, [...files, ...loraFiles], shardBytes)
}

/**
 * @throws BadModel naming a model that has no place here; most would fail later with a missing tensor, Kontext not at
 * all
 */
function refuseOtherModels(store: WeightStore, files: readonly string[]): void {
  const metadata = Object.values(isObject(store.config) ? store.config : {}).filter(
    (value) => typeof value === 'string',
  )
  const variant = variantOf(store, [...files.map((file) => basename(file)), ...metadata])
  if (variant === undefined || variant.usable) return
  throw new PhotodoodleError(
    'BadModel',
    `${basename(files[0] ?? 'The file')} is ${variant.name}: it ${variant.note}.`,
    "Give FLUX.1-dev's own transformer, or a finetune of it.",
  )
}

async function openAutoencoder(
  { store, files, config }: WeightFiles,
  precision: Precision,
  shardBytes: number,
): Promise<Part> {
  const named = referenceAutoencoder(store, config)
  const { encoder, decoder } = autoencoderKLGraphs(parseAutoencoderKLConfig(named.config))
  const used = new Map([...encoder.weights, ...decoder.weights].map(({ name, dims }) => [name, dims]))
  for (const [name, dims] of used) {
    const { shape } = named.info(name)
    if (shape.join() !== dims.join())
      throw new PhotodoodleError(
        'ShapeMismatch',
        `The autoencoder's ${name} is [${shape.join(', ')}]; its other weights ask for [${dims.join(', ')}].`,
        'Download the file again.',
      )
  }
  const unknown = named.names().find((name) => !used.has(name))
  if (unknown !== undefined)
    throw new PhotodoodleError(
      'BadModel',
      `No layer of the autoencoder uses the weight ${unknown}.`,
      "Give FLUX.1's own autoencoder.",
    )
  return part('autoencoder', named, named, precision, files, shardBytes)
}

async function openTextEncoder(
  kind: 'clip' | 't5',
  { store, files, config }: WeightFiles,
  precision: Precision,
  shardBytes: number,
  tokenizer: readonly string[],
): Promise<Part> {
  const bare = textEncoderStore(kind, store, config)
  const own = config === undefined ? { ...bare, config: textEncoderConfigOf(kind, bare) } : bare
  // Opened for its checks: every weight there, in the right shape, none unknown.
  const stored = recode(own, precision)
  if (kind === 'clip') new ClipTextModel(stored)
  else new T5Encoder(stored)
  return part(kind, own, own, precision, files, shardBytes, tokenizer)
}

async function part(
  name: PartName,
  source: WeightStore,
  exact: WeightStore,
  precision: Precision,
  files: readonly string[],
  shardBytes: number,
  copies: readonly string[] = [],
): Promise<Part> {
  const store = recode(exact, precision)
  const plan = planShards(
    store.names().map((tensor) => [tensor, store.info(tensor)]),
    shardBytes,
  )
  const inputs = await Promise.all(
    files.map(async (file) => {
      const { size, mtimeMs } = await stat(file)
      return [basename(file), size, mtimeMs]
    }),
  )
  const task = createHash('sha256')
    .update(JSON.stringify([CODEC, inputs, store.config ?? {}, [...plan.tensors]]))
    .digest('hex')
  return { name, source, store, plan, task, copies }
}
