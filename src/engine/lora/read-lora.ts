import { PhotodoodleError } from '../core/errors'
import { sizeOf } from '../core/tensor'
import type { FluxSizes } from '../formats/flux-layers'
import { missingWeight, readTensor, type WeightStore } from '../formats/weight-store'
import { adapterOf, concatenate, type Adapter, type LowRank, type PlacedLowRank } from './adapter'
import { defaultScale } from './lora-metadata'
import {
  isTextEncoderKey,
  loraTargets,
  otherKind,
  parseLoraKey,
  stripPrefixes,
  type LoraRole,
  type LoraTarget,
} from './lora-keys'

function bad(
  what: string,
  remedy = 'Check that it is a LoRA trained for this model; others cannot be used.',
): PhotodoodleError {
  return new PhotodoodleError('BadLora', what, remedy)
}

/** The keys that one module of the file has. */
interface Module {
  readonly name: string
  readonly target: LoraTarget
  readonly keys: Map<LoraRole, string>
}

/** A LoRA whose matrices are still in its file. */
export interface LoraFile {
  /** Reference names of the linears it changes, e.g. `double_blocks.0.img_attn.qkv`. */
  readonly linears: readonly string[]
  /** Keys that are left out, see {@link leftOutKeys}. */
  readonly leftOut: readonly string[]
  /** @throws BadLora when a matrix has the wrong size, MissingWeight for a linear that it does not change */
  read(linear: string): Promise<LowRank>
}

/**
 * Opens a LoRA under diffusers/PEFT, kohya or XLabs names, in any stored dtype, from a safetensors file or a manifest;
 * only its keys are read. Separate q, k and v changes of a fused linear become rows of it; alpha / rank is folded into
 * B.
 * @param sizes the transformer the LoRA is for
 * @throws BadLora naming the first key that fits no layer or has no partner
 */
export function openLora(store: WeightStore, sizes: FluxSizes): LoraFile {
  const scaleOf = defaultScale(store.config)
  const modules = new Map<string, Module[]>()
  const leftOut = leftOutKeys(store)
  const left = new Set(leftOut)
  const ours = store.names().filter((key) => !left.has(key))
  if (ours.length === 0 && leftOut.some(isTextEncoderKey))
    throw bad(
      `The file changes only a text encoder, which stays as it is here (its first key is "${leftOut[0]}").`,
      'Use a LoRA of the transformer.',
    )
  for (const module of groupKeys(ours, sizes)) {
    const { name } = module.target.linear
    modules.set(name, [...(modules.get(name) ?? []), module])
  }
  return {
    linears: [...modules.keys()],
    leftOut,
    read: async (linear) => {
      const [first, ...rest] = modules.get(linear) ?? []
      if (first === undefined) throw missingWeight(linear)
      const placed: PlacedLowRank[] = []
      for (const module of [first, ...rest]) placed.push(await readModule(store, module, scaleOf))
      return concatenate(placed, first.target.linear.out)
    },
  }
}

/**
 * Reads a whole LoRA, as {@link openLora} opens it.
 * @throws BadLora naming the first key that fits no layer, has no partner or has the wrong size
 */
export async function readLora(store: WeightStore, sizes: FluxSizes): Promise<Adapter> {
  const file = openLora(store, sizes)
  const layers = new Map<string, LowRank>()
  for (const linear of file.linears) layers.set(linear, await file.read(linear))
  return adapterOf(layers)
}

/**
 * Keys of a LoRA file that change nothing here: those of a text encoder, which stays as it is, and bookkeeping numbers
 * such as `step`. Whoever opens a file for a person names them.
 */
export function leftOutKeys(store: WeightStore): readonly string[] {
  return store.names().filter((key) => isTextEncoderKey(key) || isBookkeeping(store, key))
}

/** A single number under a name of one word: a trainer's step count, the marker of scaled fp8. */
function isBookkeeping(store: WeightStore, key: string): boolean {
  return (
    /^(?:iteration|iter|step|global_step|epoch|seed|ss_\w+|scaled_fp8)$/.test(stripPrefixes(key)) &&
    sizeOf(store.info(key).shape) <= 2
  )
}

function groupKeys(keys: readonly string[], sizes: FluxSizes): Module[] {
  const find = loraTargets(sizes)
  const modules = new Map<string, Module>()
  const unknown: string[] = []
  for (const key of keys) {
    const parsed = parseLoraKey(key)
    const target = parsed && find(parsed.module)
    if (target === undefined) {
      unknown.push(key)
      continue
    }
    // Keyed by place, so that two spellings of one layer are noticed.
    const place = `${target.linear.name}:${target.row}:${target.rows}`
    const module = modules.get(place) ?? {
      name: stripPrefixes(parsed!.module),
      target,
      keys: new Map<LoraRole, string>(),
    }
    const twin = module.keys.get(parsed!.role)
    if (twin !== undefined)
      throw bad(
        `The LoRA's keys ${twin} and ${key} stand for the same thing.`,
        'Export it again with a single adapter.',
      )
    module.keys.set(parsed!.role, key)
    modules.set(place, module)
  }
  const [example] = unknown
  for (const key of unknown) {
    const kind = otherKind(key)
    if (kind !== undefined) throw bad(`The file ${kind.what} (its key "${key}").`, kind.remedy)
  }
  if (modules.size === 0)
    throw bad(
      example === undefined
        ? 'The file holds no tensors.'
        : `None of the file's ${keys.length} keys is a LoRA of this model; the first is "${example}".`,
    )
  if (example !== undefined)
    throw bad(
      `The LoRA's key "${example}" fits no layer of this model ` +
        `(${sizes.depth} double and ${sizes.depth_single_blocks} single blocks).`,
    )
  return [...modules.values()]
}

async function readModule(
  store: WeightStore,
  module: Module,
  scaleOf: (module: string, rank: number) => number,
): Promise<PlacedLowRank> {
  const { linear, row, rows } = module.target
  const key = (role: LoraRole, side: string): string => {
    const found = module.keys.get(role)
    if (found === undefined)
      throw bad(
        `The LoRA has no ${side} matrix for ${module.name}.`,
        'The file is incomplete; download or export it again.',
      )
    return found
  }
  const aKey = key('a', 'down (A)')
  const bKey = key('b', 'up (B)')
  const a = await readMatrix(store, aKey)
  const b = await readMatrix(store, bKey)
  const rank = a.dims[0]!
  if (b.dims[1] !== rank)
    throw bad(
      `The ranks of ${aKey} [${a.dims.join(', ')}] and ${bKey} [${b.dims.join(', ')}] differ.`,
      'The file is damaged; download or export it again.',
    )
  if (a.dims[1] !== linear.in) throw bad(`${aKey} takes ${a.dims[1]} values, but ${linear.name} takes ${linear.in}.`)
  if (b.dims[0] !== rows) throw bad(`${bKey} gives ${b.dims[0]} values, but its place in ${linear.name} holds ${rows}.`)
  const alphaKey = module.keys.get('alpha')
  const scale = alphaKey === undefined ? scaleOf(module.name, rank) : (await readAlpha(store, alphaKey)) / rank
  return { a: a.data, b: linear.swapHalves ? swapHalves(b.data) : b.data, rank, row, rows, scale }
}

async function readMatrix(store: WeightStore, key: string) {
  const matrix = await readTensor(store, key)
  const { dims, data } = matrix
  if (dims.length !== 2 || dims.includes(0))
    throw bad(`${key} is [${dims.join(', ')}] where a LoRA of a linear has a matrix.`)
  if (!data.every(Number.isFinite))
    throw bad(
      `${key} holds values that are not numbers.`,
      'The training went wrong or the file is damaged; use another one.',
    )
  return matrix
}

async function readAlpha(store: WeightStore, key: string): Promise<number> {
  const { data } = await readTensor(store, key)
  const [alpha] = data
  if (data.length !== 1 || alpha === undefined || !Number.isFinite(alpha))
    throw bad(`${key} is not a single number.`, 'The file is damaged; download or export it again.')
  return alpha
}

/** Row-major rows [second half; first half]. */
function swapHalves(matrix: Float32Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
  const swapped = new Float32Array(matrix.length)
  const half = matrix.length / 2
  swapped.set(matrix.subarray(half))
  swapped.set(matrix.subarray(0, half), half)
  return swapped
}
