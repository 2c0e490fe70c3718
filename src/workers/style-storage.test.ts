import { describe, expect, it } from 'vitest'
import { COMPACT_ABOVE } from '../engine/lora/compact-lora'
import { readLora } from '../engine/lora/read-lora'
import { gaussian } from '../engine/core/random'
import { writeSafetensors } from '../engine/formats/safetensors'
import type { StoredTensor } from '../engine/formats/weight-store'
import { importedBytes, importedWeights, openImported } from './style-storage'

const HIDDEN = 1024
const sizes = {
  hidden_size: HIDDEN,
  mlp_ratio: 4,
  depth: 1,
  depth_single_blocks: 1,
  in_channels: 64,
  out_channels: 64,
  context_in_dim: 64,
  vec_in_dim: 64,
  guidance_embed: false,
}

/** A LoRA of q, k and v of the only single block, F32. */
function lora(rank: number): Blob {
  const matrix = (rows: number, columns: number, seed: number): StoredTensor => ({
    dtype: 'F32',
    shape: [rows, columns],
    bytes: new Uint8Array(gaussian(seed, rows * columns).buffer),
  })
  const tensors = ['q', 'k', 'v'].flatMap((name, index): [string, StoredTensor][] => [
    [`transformer.single_transformer_blocks.0.attn.to_${name}.lora_A.weight`, matrix(rank, HIDDEN, index)],
    [`transformer.single_transformer_blocks.0.attn.to_${name}.lora_B.weight`, matrix(HIDDEN, rank, 10 + index)],
  ])
  return new Blob([writeSafetensors(tensors, { name: 'Large', trigger: 'skslarge' })])
}

describe('what is kept of a dropped LoRA', () => {
  it('is the file itself when it is small', async () => {
    const file = lora(32)
    expect(file.size).toBeLessThan(COMPACT_ABOVE)
    const weights = await importedWeights(file)
    expect(weights).toBe(file)
    expect(importedBytes({ weights })).toBe(file.size)
    expect((await openImported({ weights })).config).toMatchObject({ trigger: 'skslarge' })
  })

  it('is its matrices in 8-bit blocks when it is large, with its name and trigger', async () => {
    const file = lora(768)
    expect(file.size).toBeGreaterThan(COMPACT_ABOVE)
    const weights = await importedWeights(file)
    expect(importedBytes({ weights })).toBeLessThan(0.27 * file.size)
    const kept = await openImported({ weights })
    expect(kept.config).toMatchObject({ name: 'Large', trigger: 'skslarge' })
    const [ours, theirs] = await Promise.all([
      readLora(kept, sizes),
      readLora(await openImported({ weights: file }), sizes),
    ])
    for (const [name, { a, b }] of theirs.layers) {
      for (const [side, exact] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const stored = ours.layers.get(name)![side]
        const error =
          Math.hypot(...[0, 1, 2, 3].map((i) => stored[i * 999]! - exact[i * 999]!)) /
          Math.hypot(...[0, 1, 2, 3].map((i) => exact[i * 999]!))
        expect(error).toBeLessThan(0.05)
      }
    }
  })

  it('says so when a file of it is gone', async () => {
    await expect(openImported({ weights: {} })).rejects.toMatchObject({ name: 'MissingFile' })
  })
})
