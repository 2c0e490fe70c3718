import { tensor, type Tensor } from '../core/tensor'
import { openManifest } from '../formats/manifest'
import { readTensor, type WeightStore } from '../formats/weight-store'
import { parseConditionedConfig } from '../models/conditioned/config'
import type { Condition, TextStates } from '../models/conditioned/contract'
import { ConditionedNetwork, type ConditionedOptions } from '../runtime/network/conditioned-network'
import type { Runtime } from '../runtime/runtime'
import { badCase, compare, openTensors, readNumber, type ParityCase, type ParityFigure } from './parity-case'
import { readAdapters } from './parity-lora'

/**
 * One call of a network whose condition is computed once, bare and with the case's LoRA; pointer keys where it has
 * them.
 */
export async function runConditioned(
  given: ParityCase,
  runtime: Runtime,
  options: ConditionedOptions = {},
): Promise<ParityFigure[]> {
  const { json, inputs, expected } = given
  const network = await openConditioned(given, runtime, options)
  try {
    const condition = await readCondition(given)
    const latents = await readTensor(inputs, 'latents')
    const figures: ParityFigure[] = []
    const call = async (name: string): Promise<void> => {
      const prepared = await network.prepare(condition)
      figures.push(await compare(given, name, (await prepared.step(latents, readNumber(json, 'sigma'))).data))
      if (prepared.pointers && expected.names().includes('pointers'))
        figures.push(await compare(given, 'pointers', realOnly(prepared.pointers, condition.texts).data))
      prepared.dispose()
    }
    await call('prediction')
    const adapters = await readAdapters(given, network.config)
    if (adapters.length > 0) {
      await network.setAdapters(adapters)
      await call('prediction.lora')
    }
    return figures
  } finally {
    await network.dispose()
  }
}

/** The case's network: weights in a safetensors file or, with linears of few bits, in a manifest folder. */
export async function openConditioned(
  { json, files }: ParityCase,
  runtime: Runtime,
  options: ConditionedOptions = {},
): Promise<ConditionedNetwork> {
  const weights = json['weights']
  if (typeof weights !== 'string') throw badCase('does not name its weights')
  const store: WeightStore = weights.endsWith('.safetensors')
    ? await openTensors(files, weights)
    : await openManifest(files, weights)
  return ConditionedNetwork.create(runtime, store, parseConditionedConfig(json['config']), options)
}

async function readCondition(given: ParityCase): Promise<Condition> {
  const { inputs } = given
  const ids = async (name: string): Promise<Float64Array> => Float64Array.from((await readTensor(inputs, name)).data)
  const place = inputs.names().includes('place') ? await readTensor(inputs, 'place') : undefined
  return {
    texts: await readTexts(given),
    src: await readTensor(inputs, 'src'),
    srcIds: await ids('src_ids'),
    noisyIds: await ids('noisy_ids'),
    ...(place && { places: { src: place, noisy: place } }),
  }
}

/** The padded texts of a case without their padding. */
export async function readTexts({ json, inputs }: ParityCase): Promise<TextStates[]> {
  const lengths: unknown = json['text_lengths']
  if (!Array.isArray(lengths)) throw badCase('has no list "text_lengths"')
  const txt = await readTensor(inputs, 'txt')
  const pooled = await readTensor(inputs, 'pooled')
  const [, longest, width] = txt.dims as [number, number, number]
  const pooledWidth = pooled.dims[1]!
  return lengths.map((length: number, i) => ({
    txt: tensor([length, width], txt.data.subarray(i * longest * width, (i * longest + length) * width)),
    pooled: tensor([pooledWidth], pooled.data.subarray(i * pooledWidth, (i + 1) * pooledWidth)),
  }))
}

/** Keys of padded tokens, which nobody reads, as zeros. */
function realOnly({ dims, data }: Tensor, texts: readonly TextStates[]): Tensor {
  const [, longest, width] = dims as [number, number, number]
  const kept = tensor(dims)
  texts.forEach(({ txt }, i) =>
    kept.data.set(data.subarray(i * longest * width, (i * longest + txt.dims[0]!) * width), i * longest * width),
  )
  return kept
}
