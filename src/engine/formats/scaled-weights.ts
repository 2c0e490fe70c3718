import { PhotodoodleError } from '../core/errors'
import { sizeOf } from '../core/tensor'
import { readRows, readTensor, toFloat32, type StoredDType, type StoredTensor, type WeightStore } from './weight-store'

/**
 * Weights in 8 bits with a scale beside them, as fp8 checkpoints are saved: the value is weight * scale. ComfyUI writes
 * `X.scale_weight` and later `X.weight_scale`, NVIDIA's and Hugging Face's tools the latter; one for the matrix or one
 * for each row.
 */
const SCALES = [(module: string) => `${module}.scale_weight`, (module: string) => `${module}.weight_scale`] as const
/** What such files hold for the activations and for their loaders. */
const ASIDE =
  /(?:^|\.)(?:scaled_fp8|scale_input|input_scale|output_scale|comfy_quant|spiece_model|tekken_model|logit_scale)$/
const SCALED: readonly StoredDType[] = ['F8_E4M3', 'F8_E5M2', 'I8']
const WEIGHT = '.weight'

/** Ways to quantise whose tensors are no numbers by themselves. */
const FOREIGN: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/\.quant_state\.bitsandbytes__nf4$/, 'bitsandbytes nf4'],
  [/\.quant_state\.bitsandbytes__fp4$/, 'bitsandbytes fp4'],
  [/\.SCB$/, 'bitsandbytes int8'],
  [/\.(?:wscales|smooth_factor|smooth)$/, 'SVDQuant (Nunchaku)'],
  [/\.(?:qzeros|g_idx)$/, 'GPTQ or AWQ'],
  [/\.weight_scale_2$/, 'NVIDIA nvfp4'],
  [/\.weight_scale_inv$/, 'fp8 with a scale for each tile'],
]

/** Another library's quantisation that a file uses, which is not read here; undefined for others. */
export function foreignQuantisation(names: readonly string[]): string | undefined {
  return FOREIGN.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1]
}

/**
 * A view with scaled weights multiplied out, as F32, when they are read; the scales themselves are gone from it. Other
 * tensors pass.
 * @throws UnsupportedDType naming a quantisation that is not read; when reading, one for a scale that fits no row
 */
export function unscaled(store: WeightStore): WeightStore {
  const foreign = foreignQuantisation(store.names())
  if (foreign !== undefined) {
    throw new PhotodoodleError(
      'UnsupportedDType',
      `The weights are stored in ${foreign}, which this app does not read.`,
      'Give the same model as bf16, fp8 or GGUF.',
    )
  }
  const present = new Set(store.names())
  const scaleOf = new Map<string, string>()
  for (const name of present) {
    if (!name.endsWith(WEIGHT) || !SCALED.includes(store.info(name).dtype)) continue
    const scale = SCALES.map((key) => key(name.slice(0, -WEIGHT.length))).find((key) => present.has(key))
    if (scale !== undefined) scaleOf.set(name, scale)
  }
  const used = new Set(scaleOf.values())
  const names = store.names().filter((name) => !used.has(name) && !ASIDE.test(name))
  if (scaleOf.size === 0 && names.length === present.size) return store
  const multiplied = async (
    name: string,
    scaleName: string,
    stored: StoredTensor,
    first: number,
  ): Promise<StoredTensor> => {
    const values = toFloat32(stored)
    const { data: scale } = await readTensor(store, scaleName)
    const rows = store.info(name).shape[0] ?? 1
    if (scale.length !== 1 && scale.length !== rows) {
      throw new PhotodoodleError(
        'UnsupportedDType',
        `${scaleName} [${store.info(scaleName).shape.join(', ')}] fits neither the matrix ${name} nor its rows.`,
        'Give the same model as bf16, plain fp8 or GGUF.',
      )
    }
    const count = stored.shape[0] ?? 1
    const width = sizeOf(stored.shape) / count
    for (let i = 0; i < values.length; i++)
      values[i] = values[i]! * (scale.length === 1 ? scale[0]! : scale[first + Math.floor(i / width)]!)
    return { dtype: 'F32', shape: stored.shape, bytes: new Uint8Array(values.buffer) }
  }
  return {
    names: () => names,
    info: (name) => (scaleOf.has(name) ? { dtype: 'F32', shape: store.info(name).shape } : store.info(name)),
    read: async (name) => {
      const scale = scaleOf.get(name)
      return scale === undefined ? store.read(name) : multiplied(name, scale, await store.read(name), 0)
    },
    readRows: async (name, first, count) => {
      const stored = await readRows(store, name, first, count)
      const scale = scaleOf.get(name)
      return scale === undefined ? stored : multiplied(name, scale, stored, first)
    },
    config: store.config,
  }
}
