import * as ort from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { PhotodoodleError } from '../../core/errors'
import type { WeightStore } from '../../formats/weight-store'
import type { DenoiseInput, DenoiserOptions } from '../sampler/denoiser'
import { TransformerDenoiser } from '../sampler/denoiser'
import { streamedParts } from './residency'
import { CountingRuntime, memoryStore, quantized, randomAdapter, randomInput, randomWeights, TINY } from '../testing'

// Many runs, on machines that may be busy with other things.
vi.setConfig({ testTimeout: 300_000 })

const config = { ...TINY, depth: 4, depth_single_blocks: 6 }
const store = memoryStore(quantized(randomWeights(config, 1), 'Q4'))
const input = randomInput(config, [1, 0.6, 0.25, 0])
const adapter = randomAdapter(config, 2, 2)
const OPTIONS: DenoiserOptions = { execution: 'blocks', attention: 'fused' }

const newRuntime = () => new CountingRuntime(ort, { provider: 'cpu', threads: 1 })

function open(
  options: Partial<DenoiserOptions> = {},
  runtime = newRuntime(),
  from: WeightStore = store,
): Promise<TransformerDenoiser> {
  return TransformerDenoiser.create(runtime, from, config, { ...OPTIONS, ...options })
}

async function denoise(denoiser: TransformerDenoiser, given: DenoiseInput = input): Promise<Float32Array> {
  const run = await denoiser.start(given)
  try {
    for (let i = 0; i < run.steps; i++) await run.step()
    return (await run.latents()).data
  } finally {
    await run.dispose()
  }
}

/** The store with a count of reads of each block's weights. */
function counted(from: WeightStore): { store: WeightStore; reads: Map<string, number> } {
  const reads = new Map<string, number>()
  const read = (name: string) => {
    reads.set(name, (reads.get(name) ?? 0) + 1)
    return from.read(name)
  }
  return { store: { ...from, read }, reads }
}

const everything = newRuntime()
const resident = await open({}, everything)
await resident.setAdapters([{ adapter, strength: 1 }])
const expected = await denoise(resident)
const whole = everything.weightBytes
await resident.dispose()

describe('a memory budget', () => {
  it.each([0.5, 0.65, 0.8])(
    'of %f of the weights gives the bits of a run with all of them resident, and holds',
    async (share) => {
      const budget = Math.floor(share * whole)
      const runtime = newRuntime()
      const { store: counting, reads } = counted(store)
      const denoiser = await open({ memoryBudget: budget }, runtime, counting)
      await denoiser.setAdapters([{ adapter, strength: 1 }])
      expect(await denoise(denoiser)).toEqual(expected)
      expect(expected.some((value) => Math.abs(value) > 0.1)).toBe(true)
      expect(runtime.mostWeightBytes).toBeLessThanOrEqual(budget)
      expect(runtime.mostWeightBytes).toBeGreaterThan(0.7 * budget)
      // Three steps: what is streamed was read in each of them, what stays no more than once before and after the
      // adapter came.
      const times = [...reads]
        .filter(([name]) => name.endsWith('linear2.weight') || name.endsWith('img_mlp.2.weight'))
        .map(([, count]) => count)
      expect(times.filter((count) => count >= 3).length).toBeGreaterThan(0)
      expect(times.some((count) => count <= 2)).toBe(true)
      await denoiser.dispose()
      expect(runtime.live.size).toBe(0)
    },
  )

  it('streams as few parts as it can, spread over the network, with room for two at a time', () => {
    expect([...streamedParts(new Array<number>(12).fill(1), 12)]).toEqual([])
    expect([...streamedParts(new Array<number>(12).fill(1), 8)]).toEqual([1, 3, 5, 7, 9, 11])
    expect([...streamedParts([5, 1, 1, 1, 1], 6)]).toEqual([0, 1, 2, 3, 4])
    expect(() => streamedParts([5, 1, 1, 1, 1], 5)).toThrowError(expect.objectContaining({ name: 'BadRequest' }))
  })

  it('too small for two parts names what is needed', async () => {
    await expect(open({ memoryBudget: 10_000 })).rejects.toMatchObject({
      name: 'BadRequest',
      message: expect.stringMatching(/budget of 1 MB.*1 MB more/) as string,
    })
  })

  it('that an adapter would break is said before anything changes', async () => {
    const smallest = (await smallestBudget()) + 1000
    const runtime = newRuntime()
    const denoiser = await open({ memoryBudget: smallest }, runtime)
    const before = await denoise(denoiser)
    await expect(denoiser.setAdapters([{ adapter, strength: 1 }])).rejects.toMatchObject({ name: 'BadRequest' })
    expect(await denoise(denoiser)).toEqual(before)
    await denoiser.dispose()
    expect(runtime.live.size).toBe(0)
  })
})

describe('sequential weights', () => {
  it('come with a run and leave with it', async () => {
    const runtime = newRuntime()
    const denoiser = await open({ sequential: true }, runtime)
    await denoiser.setAdapters([{ adapter, strength: 1 }])
    const lowRank = runtime.weightBytes
    const run = await denoiser.start(input)
    expect(runtime.weightBytes).toBe(whole)
    while ((await run.step()).step < run.steps);
    expect((await run.latents()).data).toEqual(expected)
    await run.dispose()
    expect(runtime.weightBytes).toBe(lowRank)
    expect(await denoise(denoiser)).toEqual(expected)
    await denoiser.dispose()
    expect(runtime.live.size).toBe(0)
  })
})

describe('a weight that cannot be read', () => {
  it('stops the step with its own error, and the next edit tries again', async () => {
    let broken = false
    const flaky: WeightStore = {
      ...store,
      read: (name) =>
        broken && name === 'single_blocks.3.linear2.weight'
          ? Promise.reject(new PhotodoodleError('BadShard', 'shard-001.bin was changed.', 'Convert again.'))
          : store.read(name),
    }
    const runtime = newRuntime()
    const denoiser = await open({ memoryBudget: Math.floor(0.5 * whole) }, runtime, flaky)
    await denoiser.setAdapters([{ adapter, strength: 1 }])
    broken = true
    await expect(denoise(denoiser)).rejects.toMatchObject({ name: 'BadShard' })
    expect(runtime.mostWeightBytes).toBeLessThanOrEqual(0.5 * whole)
    broken = false
    expect(await denoise(denoiser)).toEqual(expected)
    await denoiser.dispose()
    expect(runtime.live.size).toBe(0)
  })

  it('at loading leaves nothing behind', async () => {
    const runtime = newRuntime()
    const missing: WeightStore = {
      ...store,
      read: (name) => (name.startsWith('single_blocks.5') ? Promise.reject(new Error('disk')) : store.read(name)),
    }
    await expect(open({}, runtime, missing)).rejects.toThrow('disk')
    expect([...runtime.live.values()].map(({ label }) => label)).toEqual([])
  })
})

async function smallestBudget(): Promise<number> {
  let low = 0
  let high = whole
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2)
    const fits = await open({ memoryBudget: middle, sequential: true }).then(
      (denoiser) => denoiser.dispose().then(() => true),
      () => false,
    )
    if (fits) high = middle
    else low = middle
  }
  return high
}
