import type { FileTree } from '../core/byte-source'
import { tensor } from '../core/tensor'
import type { Tensor } from '../core/tensor'
import { referenceAutoencoder } from '../formats/autoencoder-names'
import { referenceStore } from '../formats/weight-names'
import { readTensor } from '../formats/weight-store'
import type { WeightStore } from '../formats/weight-store'
import { parseTransformerConfig } from '../models/transformer/config'
import type { TransformerConfig } from '../models/transformer/config'
import { ClipTextModel } from '../models/clip'
import { T5Encoder } from '../models/t5'
import { openAutoencoderKL, parseAutoencoderKLConfig } from '../models/vae/autoencoder-kl'
import { flowMatchSigmas, parseScheduler } from '../schedulers/flow-match-euler'
import type { ConditionedOptions } from '../runtime/network/conditioned-network'
import type { DenoiserOptions } from '../runtime/sampler/denoiser'
import { encodeText } from '../runtime/network/encode-text'
import { TransformerDenoiser } from '../runtime/sampler/denoiser'
import type { Runtime } from '../runtime/runtime'
import { pooledText } from '../pipelines/flux-text-encoder'
import { badCase, compare, openParityCase, openTensors, readGrid, readNumber } from './parity-case'
import type { ParityCase, ParityFigure } from './parity-case'
import { runConditioned } from './parity-conditioned'
import { runCodec, runDrawing, runLayout } from './parity-layer'
import { readAdapters } from './parity-lora'
import { runPipeline } from './parity-pipeline'

export type { ParityFigure } from './parity-case'

/** How transformer cases are run. */
export type ParityOptions = Partial<DenoiserOptions>

type Runner = (given: ParityCase, runtime: Runtime, options: ParityOptions) => Promise<ParityFigure[]>

const RUNNERS: Readonly<Record<string, Runner>> = {
  transformer: runTransformer,
  lora: runTransformer,
  denoise: runDenoise,
  vae: runAutoencoder,
  clip: runTextModel,
  t5: runTextModel,
  pipeline: runPipeline,
  conditioned: withOptions(runConditioned),
  drawing: withOptions(runDrawing),
  layout: withOptions(runLayout),
  codec: runCodec,
}

/** The options that networks of the layered model have in common with a denoiser. */
function withOptions(
  run: (given: ParityCase, runtime: Runtime, options: ConditionedOptions) => Promise<ParityFigure[]>,
): Runner {
  return (given, runtime, { quantized, weightBinding }) =>
    run(given, runtime, { ...(quantized && { quantized }), ...(weightBinding && { weightBinding }) })
}

/**
 * Runs one reference case (a folder with case.json) and compares every expected tensor.
 * @param folder inside `tree`; "" when the tree is the case itself
 * @param options execution `whole`, fused or primitive attention by self-test, unless told otherwise
 * @throws BadRequest when the case is of a kind this version cannot run or is incomplete
 */
export async function runParityCase(
  tree: FileTree,
  folder: string,
  runtime: Runtime,
  options: ParityOptions = {},
): Promise<ParityFigure[]> {
  const given = await openParityCase(tree, folder)
  const kind = String(given.json['kind'])
  const runner = RUNNERS[kind]
  if (!runner) throw badCase(`is of the kind "${kind}"`, `Known kinds are ${Object.keys(RUNNERS).join(', ')}.`)
  const figures = await runner(given, runtime, options)
  // Noise levels are computed in float64 whatever the network does.
  const widened = ({ tensor: name }: ParityFigure): boolean =>
    options.precision === 'f16' && TRANSFORMER_KINDS.has(kind) && name !== 'sigmas'
  return figures.map((figure) =>
    widened(figure) ? { ...figure, tolerance: Math.max(figure.tolerance, HALF_TOLERANCE) } : figure,
  )
}

const TRANSFORMER_KINDS: ReadonlySet<string> = new Set(['transformer', 'lora', 'denoise', 'pipeline'])

/** Allowed of a network whose blocks compute in f16, in place of its case's own. */
const HALF_TOLERANCE = 1e-2

const openWeights = ({ files, json }: ParityCase): Promise<WeightStore> => openTensors(files, json['weights'])

async function runTransformer(given: ParityCase, runtime: Runtime, options: ParityOptions): Promise<ParityFigure[]> {
  const { json, inputs } = given
  const { denoiser, config } = await openDenoiser(given, runtime, options)
  try {
    const img = await readTensor(inputs, 'img')
    const half = img.data.length / 2
    const dims = [half / config.in_channels, config.in_channels]
    const velocity = await denoiser.predict({
      ...(await readText(inputs)),
      latents: tensor(dims, img.data.subarray(0, half)),
      source: tensor(dims, img.data.subarray(half)),
      grid: readGrid(json),
      timestep: await readScalar(inputs, 'timestep'),
      ...(await readGuidance(inputs)),
    })
    return [await compare(given, 'velocity', velocity.data)]
  } finally {
    await denoiser.dispose()
  }
}

async function runDenoise(given: ParityCase, runtime: Runtime, options: ParityOptions): Promise<ParityFigure[]> {
  const { json, inputs } = given
  const grid = readGrid(json)
  const sigmas = flowMatchSigmas(
    readNumber(json, 'steps'),
    2 * grid.rows * grid.columns,
    parseScheduler(json['scheduler']),
  )
  const figures = [await compare(given, 'sigmas', Float32Array.from(sigmas))]
  const { denoiser } = await openDenoiser(given, runtime, options)
  try {
    const run = await denoiser.start({
      ...(await readText(inputs)),
      noise: await readMatrix(inputs, 'noise'),
      source: await readMatrix(inputs, 'condition'),
      grid,
      sigmas,
      ...(await readGuidance(inputs)),
    })
    for (let step = 0; step < run.steps; step++) {
      await run.step()
      figures.push(await compare(given, `latents.${step}`, (await run.latents()).data))
    }
    await run.dispose()
    return figures
  } finally {
    await denoiser.dispose()
  }
}

/**
 * Reference or diffusers names. The case's pictures are in [-1, 1], an Autoencoder's in [0, 1]. What we decode are our
 * own latents.
 */
async function runAutoencoder(given: ParityCase, runtime: Runtime): Promise<ParityFigure[]> {
  const autoencoder = await openAutoencoderKL(
    referenceAutoencoder(await openWeights(given)),
    parseAutoencoderKLConfig(given.json['config']),
    runtime,
  )
  try {
    const { dims, data } = await readTensor(given.inputs, 'image')
    const latents = await autoencoder.encode(
      tensor(
        dims.slice(-3),
        data.map((value) => (value + 1) / 2),
      ),
    )
    const image = await autoencoder.decode(latents)
    return [
      await compare(given, 'latents', latents.data),
      await compare(
        given,
        'image',
        image.data.map((value) => 2 * value - 1),
      ),
    ]
  } finally {
    await autoencoder.dispose()
  }
}

/** States of all ids, padding included; for CLIP also the pooled vector, by the shorter way the editor takes. */
async function runTextModel(
  given: ParityCase,
  runtime: Runtime,
  { execution = 'whole', quantized }: ParityOptions,
): Promise<ParityFigure[]> {
  const { json, inputs } = given
  const weights = await openWeights(given)
  const model =
    json['kind'] === 'clip' ? new ClipTextModel(weights, json['config']) : new T5Encoder(weights, json['config'])
  const ids = Array.from((await readTensor(inputs, 'ids')).data)
  const options = { execution, ...(quantized === undefined ? {} : { quantized }) }
  const figures = [await compare(given, 'states', (await encodeText(runtime, model, ids, options)).data)]
  if (model instanceof ClipTextModel)
    figures.push(await compare(given, 'pooled', (await pooledText(runtime, model, ids, ids.at(-1)!, options)).data))
  return figures
}

/** Weights under reference or diffusers names; no, one or several LoRAs at once. */
async function openDenoiser(
  given: ParityCase,
  runtime: Runtime,
  options: ParityOptions,
): Promise<{ denoiser: TransformerDenoiser; config: TransformerConfig }> {
  const config = parseTransformerConfig(given.json['config'])
  const adapters = await readAdapters(given, config)
  const adapted = adapters.length > 0 ? { adapted: adapters.flatMap(({ adapter }) => [...adapter.layers.keys()]) } : {}
  const weights = referenceStore(await openWeights(given))
  const denoiser = await TransformerDenoiser.create(runtime, weights, config, {
    execution: 'whole',
    ...adapted,
    ...options,
  })
  await denoiser.setAdapters(adapters)
  return { denoiser, config }
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
