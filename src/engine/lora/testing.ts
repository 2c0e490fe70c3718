import { bytesSource } from '../core/byte-source'
import { gaussian } from '../core/random'
import type { FluxSizes } from '../formats/flux-layers'
import { openSafetensors, writeSafetensors } from '../formats/safetensors'
import type { StoredTensor } from '../formats/weight-store'
import type { Adapter } from './adapter'
import { readLora } from './read-lora'

/** A FLUX of one block each, for tests of LoRA files. */
export const SMALL_FLUX: FluxSizes = {
  in_channels: 64,
  out_channels: 64,
  vec_in_dim: 32,
  context_in_dim: 32,
  hidden_size: 64,
  mlp_ratio: 4,
  depth: 1,
  depth_single_blocks: 1,
  guidance_embed: false,
}

export type Tensors = Record<string, StoredTensor>
/** `data` as float32 of `shape`. */
export const f32 = (shape: number[], data: Float32Array): StoredTensor => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(data.slice().buffer),
})
/** Both matrices of a linear [out, input], of fixed noise. */
export const pair = (
  module: string,
  out: number,
  input: number,
  rank = 32,
  [a, b] = ['lora_A.weight', 'lora_B.weight'],
): Tensors => ({
  [`${module}.${a}`]: f32([rank, input], gaussian(1, rank * input)),
  [`${module}.${b}`]: f32([out, rank], gaussian(2, out * rank)),
})
export const scalar = (value: number) => f32([], Float32Array.of(value))
/** The file of these tensors, read. */
export const read = async (tensors: Tensors, metadata?: Record<string, string>): Promise<Adapter> =>
  readLora(await openSafetensors(bytesSource(writeSafetensors(Object.entries(tensors), metadata))), SMALL_FLUX)

/** The linear that most cases change. */
export const q = 'transformer.transformer_blocks.0.attn.to_q'

/** c [n, m] = a [n, k] b [k, m], summed in float64. */
export function matmul(a: Float32Array, b: Float32Array, n: number, k: number, m: number): Float32Array {
  const c = new Float32Array(n * m)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < m; j++) {
      let sum = 0
      for (let x = 0; x < k; x++) sum += a[i * k + x]! * b[x * m + j]!
      c[i * m + j] = sum
    }
  }
  return c
}
