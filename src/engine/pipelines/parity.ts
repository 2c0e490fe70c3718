import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { maxAbsDifference, relativeL2, tensor } from '../core/tensor'
import type { Tensor } from '../core/tensor'
import { openSafetensors } from '../formats/safetensors'
import { readTensor } from '../formats/weight-store'
import type { WeightStore } from '../formats/weight-store'
import { readLora } from '../lora/read-lora'
import { parseTransformerConfig } from '../models/transformer/config'
import type { TransformerConfig } from '../models/transformer/config'
import type { Grid } from '../models/transformer/position-ids'
import { ClipTextModel } from '../models/clip'
import { T5Encoder } from '../models/t5'
import { openAutoencoderKL, parseAutoencoderKLConfig } from '../models/vae/autoencoder-kl'
import { flowMatchSigmas, parseScheduler } from '../schedulers/flow-match-euler'
import type { DenoiserOptions } from '../runtime/denoiser'
import { encodeText } from '../runtime/encode-text'
import { TransformerDenoiser } from '../runtime/denoiser'
import type { Runtime } from '../runtime/runtime'
import { pooledText } from './flux-text-encoder'

/** One compared tensor of a parity case. */
export interface ParityFigure {
  readonly tensor: string
  /** ||ours - expected|| / ||expected|| */
  readonly relL2: number
  readonly maxAbs: number
  /** Largest allowed relL2. */
  readonly tolerance: number
}

/** How transformer cases are run. */
export type ParityOptions = Partial<Omit<DenoiserOptions, 'prediction'>>

interface CaseFiles {
  readonly weights: WeightStore
  readonly inputs: WeightStore
  readonly expected: WeightStore
  readonly tolerance: number
  readonly json: Record<string, unknown>
  readonly open: (file: unknown) => Promise<WeightStore>
}

type Runner = (files: CaseFiles, runtime: Runtime, options: ParityOptions) => Promise<ParityFigure[]>

const RUNNERS: Readonly<Record<string, Runner>> = { transformer: runTransformer, lora: runTransformer, denoise: runDenoise, vae: runAutoencoder, clip: runTextModel, t5: runTextModel }

/**
 * Runs one reference case (a folder with case.json) and compares every expected tensor.
 * @param folder inside `tree`; "" when the tree is the case itself
 * @param options execution `whole`, fused or primitive attention by self-test, unless told otherwise
 * @throws BadRequest when the case is of a kind this version cannot run or is incomplete
 */
export async function runParityCase(tree: FileTree, folder: string, runtime: Runtime, options: ParityOptions = {}): Promise<ParityFigure[]> {
  const path = (file: string): string => folder === '' ? file : `${folder}/${file}`
  const json = await readCase(tree, path('case.json'))
  const kind = String(json['kind'])
  const runner = RUNNERS[kind]
  if (!runner) throw badCase(`is of the kind "${kind}"`, `Known kinds are ${Object.keys(RUNNERS).join(', ')}.`)
  const tolerance = (json['tolerance'] as { rel_l2?: unknown } | undefined)?.rel_l2
  if (typeof tolerance !== 'number') throw badCase('has no tolerance.rel_l2')
  const open = async (file: unknown): Promise<WeightStore> => {
    if (typeof file !== 'string') throw badCase('does not name all its files')
    return openSafetensors(await tree.open(path(file)))
  }
  const files = { json, tolerance, open, weights: await open(json['weights']), inputs: await open(json['inputs']), expected: await open(json['expected']) }
  return runner(files, runtime, options)
}

async function runTransformer(files: CaseFiles, runtime: Runtime, options: ParityOptions): Promise<ParityFigure[]> {
  const { json, inputs } = files
  const { denoiser, config } = await openDenoiser(files, runtime, options)
  try {
    const img = await readTensor(inputs, 'img')
    const half = img.data.length / 2
    const dims = [half / config.in_channels, config.in_channels]
    const velocity = await denoiser.predict({
      ...await readText(inputs),
      latents: tensor(dims, img.data.subarray(0, half)),
      source: tensor(dims, img.data.subarray(half)),
      grid: readGrid(json),
      timestep: await readScalar(inputs, 'timestep'),
      ...await readGuidance(inputs),
    })
    return [await compare(files, 'velocity', velocity.data)]
  } finally {
    await denoiser.dispose()
  }
}

async function runDenoise(files: CaseFiles, runtime: Runtime, options: ParityOptions): Promise<ParityFigure[]> {
  const { json, inputs } = files
  const grid = readGrid(json)
  if (typeof json['steps'] !== 'number') throw badCase('has no number of steps')
  const sigmas = flowMatchSigmas(json['steps'], 2 * grid.rows * grid.columns, parseScheduler(json['scheduler']))
  const figures = [await compare(files, 'sigmas', Float32Array.from(sigmas))]
  const { denoiser } = await openDenoiser(files, runtime, options)
  try {
    const run = await denoiser.start({
      ...await readText(inputs),
      noise: await readMatrix(inputs, 'noise'),
      source: await readMatrix(inputs, 'condition'),
      grid,
      sigmas,
      ...await readGuidance(inputs),
    })
    for (let step = 0; step < run.steps; step++) {
      await run.step()
      figures.push(await compare(files, `latents.${step}`, (await run.latents()).data))
    }
    await run.dispose()
    return figures
  } finally {
    await denoiser.dispose()
  }
}

/** The case's pictures are in [-1, 1], an Autoencoder's in [0, 1]. What we decode are our own latents. */
async function runAutoencoder(files: CaseFiles, runtime: Runtime): Promise<ParityFigure[]> {
  const autoencoder = await openAutoencoderKL(files.weights, parseAutoencoderKLConfig(files.json['config']), runtime)
  try {
    const { dims, data } = await readTensor(files.inputs, 'image')
    const latents = await autoencoder.encode(tensor(dims.slice(-3), data.map((value) => (value + 1) / 2)))
    const image = await autoencoder.decode(latents)
    return [await compare(files, 'latents', latents.data), await compare(files, 'image', image.data.map((value) => 2 * value - 1))]
  } finally {
    await autoencoder.dispose()
  }
}

/** States of all ids, padding included; for CLIP also the pooled vector, by the shorter way the editor takes. */
async function runTextModel(files: CaseFiles, runtime: Runtime, { execution = 'whole', quantized }: ParityOptions): Promise<ParityFigure[]> {
  const { json, inputs, weights } = files
  const model = json['kind'] === 'clip' ? new ClipTextModel(weights, json['config']) : new T5Encoder(weights, json['config'])
  const ids = Array.from((await readTensor(inputs, 'ids')).data)
  const options = { execution, ...(quantized === undefined ? {} : { quantized }) }
  const figures = [await compare(files, 'states', (await encodeText(runtime, model, ids, options)).data)]
  if (model instanceof ClipTextModel) figures.push(await compare(files, 'pooled', (await pooledText(runtime, model, ids, ids.at(-1)!, options)).data))
  return figures
}

async function openDenoiser({ json, weights, open }: CaseFiles, runtime: Runtime, options: ParityOptions): Promise<{ denoiser: TransformerDenoiser; config: TransformerConfig }> {
  const config = parseTransformerConfig(json['config'])
  const lora = json['lora'] as { file?: unknown; strength?: unknown } | undefined
  const strength = lora === undefined ? 0 : lora.strength
  if (typeof strength !== 'number') throw badCase('has a lora without strength')
  const adapters = lora ? [{ adapter: await readLora(await open(lora.file), config), strength }] : []
  const adapted = adapters.length > 0 ? { adapted: adapters.flatMap(({ adapter }) => [...adapter.layers.keys()]) } : {}
  const denoiser = await TransformerDenoiser.create(runtime, weights, config, { execution: 'whole', prediction: 'velocity', ...adapted, ...options })
  await denoiser.setAdapters(adapters)
  return { denoiser, config }
}

async function compare({ expected, tolerance }: CaseFiles, name: string, ours: Float32Array): Promise<ParityFigure> {
  const { data } = await readTensor(expected, name)
  return { tensor: name, relL2: relativeL2(ours, data), maxAbs: maxAbsDifference(ours, data), tolerance }
}

async function readCase(tree: FileTree, path: string): Promise<Record<string, unknown>> {
  const source = await tree.open(path)
  const value: unknown = JSON.parse(new TextDecoder().decode(await source.read(0, source.size)))
  if (typeof value !== 'object' || value === null) throw badCase('is not an object')
  return value as Record<string, unknown>
}

function readGrid(json: Record<string, unknown>): Grid {
  const grid: unknown = json['grid']
  if (!Array.isArray(grid) || grid.length !== 2) throw badCase('has no grid [rows, columns]')
  return { rows: Number(grid[0]), columns: Number(grid[1]) }
}

/** [1, rows, columns] without the batch axis. */
async function readMatrix(store: WeightStore, name: string): Promise<Tensor> {
  const { dims, data } = await readTensor(store, name)
  return tensor(dims.slice(-2), data)
}

async function readText(inputs: WeightStore): Promise<{ txt: Tensor; pooled: Tensor }> {
  const pooled = await readTensor(inputs, 'pooled')
  return { txt: await readMatrix(inputs, 'txt'), pooled: tensor([pooled.data.length], pooled.data) }
}

async function readScalar(inputs: WeightStore, name: string): Promise<number> {
  const [value] = (await readTensor(inputs, name)).data
  if (value === undefined) throw badCase(`has an empty ${name}`)
  return value
}

async function readGuidance(inputs: WeightStore): Promise<{ guidance?: number }> {
  return inputs.names().includes('guidance') ? { guidance: await readScalar(inputs, 'guidance') } : {}
}

function badCase(what: string, remedy = 'See the README of the parity cases.'): PhotodoodleError {
  return new PhotodoodleError('BadRequest', `The parity case ${what}.`, remedy)
}
