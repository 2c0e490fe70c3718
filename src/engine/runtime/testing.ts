/** Random networks and in-memory weights for tests; no part of the engine imports this. */
import { gaussian } from '../core/random'
import { sizeOf, tensor } from '../core/tensor'
import type { Tensor } from '../core/tensor'
import { quantizeQ4, quantizeQ8 } from '../formats/blocks'
import { weightNamed, toFloat32 } from '../formats/weight-store'
import type { StoredTensor, WeightStore } from '../formats/weight-store'
import { adapterOf } from '../lora/adapter'
import type { Adapter } from '../lora/adapter'
import type { TransformerConfig } from '../models/transformer/config'
import { editLoraTargets, expectedWeights, linearShapes } from '../models/transformer/weights'
import type { BoundTensor, HostTensor } from './ort/bound-tensor'
import type { DenoiseInput } from './sampler/denoiser'
import { Runtime, type Session } from './runtime'

export const TINY: TransformerConfig = {
  in_channels: 16,
  out_channels: 16,
  vec_in_dim: 24,
  context_in_dim: 40,
  hidden_size: 64,
  mlp_ratio: 4,
  num_heads: 2,
  depth: 2,
  depth_single_blocks: 2,
  axes_dim: [8, 12, 12],
  theta: 10_000,
  qkv_bias: true,
  guidance_embed: false,
}

export function memoryStore(tensors: ReadonlyMap<string, StoredTensor>): WeightStore {
  const find = (name: string): StoredTensor => weightNamed(tensors, name)
  return {
    names: () => [...tensors.keys()],
    info: find,
    // Async so that a missing weight rejects.
    read: (name) => Promise.resolve().then(() => find(name)),
  }
}

/** Gaussian weights of about the size that keeps activations near 1; norms near 1. */
export function randomWeights(
  config: TransformerConfig,
  seed: number,
  shapes = expectedWeights(config),
): Map<string, StoredTensor> {
  const weights = new Map<string, StoredTensor>()
  for (const [name, shape] of shapes) {
    const values = gaussian(seed + weights.size, sizeOf(shape))
    const isNorm = name.endsWith('.scale')
    const scale = isNorm ? 0.1 : 0.7 / Math.sqrt(shape[1] ?? 50)
    weights.set(
      name,
      floatTensor(
        shape,
        values.map((value) => scale * value + (isNorm ? 1 : 0)),
      ),
    )
  }
  return weights
}

export function floatTensor(shape: readonly number[], values: Float32Array): StoredTensor {
  return { dtype: 'F32', shape, bytes: new Uint8Array(values.slice().buffer) }
}

/** Every linear weight that blocks of 32 fit, in 4 or 8 bits. */
export function quantized(weights: ReadonlyMap<string, StoredTensor>, dtype: 'Q4' | 'Q8'): Map<string, StoredTensor> {
  return new Map(
    [...weights].map(([name, stored]) => {
      if (stored.shape.length !== 2 || stored.shape[1]! % 32 !== 0) return [name, stored]
      const values = toFloat32(stored)
      return [name, { dtype, shape: stored.shape, ...(dtype === 'Q4' ? quantizeQ4(values) : quantizeQ8(values)) }]
    }),
  )
}

/** W + strength * B A in every adapted linear: what the low-rank branch must equal. */
export function merged(
  weights: ReadonlyMap<string, StoredTensor>,
  adapter: Adapter,
  strength: number,
): Map<string, StoredTensor> {
  const result = new Map(weights)
  for (const [linear, { a, b, rank }] of adapter.layers) {
    const name = `${linear}.weight`
    const { shape } = weights.get(name)!
    const [outputs, inputs] = shape as [number, number]
    const values = Float64Array.from(toFloat32(weights.get(name)!))
    for (let o = 0; o < outputs; o++) {
      for (let r = 0; r < rank; r++) {
        const weight = strength * b[o * rank + r]!
        for (let i = 0; i < inputs; i++) values[o * inputs + i]! += weight * a[r * inputs + i]!
      }
    }
    result.set(name, floatTensor(shape, Float32Array.from(values)))
  }
  return result
}

/** An adapter with a visible effect. */
export function randomAdapter(
  config: TransformerConfig,
  seed: number,
  rank: number,
  linears: readonly string[] = editLoraTargets(config),
): Adapter {
  const shapes = linearShapes(config)
  return adapterOf(
    new Map(
      linears.map((linear, index) => {
        const { inputs, outputs } = shapes.get(linear)!
        const random = (salt: number, count: number, scale: number) =>
          gaussian(seed * 1000 + 2 * index + salt, count).map((value) => value * scale)
        return [
          linear,
          {
            a: random(0, rank * inputs, 1 / Math.sqrt(inputs)),
            b: random(1, outputs * rank, 0.3 / Math.sqrt(rank)),
            rank,
          },
        ]
      }),
    ),
  )
}

export function randomTensor(dims: readonly number[], seed: number): Tensor {
  return tensor(dims, gaussian(seed, sizeOf(dims)))
}

export function randomInput(
  config: TransformerConfig,
  sigmas: readonly number[],
  { rows = 3, columns = 5, text = 7 } = {},
): DenoiseInput {
  const picture = [rows * columns, config.in_channels]
  return {
    txt: randomTensor([text, config.context_in_dim], 901),
    pooled: randomTensor([config.vec_in_dim], 902),
    source: randomTensor(picture, 903),
    noise: randomTensor(picture, 904),
    grid: { rows, columns },
    sigmas,
  }
}

/** Keeps count of the tensors that are alive. */
export class CountingRuntime extends Runtime {
  readonly live = new Map<BoundTensor, { readonly label: string; readonly bytes: number }>()
  readonly labels = new Set<string>()
  /** Names of graphs that are open, and of all that ever were. */
  readonly sessions = new Set<string>()
  readonly opened = new Set<string>()
  /** Most blocks (by number in the label) whose weights were there at once. */
  mostBlocks = 0
  /** Most bytes of weights (linears, norms, low-rank tensors) that were there at once. */
  mostWeightBytes = 0

  get weightBytes(): number {
    return [...this.live.values()].reduce((sum, { label, bytes }) => (isWeight(label) ? sum + bytes : sum), 0)
  }

  override async createSession(...[graph, weightBytes]: Parameters<Runtime['createSession']>): Promise<Session> {
    const session = await super.createSession(graph, weightBytes)
    this.sessions.add(graph.name)
    this.opened.add(graph.name)
    const release = session.release.bind(session)
    session.release = () => {
      this.sessions.delete(graph.name)
      return release()
    }
    return session
  }

  override allocate(...given: Parameters<Runtime['allocate']>): BoundTensor {
    const [dims, label, dtype] = given
    return this.track(super.allocate(...given), label, (dtype === 'float16' ? 2 : 4) * sizeOf(dims))
  }

  override upload(tensor: HostTensor, label: string): BoundTensor {
    return this.track(super.upload(tensor, label), label, tensor.data.byteLength)
  }

  /** As a GPU that is still at work when the call returns. */
  override settled(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve))
  }

  private track(bound: BoundTensor, label: string, bytes: number): BoundTensor {
    this.live.set(bound, { label, bytes })
    this.labels.add(label)
    const blocks = new Set(
      [...this.live.values()].flatMap(({ label: name }) => /(?:layers|blocks?)\.(\d+)\./.exec(name)?.[0] ?? []),
    )
    this.mostBlocks = Math.max(this.mostBlocks, blocks.size)
    this.mostWeightBytes = Math.max(this.mostWeightBytes, this.weightBytes)
    const dispose = bound.dispose.bind(bound)
    bound.dispose = () => {
      if (!this.live.delete(bound)) throw new Error(`${label} was freed twice`)
      dispose()
    }
    return bound
  }
}

/**
 * Activations have plain names ("hidden states, even"), weights and low-rank tensors dotted ones or those of linears at
 * the top.
 */
const isWeight = (label: string): boolean => label.includes('.') || /_in$/.test(label)
