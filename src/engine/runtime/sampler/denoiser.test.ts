// Over 300 lines: every case is compared with one plain result of one set of weights, computed once here.
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { relativeL2 } from '../../core/tensor'
import type { Tensor } from '../../core/tensor'
import { toFloat32 } from '../../formats/weight-store'
import type { StoredTensor } from '../../formats/weight-store'
import type { Adapter } from '../../lora/adapter'
import { linearShapes } from '../../models/transformer/weights'
import type { Checkpoint, Denoiser, DenoiserOptions, DenoiseInput } from './denoiser'
import { TransformerDenoiser } from './denoiser'
import { Runtime } from '../runtime'
import {
  floatTensor,
  memoryStore,
  merged,
  quantized,
  randomAdapter,
  randomInput,
  randomTensor,
  randomWeights,
  TINY,
} from '../testing'

const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const weights = randomWeights(TINY, 1)
const sigmas = [1, 0.6, 0.25, 0]
const input = randomInput(TINY, sigmas)
const executions = ['whole', 'blocks'] as const

function open(
  stored: ReadonlyMap<string, StoredTensor>,
  options: Partial<DenoiserOptions> = {},
): Promise<TransformerDenoiser> {
  return TransformerDenoiser.create(runtime, memoryStore(stored), TINY, {
    execution: 'whole',
    attention: 'fused',
    ...options,
  })
}

async function denoise(denoiser: Denoiser, given: DenoiseInput = input): Promise<Float32Array> {
  const run = await denoiser.start(given)
  for (let i = 0; i < run.steps; i++) await run.step()
  const { data } = await run.latents()
  await run.dispose()
  return data
}

async function resultOf(
  stored: ReadonlyMap<string, StoredTensor>,
  options: Partial<DenoiserOptions> = {},
  adapters: readonly { adapter: Adapter; strength: number }[] = [],
): Promise<Float32Array> {
  const denoiser = await open(stored, options)
  await denoiser.setAdapters(adapters)
  const result = await denoise(denoiser)
  await denoiser.dispose()
  return result
}

const plain = await resultOf(weights)

describe('execution', () => {
  it('gives the same numbers whole or in blocks, weights inside or outside, attention fused or not', async () => {
    expect(plain.some((value) => Math.abs(value) > 0.1)).toBe(true)
    for (const options of [
      { execution: 'blocks' },
      { weightBinding: 'inputs' },
      { attention: 'primitive' },
      { execution: 'blocks', attention: 'primitive' },
    ] as const) {
      expect(relativeL2(await resultOf(weights, options), plain), JSON.stringify(options)).toBeLessThan(1e-5)
    }
  })

  it('takes any text length and grid with the same sessions', async () => {
    for (const execution of executions) {
      const denoiser = await open(weights, { execution })
      const other = await denoise(denoiser, randomInput(TINY, sigmas, { rows: 4, columns: 2, text: 11 }))
      expect(other.length).toBe(8 * TINY.in_channels)
      expect(relativeL2(await denoise(denoiser), plain)).toBeLessThan(1e-5)
      await denoiser.dispose()
    }
  })
})

describe('quantised weights', () => {
  it.each(['Q4', 'Q8'] as const)('%s multiplied as stored equals its dequantised float32', async (dtype) => {
    const stored = quantized(weights, dtype)
    const dequantized = await resultOf(
      new Map([...stored].map(([name, value]) => [name, floatTensor(value.shape, toFloat32(value))])),
    )
    expect(relativeL2(dequantized, plain)).toBeGreaterThan(1e-3)
    expect(await resultOf(stored, { quantized: 'dequantize' })).toEqual(dequantized)
    for (const execution of executions)
      expect(relativeL2(await resultOf(stored, { execution, quantized: 'keep' }), dequantized)).toBeLessThan(1e-5)
  })
})

describe('adapters', () => {
  const a = randomAdapter(TINY, 2, 4)
  const b = randomAdapter(TINY, 3, 2)

  it.each(executions)('equal the dense merge W + strength B A (%s)', async (execution) => {
    const dense = await resultOf(merged(weights, a, 0.7), { execution })
    expect(relativeL2(dense, plain)).toBeGreaterThan(1e-2)
    expect(relativeL2(await resultOf(weights, { execution }, [{ adapter: a, strength: 0.7 }]), dense)).toBeLessThan(
      1e-5,
    )
  })

  it('add up', async () => {
    const dense = await resultOf(merged(merged(weights, a, 0.7), b, -0.4))
    expect(
      relativeL2(
        await resultOf(weights, {}, [
          { adapter: a, strength: 0.7 },
          { adapter: b, strength: -0.4 },
        ]),
        dense,
      ),
    ).toBeLessThan(1e-5)
  })

  it('leave 4-bit weights as they are', async () => {
    const stored = quantized(weights, 'Q4')
    const dense = await resultOf(merged(stored, a, 1))
    expect(
      relativeL2(await resultOf(stored, { quantized: 'keep' }, [{ adapter: a, strength: 1 }]), dense),
    ).toBeLessThan(1e-5)
  })

  it.each(executions)('leave no trace when switched (%s)', async (execution) => {
    const fresh = await resultOf(weights, { execution }, [{ adapter: b, strength: 1 }])
    const bare = await resultOf(weights, { execution })
    const denoiser = await open(weights, { execution })
    await denoiser.setAdapters([{ adapter: a, strength: 1 }])
    expect(await denoise(denoiser)).not.toEqual(fresh)
    await denoiser.setAdapters([{ adapter: b, strength: 1 }])
    expect(await denoise(denoiser)).toEqual(fresh)
    await denoiser.setAdapters([])
    expect(await denoise(denoiser)).toEqual(bare)
    await denoiser.dispose()
  })

  it.each(executions)('of linears without a branch rebuild the sessions with one (%s)', async (execution) => {
    const everywhere = randomAdapter(TINY, 4, 2, [...linearShapes(TINY).keys()])
    const dense = await resultOf(merged(weights, everywhere, 1), { execution })
    const denoiser = await open(weights, { execution })
    await denoiser.setAdapters([{ adapter: everywhere, strength: 1 }])
    expect(relativeL2(await denoise(denoiser), dense)).toBeLessThan(1e-5)
    await denoiser.setAdapters([])
    expect(relativeL2(await denoise(denoiser), plain)).toBeLessThan(1e-5)
    await denoiser.dispose()
  })
})

describe('sampler step', () => {
  const first = (denoiser: TransformerDenoiser, latents: Tensor, timestep: number) =>
    denoiser.predict({ ...input, latents, timestep })

  it.each(executions)('velocity: x + (sigma_next - sigma) v (%s)', async (execution) => {
    const denoiser = await open(weights, { execution })
    const v = await first(denoiser, input.noise, 1)
    const run = await denoiser.start(input)
    expect(await run.step()).toEqual({ step: 1, sigma: 0.6 })
    const expected = input.noise.data.map((x, i) => x - 0.4 * v.data[i]!)
    expect(relativeL2((await run.latents()).data, expected)).toBeLessThan(1e-6)
    await run.dispose()
    await denoiser.dispose()
  })

  it.each(executions)(
    'stochastic sampling: the predicted clean latents under fresh noise at every step but the last (%s)',
    async (execution) => {
      const denoiser = await open(weights, { execution })
      const freshNoise = [input.source, input.noise]
      const run = await denoiser.start({ ...input, freshNoise })
      let x = input.noise
      for (let i = 0; i < run.steps; i++) {
        const v = await first(denoiser, x, sigmas[i]!)
        await run.step()
        const next = sigmas[i + 1]!
        const expected = x.data.map(
          (value, j) => (1 - next) * (value - sigmas[i]! * v.data[j]!) + next * (freshNoise[i]?.data[j] ?? 0),
        )
        x = await run.latents()
        expect(relativeL2(x.data, expected)).toBeLessThan(1e-6)
      }
      await expect(run.step()).rejects.toMatchObject({ name: 'BadRequest' })
      await run.dispose()
      await expect(denoiser.start({ ...input, freshNoise: [input.noise] })).rejects.toMatchObject({
        name: 'BadRequest',
      })
      await denoiser.dispose()
    },
  )

  it.each(executions)(
    'broken off after any step, a run goes on to the same bits, also with fresh noise and a region (%s)',
    async (execution) => {
      const region = { dims: input.source.dims, data: input.source.data.map((_, i) => (i % 3 === 0 ? 1 : 0.25)) }
      for (const more of [{}, { freshNoise: [input.source, input.noise] }, { region }]) {
        const undisturbed = await open(weights, { execution })
        const run = await undisturbed.start({ ...input, ...more })
        const standing: Checkpoint[] = []
        for (let i = 0; i < run.steps; i++) {
          const { step } = await run.step()
          standing.push({ step, latents: await run.latents() })
        }
        const { data: expected } = await run.latents()
        await run.dispose()
        await undisturbed.dispose()
        const other = await open(weights, { execution })
        for (const from of standing) {
          const rest = await other.start({ ...input, ...more, from })
          for (let i = from.step; i < rest.steps; i++) expect((await rest.step()).step).toBe(i + 1)
          expect((await rest.latents()).data).toEqual(expected)
          await rest.dispose()
        }
        await other.dispose()
      }
    },
  )

  it('refuses to go on from what is not of this run', async () => {
    const denoiser = await open(weights)
    const layoutOf = { instruction: input, aboveSigma: 0.4 }
    for (const [from, more] of [
      [{ step: 1, latents: randomTensor([3, 16], 1) }, {}],
      [{ step: 0, latents: input.noise }, {}],
      [{ step: 4, latents: input.noise }, {}],
      [{ step: 1, latents: input.noise }, { layoutOf }],
    ] as const)
      await expect(denoiser.start({ ...input, ...more, from })).rejects.toMatchObject({ name: 'BadRequest' })
    await denoiser.dispose()
  })

  it.each(executions)(
    'classifier-free guidance mixes two predictions while sigma is above its bound (%s)',
    async (execution) => {
      const negative = { txt: randomTensor([2, TINY.context_in_dim], 77), pooled: randomTensor([TINY.vec_in_dim], 78) }
      const denoiser = await open(weights, { execution })
      const run = await denoiser.start({ ...input, negative, cfgScale: 3, cfgAboveSigma: 0.7 })
      const mixed = async (x: Tensor, timestep: number, scale: number) => {
        const p = await denoiser.predict({ ...input, latents: x, timestep })
        const n = await denoiser.predict({ ...input, ...negative, latents: x, timestep })
        return p.data.map((value, i) => n.data[i]! + scale * (value - n.data[i]!))
      }
      const v0 = await mixed(input.noise, 1, 3)
      await run.step()
      const x1 = await run.latents()
      expect(
        relativeL2(
          x1.data,
          input.noise.data.map((x, i) => x - 0.4 * v0[i]!),
        ),
      ).toBeLessThan(1e-6)
      const v1 = await mixed(x1, 0.6, 1)
      await run.step()
      expect(
        relativeL2(
          (await run.latents()).data,
          x1.data.map((x, i) => x - 0.35 * v1[i]!),
        ),
      ).toBeLessThan(1e-6)
      await run.dispose()
      await denoiser.dispose()
    },
  )

  it('previews the predicted clean latents, each token as 2 x 2 pixels', async () => {
    const previewMap = { weight: randomTensor([4, 3], 5), bias: Float32Array.of(0.5, 0.4, 0.6) }
    const denoiser = await open(weights)
    const v = await first(denoiser, input.noise, 1)
    const run = await denoiser.start({
      ...input,
      previewMap: { ...previewMap, bias: { dims: [3], data: previewMap.bias } },
    })
    const { preview } = await run.step()
    expect([preview!.width, preview!.height]).toEqual([10, 6])
    const clean = input.noise.data.map((x, i) => x - v.data[i]!)
    const expected = new Uint8ClampedArray(10 * 6 * 3)
    for (let y = 0; y < 6; y++) {
      for (let x = 0; x < 10; x++) {
        const token = (y >> 1) * 5 + (x >> 1)
        for (let colour = 0; colour < 3; colour++) {
          let value = previewMap.bias[colour]!
          for (let channel = 0; channel < 4; channel++)
            value +=
              clean[token * 16 + channel * 4 + (y & 1) * 2 + (x & 1)]! * previewMap.weight.data[channel * 3 + colour]!
          expected[(y * 10 + x) * 3 + colour] = value * 255
        }
      }
    }
    const largest = Math.max(...preview!.rgb.map((value, i) => Math.abs(value - expected[i]!)))
    expect(largest).toBeLessThanOrEqual(1)
    expect(new Set(preview!.rgb).size).toBeGreaterThan(20)
    await run.dispose()
    await denoiser.dispose()
  })
})

describe('errors', () => {
  const without = (name: string) => new Map([...weights].filter(([key]) => key !== name))
  it('names the weight that is missing, misshapen, unknown or in a wrong dtype', async () => {
    const name = 'single_blocks.1.linear2.bias'
    await expect(open(without(name))).rejects.toMatchObject({
      name: 'MissingWeight',
      message: expect.stringContaining(name) as string,
    })
    const cases = {
      ShapeMismatch: floatTensor([63], new Float32Array(63)),
      UnsupportedDType: { dtype: 'I64', shape: [64], bytes: new Uint8Array(512) },
    } as const
    for (const [error, stored] of Object.entries(cases)) {
      await expect(open(new Map([...weights, [name, stored]]))).rejects.toMatchObject({
        name: error,
        message: expect.stringContaining(name) as string,
      })
    }
    await expect(
      open(new Map([...weights, ['single_blocks.2.linear2.bias', floatTensor([1], new Float32Array(1))]])),
    ).rejects.toMatchObject({ name: 'BadModel', message: expect.stringContaining('single_blocks.2') as string })
  })

  it('refuses inputs that do not fit', async () => {
    const denoiser = await open(weights)
    const wrong: readonly [string, Partial<DenoiseInput>][] = [
      ['ShapeMismatch', { grid: { rows: 3, columns: 4 } }],
      ['ShapeMismatch', { txt: randomTensor([7, 41], 1) }],
      ['ShapeMismatch', { pooled: randomTensor([25], 1) }],
      ['BadRequest', { sigmas: [1, 1, 0] }],
      ['BadRequest', { sigmas: [1] }],
      ['BadRequest', { cfgScale: 2 }],
    ]
    for (const [name, change] of wrong)
      await expect(denoiser.start({ ...input, ...change }), JSON.stringify(change)).rejects.toMatchObject({ name })
    await denoiser.dispose()
    const guided = { ...TINY, guidance_embed: true }
    const other = await TransformerDenoiser.create(runtime, memoryStore(randomWeights(guided, 1)), guided, {
      execution: 'whole',
    })
    await expect(other.start(input)).rejects.toMatchObject({
      name: 'BadRequest',
      message: expect.stringContaining('guidance') as string,
    })
    await other.dispose()
  })
})

describe('a start below pure noise', () => {
  it('is the source under that much noise', async () => {
    const denoiser = await open(weights)
    const run = await denoiser.start({ ...input, sigmas: [0.5, 0.25, 0] })
    const begun = await run.latents()
    expect(
      relativeL2(
        begun.data,
        input.noise.data.map((noise, i) => 0.5 * noise + 0.5 * input.source.data[i]!),
      ),
    ).toBeLessThan(1e-6)
    await run.step()
    const v = await denoiser.predict({ ...input, latents: begun, timestep: 0.5 })
    expect(
      relativeL2(
        (await run.latents()).data,
        begun.data.map((x, i) => x - 0.25 * v.data[i]!),
      ),
    ).toBeLessThan(1e-6)
    await run.dispose()
    await denoiser.dispose()
  })
})

describe('region', () => {
  it('holds the latents to the source outside it, deterministic or stochastic, and changes them inside', async () => {
    const { dims } = input.source
    const channels = TINY.in_channels
    const region = randomTensor(dims, 1)
    // The first token alone may change.
    region.data.forEach((_, i) => {
      region.data[i] = i < channels ? 1 : 0
    })
    const denoiser = await open(weights)
    for (const freshNoise of [undefined, [randomTensor(dims, 5), randomTensor(dims, 6)]]) {
      const latents = await denoise(denoiser, { ...input, region, ...(freshNoise ? { freshNoise } : {}) })
      expect(latents.subarray(channels)).toEqual(input.source.data.subarray(channels))
      expect(latents.subarray(0, channels)).not.toEqual(input.source.data.subarray(0, channels))
    }
    await denoiser.dispose()
  })
})
