import * as ort from 'onnxruntime-node'
import { afterAll, describe, expect, it } from 'vitest'
import { relativeL2, tensor, type Tensor } from '../../core/tensor'
import type { StoredTensor } from '../../formats/weight-store'
import type { ConditionedConfig } from '../../models/conditioned/config'
import { parseConditionedConfig } from '../../models/conditioned/config'
import type { Condition } from '../../models/conditioned/contract'
import { conditionedLinears, conditionedWeights } from '../../models/conditioned/weights'
import { gridIds } from '../../models/transformer/position-ids'
import { ConditionedNetwork, type ConditionedOptions } from './conditioned-network'
import { Runtime } from '../runtime'
import {
  CountingRuntime,
  memoryStore,
  merged,
  quantized,
  randomAdapter,
  randomTensor,
  randomWeights,
  TINY,
} from '../testing'

const CONFIG: ConditionedConfig = {
  ...TINY,
  out_channels: 6,
  src_channels: 10,
  place_channels: 5,
  pointer_dim: 8,
  position_embed: true,
}
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const weights = randomWeights(CONFIG, 1, conditionedWeights(CONFIG))
const grid = { rows: 2, columns: 3 }
const N = 6

const open = (
  stored: ReadonlyMap<string, StoredTensor> = weights,
  options: ConditionedOptions = {},
  on: Runtime = runtime,
): Promise<ConditionedNetwork> => ConditionedNetwork.create(on, memoryStore(stored), CONFIG, options)

/** Pictures `numbers` of an endless series, as one batch. */
function batch(...numbers: readonly number[]): { readonly condition: Condition; readonly latents: Tensor } {
  const rows = (values: number, salt: number): Tensor => {
    const data = numbers.flatMap((number) => [...randomTensor([N, values], 1000 * salt + number).data])
    return tensor([numbers.length, N, values], Float32Array.from(data))
  }
  const texts = numbers.map((number) => ({
    txt: randomTensor([3 + 2 * number, CONFIG.context_in_dim], 50 + number),
    pooled: randomTensor([CONFIG.vec_in_dim], 70 + number),
  }))
  const ids = gridIds(grid)
  const place = rows(CONFIG.place_channels, 2)
  return {
    condition: {
      texts,
      src: rows(CONFIG.src_channels, 1),
      srcIds: ids,
      noisyIds: ids,
      places: { src: place, noisy: place },
    },
    latents: rows(CONFIG.in_channels, 3),
  }
}

async function predict(
  network: ConditionedNetwork,
  numbers: readonly number[],
  sigma = 0.6,
): Promise<{ prediction: Float32Array; pointers: Tensor }> {
  const { condition, latents } = batch(...numbers)
  const prepared = await network.prepare(condition)
  const { data } = await prepared.step(latents, sigma)
  prepared.dispose()
  return { prediction: data, pointers: prepared.pointers! }
}

const network = await open()
afterAll(() => network.dispose())
const alone = await Promise.all([0, 1, 2].map((number) => predict(network, [number])))

describe('a batch', () => {
  it("gives each picture what it gets alone, whatever the length of the others' texts", async () => {
    const { prediction, pointers } = await predict(network, [0, 1, 2])
    expect(relativeL2(prediction, Float32Array.from(alone.flatMap((one) => [...one.prediction])))).toBeLessThan(1e-5)
    expect(pointers.dims).toEqual([3, 7, 8])
    expect(relativeL2(pointers.data.subarray(0, 3 * 8), alone[0]!.pointers.data)).toBeLessThan(1e-5)
    expect(relativeL2(alone[0]!.prediction, alone[1]!.prediction)).toBeGreaterThan(0.1)
  })

  it('is prepared once for all noise levels', async () => {
    const { condition, latents } = batch(1)
    const prepared = await network.prepare(condition)
    const high = await prepared.step(latents, 1)
    expect(relativeL2((await prepared.step(latents, 0.6)).data, alone[1]!.prediction)).toBeLessThan(1e-6)
    expect(relativeL2(high.data, alone[1]!.prediction)).toBeGreaterThan(0.01)
    expect((await prepared.step(latents, 1)).data).toEqual(high.data)
    prepared.dispose()
  })

  it('must fit the network and hold something', async () => {
    const { condition, latents } = batch(0, 1)
    const { places, ...placeless } = condition
    await expect(network.prepare({ ...condition, texts: [] })).rejects.toMatchObject({ name: 'BadRequest' })
    await expect(network.prepare({ ...condition, texts: condition.texts.slice(1) })).rejects.toMatchObject({
      name: 'ShapeMismatch',
    })
    await expect(network.prepare(placeless)).rejects.toMatchObject({ name: 'ShapeMismatch' })
    await expect(network.prepare({ ...condition, places: { src: places!.src, noisy: latents } })).rejects.toMatchObject(
      { name: 'ShapeMismatch' },
    )
    const prepared = await network.prepare(condition)
    await expect(prepared.step(batch(0).latents, 1)).rejects.toMatchObject({ name: 'ShapeMismatch' })
    prepared.dispose()
  })
})

describe('weights', () => {
  it('may be inputs, and stored in 8 bits', async () => {
    const packed = quantized(weights, 'Q8')
    const results = []
    for (const options of [
      { quantized: 'keep' },
      { quantized: 'dequantize' },
      { quantized: 'keep', weightBinding: 'inputs' },
    ] as const) {
      const other = await open(packed, options)
      results.push((await predict(other, [1])).prediction)
      await other.dispose()
    }
    expect(relativeL2(results[0]!, alone[1]!.prediction)).toBeLessThan(0.05)
    for (const result of results) expect(relativeL2(result, results[1]!)).toBeLessThan(1e-5)
  })

  it('must be those of the config', async () => {
    const without = new Map(weights)
    without.delete('src_in.weight')
    await expect(open(without)).rejects.toMatchObject({ name: 'MissingWeight' })
    await expect(
      open(new Map([...weights, ['guidance_in.in_layer.weight', weights.get('src_in.weight')!]])),
    ).rejects.toMatchObject({ name: 'BadModel' })
  })
})

describe('styles', () => {
  const adapter = randomAdapter(CONFIG, 3, 2)

  it('equal the merged weights, and leave no trace when they go', async () => {
    const styled = await open()
    await styled.setAdapters([{ adapter, strength: 0.7 }])
    const { prediction } = await predict(styled, [2])
    const dense = await open(merged(weights, adapter, 0.7))
    expect(relativeL2(prediction, (await predict(dense, [2])).prediction)).toBeLessThan(1e-5)
    expect(relativeL2(prediction, alone[2]!.prediction)).toBeGreaterThan(0.01)
    await styled.setAdapters([])
    expect(relativeL2((await predict(styled, [2])).prediction, alone[2]!.prediction)).toBeLessThan(1e-6)
    await styled.dispose()
    await dense.dispose()
  })

  it('may change any linear of the blocks, modulations too', async () => {
    const everywhere = randomAdapter(
      CONFIG,
      4,
      2,
      [...conditionedLinears(CONFIG).keys()].filter((name) => name.includes('_blocks.')),
    )
    const styled = await open()
    await styled.setAdapters([{ adapter: everywhere, strength: 0.3 }])
    const dense = await open(merged(weights, everywhere, 0.3))
    expect(relativeL2((await predict(styled, [0])).prediction, (await predict(dense, [0])).prediction)).toBeLessThan(
      1e-5,
    )
    await styled.dispose()
    await dense.dispose()
  })

  it('that change after a condition was prepared make it useless', async () => {
    const styled = await open()
    const { condition, latents } = batch(0)
    const prepared = await styled.prepare(condition)
    await styled.setAdapters([{ adapter, strength: 1 }])
    await expect(prepared.step(latents, 1)).rejects.toMatchObject({ name: 'BadRequest' })
    prepared.dispose()
    const again = await styled.prepare(condition)
    // The active ones once more: nothing changes.
    await styled.setAdapters([{ adapter, strength: 1 }])
    expect((await again.step(latents, 1)).dims[2]).toBe(CONFIG.out_channels)
    again.dispose()
    await styled.dispose()
  })
})

it('leaves nothing behind', async () => {
  const counting = new CountingRuntime(ort, { provider: 'cpu', threads: 1 })
  const other = await open(weights, { weightBinding: 'inputs' }, counting)
  await predict(other, [0, 1])
  await other.dispose()
  expect([...counting.live.values()]).toEqual([])
  expect([...counting.sessions]).toEqual([])
  expect(counting.opened.size).toBe(2)
})

describe('parseConditionedConfig', () => {
  // Training's config says nothing of guidance.
  const json = Object.fromEntries(Object.entries(CONFIG).filter(([name]) => name !== 'guidance_embed'))

  it('reads what training writes', () => {
    expect(parseConditionedConfig(json)).toEqual(CONFIG)
  })

  it.each([
    undefined,
    null,
    {},
    { ...json, src_channels: 0 },
    { ...json, place_channels: -1 },
    { ...json, pointer_dim: 1.5 },
    { ...json, num_heads: 3 },
  ])('refuses %j', (source) => {
    expect(() => parseConditionedConfig(source)).toThrow(expect.objectContaining({ name: 'BadModel' }) as Error)
  })
})
