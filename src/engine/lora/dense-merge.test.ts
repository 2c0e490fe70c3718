import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { gaussian } from '../core/random'
import { relativeL2 } from '../core/tensor'
import type { FluxSizes } from '../formats/flux-layers'
import { openSafetensors } from '../formats/safetensors'
import { readTensor, type WeightStore } from '../formats/weight-store'
import { combineAdapters } from './adapter'
import { readLora } from './read-lora'
import { matmul } from './testing'

const openFile = async (path: string): Promise<WeightStore> =>
  openSafetensors(bytesSource(new Uint8Array(await readFile(path))))

interface Case {
  config: FluxSizes
  lora: { file: string; strength: number }
}
async function openCase(name: string) {
  const folder = `tests/parity/${name}`
  const { config, lora } = JSON.parse(await readFile(`${folder}/case.json`, 'utf8')) as Case
  return {
    config,
    strength: lora.strength,
    lora: await openFile(`${folder}/${lora.file}`),
    weights: await openFile(`${folder}/weights.safetensors`),
  }
}

/**
 * W + s B A for every changed linear, straight from the file's keys; where each key goes is written out by hand here.
 */
async function denseMerge(
  lora: WeightStore,
  weights: WeightStore,
  strength: number,
  hidden: number,
): Promise<Map<string, Float32Array>> {
  const merged = new Map<string, Float32Array>()
  const add = async (linear: string, firstRow: number, aKey: string, bKey: string, scale: number) => {
    const a = await readTensor(lora, aKey)
    const b = await readTensor(lora, bKey)
    const [rank, k] = a.dims as [number, number]
    const delta = matmul(b.data, a.data, b.dims[0]!, rank, k)
    const dense = merged.get(linear) ?? (await readTensor(weights, `${linear}.weight`)).data.slice()
    delta.forEach((value, i) => (dense[firstRow * k + i]! += strength * scale * value))
    merged.set(linear, dense)
  }
  const double: Record<string, [string, number]> = {
    'attn.to_q': ['img_attn.qkv', 0],
    'attn.to_k': ['img_attn.qkv', hidden],
    'attn.to_v': ['img_attn.qkv', 2 * hidden],
    'attn.to_out.0': ['img_attn.proj', 0],
    'attn.add_q_proj': ['txt_attn.qkv', 0],
    'attn.add_k_proj': ['txt_attn.qkv', hidden],
    'attn.add_v_proj': ['txt_attn.qkv', 2 * hidden],
    'attn.to_add_out': ['txt_attn.proj', 0],
    'ff.net.0.proj': ['img_mlp.0', 0],
    'ff.net.2': ['img_mlp.2', 0],
    'ff_context.net.0.proj': ['txt_mlp.0', 0],
    'ff_context.net.2': ['txt_mlp.2', 0],
  }
  const single: Record<string, [string, number]> = {
    'attn.to_q': ['linear1', 0],
    'attn.to_k': ['linear1', hidden],
    'attn.to_v': ['linear1', 2 * hidden],
  }
  for (const key of lora.names()) {
    const peft = /^transformer\.(single_)?transformer_blocks\.(\d+)\.(.*)\.lora_A\.weight$/.exec(key)
    const kohya = /^lora_unet_(double|single)_blocks_(\d+)_(.*)\.lora_down\.weight$/.exec(key)
    if (peft) {
      const [linear, row] = (peft[1] === undefined ? double : single)[peft[3]!]!
      await add(
        `${peft[1] === undefined ? 'double' : 'single'}_blocks.${peft[2]}.${linear}`,
        row,
        key,
        key.replace('lora_A', 'lora_B'),
        1,
      )
    } else if (kohya) {
      const alpha = (await readTensor(lora, key.replace('lora_down.weight', 'alpha'))).data[0]!
      const linear = kohya[3]!
        .replace('img_attn_', 'img_attn.')
        .replace('txt_attn_', 'txt_attn.')
        .replace('mlp_', 'mlp.')
        .replace('_lin', '.lin')
      await add(
        `${kohya[1]}_blocks.${kohya[2]}.${linear}`,
        0,
        key,
        key.replace('lora_down', 'lora_up'),
        alpha / lora.info(key).shape[0]!,
      )
    }
  }
  return merged
}

describe.each(['lora-diffusers', 'lora-kohya'])('%s', (name) => {
  test('W x + s B (A x) equals the dense merge at every targeted linear', async () => {
    const { config, lora, weights } = await openCase(name)
    const adapter = await readLora(lora, config)
    for (const strength of [1, 0.8, -0.5]) {
      const merged = await denseMerge(lora, weights, strength, config.hidden_size)
      expect(merged.size).toBeGreaterThan(10)
      expect([...adapter.layers.keys()].sort()).toEqual([...merged.keys()].sort())
      const combined = combineAdapters([{ adapter, strength }])
      for (const [linear, dense] of merged) {
        const [n, k] = weights.info(`${linear}.weight`).shape as [number, number]
        const base = await readTensor(weights, `${linear}.weight`)
        const { a, b, rank } = combined.layers.get(linear)!
        const x = gaussian(n * k, k * 3)
        const low = matmul(b, matmul(a, x, rank, k, 3), n, rank, 3)
        const ours = matmul(base.data, x, n, k, 3).map((value, i) => value + low[i]!)
        const expected = matmul(dense, x, n, k, 3)
        expect(relativeL2(ours, expected)).toBeLessThan(1e-5)
        // The change is large enough to be seen at that tolerance.
        expect(relativeL2(matmul(base.data, x, n, k, 3), expected)).toBeGreaterThan(1e-3)
      }
    }
  })

  test('strengths add up, two adapters stand side by side', async () => {
    const { config, lora } = await openCase(name)
    const adapter = await readLora(lora, config)
    const twice = combineAdapters([
      { adapter, strength: 0.25 },
      { adapter, strength: 0.5 },
      { adapter, strength: 0 },
    ])
    const once = combineAdapters([{ adapter, strength: 0.75 }])
    for (const [linear, { a, b, rank }] of once.layers) {
      const two = twice.layers.get(linear)!
      expect(two.rank).toBe(2 * rank)
      const k = a.length / rank
      const n = b.length / rank
      expect(relativeL2(matmul(two.b, two.a, n, two.rank, k), matmul(b, a, n, rank, k))).toBeLessThan(1e-6)
    }
    expect(() => combineAdapters([{ adapter, strength: 1 }], new Map())).toThrow(
      expect.objectContaining({ name: 'BadLora', message: expect.stringContaining('room for 0') as string }) as Error,
    )
    expect(() => combineAdapters([{ adapter, strength: NaN }])).toThrow(
      expect.objectContaining({ name: 'BadRequest' }) as Error,
    )
    expect(combineAdapters([]).layers.size).toBe(0)
  })
})
