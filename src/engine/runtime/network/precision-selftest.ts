import { floatsToHalves } from '../../core/float16'
import { gaussian } from '../../core/random'
import { relativeL2, sizeOf, tensor, type Tensor } from '../../core/tensor'
import { quantizeQ4 } from '../../formats/blocks'
import { toFloat32, type StoredTensor, type WeightStore } from '../../formats/weight-store'
import type { TransformerConfig } from '../../models/transformer/config'
import { singleBlockGraph } from '../../models/transformer/graphs'
import { loraNames, type AttentionKind, type Precision } from '../../models/transformer/scope'
import { expectedWeights, linearShapes } from '../../models/transformer/weights'
import { selfTestAttention } from './attention-selftest'
import { disposeAll, uploadWeights } from '../weights/part-weights'
import type { HostTensor, Runtime } from '../runtime'
import { oncePerRuntime } from './once-per-runtime'

export interface PrecisionVerdict {
  readonly precision: Precision
  /** One sentence for the diagnostics. */
  readonly reason: string
}

/** Of any token's new hidden state; kernels that add up in f16 measure up to here, an overflow is near 1. */
const TOLERANCE = 1e-2

const TOKENS = 40
const RANK = 4
/** One head of FLUX.1's size, and sums as long as its feed-forward's. */
const CONFIG: TransformerConfig = {
  in_channels: 64,
  out_channels: 64,
  vec_in_dim: 32,
  context_in_dim: 32,
  hidden_size: 128,
  mlp_ratio: 96,
  num_heads: 1,
  depth: 0,
  depth_single_blocks: 1,
  axes_dim: [16, 56, 56],
  theta: 10_000,
  qkv_bias: true,
  guidance_embed: false,
}
const ADAPTED = ['single_blocks.0.linear1', 'single_blocks.0.linear2']
/**
 * A token, as FLUX.1 has them, whose residual is thousands of times the others', and what a quarter of a loud
 * feed-forward's channels reach.
 */
const LOUD_TOKEN = 3
const RESIDUAL = 60_000
const HIDDEN = 50_000

/**
 * Whether blocks may compute in f16 here: WebGPU with `shader-f16`, on which a block at FLUX.1's magnitudes gives in
 * f16 what it
 * gives in f32. The CPU providers have no f16 arithmetic and would only convert back and forth. Done once for a
 * runtime.
 */
export const selfTestPrecision = oncePerRuntime(judge)

async function judge(runtime: Runtime): Promise<PrecisionVerdict> {
  const f32 = (why: string): PrecisionVerdict => ({
    precision: 'f32',
    reason: `Large models compute in 32-bit floats: ${why}.`,
  })
  if (runtime.provider !== 'webgpu') return f32('the processor gains nothing from 16-bit ones')
  if (runtime.device?.features.has('shader-f16') !== true)
    return f32('this graphics device has no 16-bit ones (shader-f16)')
  try {
    const error = await halfBlockError(runtime)
    if (error <= TOLERANCE)
      return {
        precision: 'f16',
        reason:
          'Large models compute in 16-bit floats, which are right ' +
          `on this device (largest error ${error.toExponential(1)}).`,
      }
    return f32(`16-bit ones are wrong on this device (error ${error.toExponential(1)})`)
  } catch (error) {
    return f32(`16-bit ones do not run on this device (${error instanceof Error ? error.message : String(error)})`)
  }
}

/**
 * Largest relative L2 difference of a token's new hidden state between f16 and f32, of single blocks on this runtime:
 * one of usual
 * activations, and one whose feed-forward is so loud that what it adds passes a half's range.
 */
export async function halfBlockError(runtime: Runtime): Promise<number> {
  const { attention } = await selfTestAttention(runtime)
  const errors: number[] = []
  const usual = randomWeights()
  for (const weights of [storeOf(usual), storeOf(loud(usual))]) {
    const exact = await runBlock(runtime, attention, 'f32', weights)
    const half = await runBlock(runtime, attention, 'f16', weights)
    for (let token = 0; token < TOKENS; token++) {
      const row = ({ data }: Tensor): Float32Array =>
        data.subarray(token * CONFIG.hidden_size, (token + 1) * CONFIG.hidden_size)
      errors.push(relativeL2(row(half), row(exact)))
    }
  }
  return Math.max(...errors)
}

async function runBlock(
  runtime: Runtime,
  attention: AttentionKind,
  precision: Precision,
  store: WeightStore,
): Promise<Tensor> {
  const part = singleBlockGraph(
    {
      config: CONFIG,
      attention,
      precision,
      linears: linearShapes(CONFIG),
      adapted: new Set(ADAPTED),
      format: () => 'Q4',
    },
    0,
  )
  const session = await runtime.createSession(part.graph)
  const weights = await uploadWeights(runtime, store, part)
  try {
    const x = gaussianTensor([TOKENS, CONFIG.hidden_size], 1)
    for (let i = 0; i < CONFIG.hidden_size; i += 7)
      x.data[LOUD_TOKEN * CONFIG.hidden_size + i] = i % 2 === 0 ? RESIDUAL : -RESIDUAL
    const turns = gaussian(2, TOKENS * 64)
    const { x_next } = await session.run({
      ...weights,
      ...lowRank(precision),
      x,
      conditioning: gaussianTensor([1, CONFIG.hidden_size], 3),
      cos: tensor([TOKENS, 64], turns.map(Math.cos)),
      sin: tensor([TOKENS, 64], turns.map(Math.sin)),
    })
    return x_next!
  } finally {
    await session.release()
    disposeAll(weights)
  }
}

/** What attention gives is 8 times as strong as drawn: its 128 values would drown among the feed-forward's 12,288. */
function randomWeights(): Map<string, StoredTensor> {
  return new Map(
    [...expectedWeights(CONFIG)].map(([name, shape], index) => {
      const values = gaussian(10 + index, sizeOf(shape))
      const [, inputs] = shape
      if (inputs !== undefined) {
        const strength = (i: number): number =>
          name.endsWith('linear2.weight') && i % inputs < CONFIG.hidden_size ? 8 : 1
        return [
          name,
          { dtype: 'Q4', shape, ...quantizeQ4(values.map((value, i) => (strength(i) * value) / Math.sqrt(inputs))) },
        ]
      }
      return [name, vector(values.map((value) => 0.1 * value + (name.endsWith('.scale') ? 1 : 0)))]
    }),
  )
}

/** Every matrix four times as strong, and a feed-forward a quarter of whose channels are at {@link HIDDEN}. */
function loud(weights: ReadonlyMap<string, StoredTensor>): Map<string, StoredTensor> {
  return new Map(
    [...weights].map(([name, stored]) => {
      if (stored.scales) return [name, { ...stored, scales: stored.scales.map((scale) => 4 * scale) }]
      if (!name.endsWith('linear1.bias')) return [name, stored]
      const values = toFloat32(stored)
      for (let i = 3 * CONFIG.hidden_size; i < values.length; i += 4) values[i] = HIDDEN
      return [name, vector(values)]
    }),
  )
}

function lowRank(precision: Precision): Record<string, HostTensor> {
  const shapes = linearShapes(CONFIG)
  const stored = (dims: readonly number[], seed: number): HostTensor => {
    const data = gaussian(seed, sizeOf(dims)).map((value) => 0.05 * value)
    return { dims, data: precision === 'f16' ? floatsToHalves(data) : data }
  }
  return Object.fromEntries(
    ADAPTED.flatMap((linear, i) => {
      const { a, b } = loraNames(linear.replace('single_blocks.0.', ''))
      const { inputs, outputs } = shapes.get(linear)!
      return [
        [a, stored([RANK, inputs], 100 + i)],
        [b, stored([outputs, RANK], 200 + i)],
      ]
    }),
  )
}

const vector = (values: Float32Array<ArrayBuffer>): StoredTensor => ({
  dtype: 'F32',
  shape: [values.length],
  bytes: new Uint8Array(values.buffer),
})

function storeOf(weights: ReadonlyMap<string, StoredTensor>): WeightStore {
  return {
    names: () => [...weights.keys()],
    info: (name) => weights.get(name)!,
    read: (name) => Promise.resolve(weights.get(name)!),
  }
}

const gaussianTensor = (dims: readonly number[], seed: number): Tensor => tensor(dims, gaussian(seed, sizeOf(dims)))
