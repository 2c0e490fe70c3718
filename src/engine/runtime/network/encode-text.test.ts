import { readFile } from 'node:fs/promises'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { bytesSource } from '../../core/byte-source'
import { relativeL2 } from '../../core/tensor'
import { openSafetensors } from '../../formats/safetensors'
import type { StoredTensor, WeightStore } from '../../formats/weight-store'
import { ClipTextModel } from '../../models/clip'
import { T5Encoder } from '../../models/t5'
import type { TextModel } from '../../models/encoder/text-model'
import { encodeText } from './encode-text'
import { Runtime } from '../runtime'
import { CountingRuntime, memoryStore, quantized } from '../testing'

const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const MODELS = { clip: ClipTextModel, t5: T5Encoder } as const
const IDS = [5, 17, 3, 90, 41, 8, 1, 0, 0, 99]

async function load(
  kind: keyof typeof MODELS,
): Promise<{ tensors: Map<string, StoredTensor>; open: (store: WeightStore) => TextModel }> {
  const file = async (name: string): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await readFile(`tests/parity/${kind}/${name}`))
  const store = await openSafetensors(bytesSource(await file('weights.safetensors')))
  const { config } = JSON.parse(new TextDecoder().decode(await file('case.json'))) as { config: unknown }
  const tensors = new Map<string, StoredTensor>()
  for (const name of store.names()) tensors.set(name, await store.read(name))
  return { tensors, open: (weights) => new MODELS[kind](weights, config) }
}

describe.each(['clip', 't5'] as const)('%s', (kind) => {
  it.each(['Q4', 'Q8'] as const)('multiplies with %s blocks as with float32 of the same blocks', async (dtype) => {
    const { tensors, open } = await load(kind)
    const run = async (options: Parameters<typeof encodeText>[3]) =>
      encodeText(runtime, open(memoryStore(quantized(tensors, dtype))), IDS, options)
    const kept = await run({ execution: 'blocks' })
    expect(kept.dims).toEqual([IDS.length, 64])
    expect(relativeL2(kept.data, (await run({ execution: 'blocks', quantized: 'dequantize' })).data)).toBeLessThan(1e-5)
    expect(relativeL2(kept.data, (await run({ execution: 'whole' })).data)).toBeLessThan(1e-5)
    const exact = await encodeText(runtime, open(memoryStore(tensors)), IDS, { execution: 'whole' })
    expect(relativeL2(kept.data, exact.data)).toBeGreaterThan(1e-4)
  })

  it('holds the weights of two parts at a time and leaves nothing behind', async () => {
    const { tensors, open } = await load(kind)
    const counting = new CountingRuntime(ort, { provider: 'cpu', threads: 1 })
    await encodeText(counting, open(memoryStore(tensors)), IDS, { execution: 'blocks' })
    const blocks = [...counting.labels].filter((label) => /\.0\..*weight$/.test(label))
    expect(blocks.length).toBeGreaterThan(5)
    expect(counting.mostBlocks).toBe(2)
    expect(counting.live.size).toBe(0)
  })

  it('leaves nothing behind when a weight cannot be read', async () => {
    const { tensors, open } = await load(kind)
    const store = memoryStore(tensors)
    const broken: WeightStore = {
      ...store,
      read: (name) => (/\.2\..*(fc1|wi_1)\.weight$/.test(name) ? Promise.reject(new Error('disk')) : store.read(name)),
    }
    const counting = new CountingRuntime(ort, { provider: 'cpu', threads: 1 })
    await expect(encodeText(counting, open(broken), IDS, { execution: 'blocks' })).rejects.toThrow('disk')
    expect(counting.live.size).toBe(0)
  })

  it('refuses weights that are missing, of another shape or unknown', async () => {
    const { tensors, open } = await load(kind)
    const [name] = [...tensors.keys()].filter((key) => /\.1\..*(fc2|wo)\.weight$/.test(key))
    const without = new Map(tensors)
    without.delete(name!)
    expect(() => open(memoryStore(without))).toThrowError(expect.objectContaining({ name: 'MissingWeight' }))
    const turned = new Map(tensors).set(name!, {
      ...tensors.get(name!)!,
      shape: [...tensors.get(name!)!.shape].reverse(),
    })
    expect(() => open(memoryStore(turned))).toThrowError(expect.objectContaining({ name: 'ShapeMismatch' }))
    expect(() => open(memoryStore(new Map(tensors).set('surplus', tensors.get(name!)!)))).toThrowError(
      expect.objectContaining({ name: 'BadModel' }),
    )
  })
})
