import * as ort from 'onnxruntime-node'
import { describe, expect, it, vi } from 'vitest'
import { relativeL2, tensor } from '../../core/tensor'
import { balanced, type Adapter } from '../../lora/adapter'
import { doubleBlockGraph, singleBlockGraph } from '../../models/transformer/graphs'
import { LARGEST_HALF, type NetworkLayout, type Precision } from '../../models/transformer/scope'
import { linearShapes } from '../../models/transformer/weights'
import type { DenoiserOptions } from '../sampler/denoiser'
import { TransformerDenoiser } from '../sampler/denoiser'
import { disposeAll, uploadWeights } from '../weights/part-weights'
import { halfBlockError, selfTestPrecision } from './precision-selftest'
import { Runtime, type Session } from '../runtime'
import { memoryStore, quantized, randomAdapter, randomInput, randomTensor, randomWeights, TINY } from '../testing'

// Sums as long as FLUX.1's, on machines that may be busy.
vi.setConfig({ testTimeout: 600_000 })

const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const weights = randomWeights(TINY, 1)
const input = randomInput(TINY, [1, 0.6, 0.25, 0])

async function denoise(
  options: Partial<DenoiserOptions>,
  adapter: Adapter | undefined,
  stored = weights,
): Promise<Float32Array> {
  const denoiser = await TransformerDenoiser.create(runtime, memoryStore(stored), TINY, {
    execution: 'blocks',
    attention: 'fused',
    ...options,
  })
  await denoiser.setAdapters(adapter ? [{ adapter, strength: 1 }] : [])
  const run = await denoiser.start(input)
  for (let i = 0; i < run.steps; i++) await run.step()
  const { data } = await run.latents()
  await run.dispose()
  await denoiser.dispose()
  return data
}

/** x_next of one block some of whose linears have `factor` times their weights, as far as a half holds their scales. */
async function blockOutput(
  kind: 'double' | 'single',
  precision: Precision,
  loud: readonly string[],
  factor: number,
): Promise<Float32Array> {
  const layout: NetworkLayout = {
    config: TINY,
    attention: 'fused',
    precision,
    linears: linearShapes(TINY),
    adapted: new Set<string>(),
    format: () => 'Q4',
  }
  const part = kind === 'double' ? doubleBlockGraph(layout, 0) : singleBlockGraph(layout, 0)
  // MatMulNBits gives halves on the CPU too; between dense products it keeps float32 where a GPU would not.
  const stored = quantized(weights, 'Q4')
  for (const linear of loud) {
    const name = `${part.prefix}${linear}.weight`
    const weight = stored.get(name)!
    stored.set(name, {
      ...weight,
      scales: weight.scales!.map((scale) => Math.max(-LARGEST_HALF, Math.min(LARGEST_HALF, factor * scale))),
    })
  }
  const session = await runtime.createSession(part.graph)
  const bound = await uploadWeights(runtime, memoryStore(stored), part)
  const turns = randomTensor([9, 16], 3)
  const { x_next } = await session.run({
    ...bound,
    x: randomTensor([9, TINY.hidden_size], 1),
    conditioning: randomTensor([1, TINY.hidden_size], 2),
    cos: tensor([9, 16], turns.data.map(Math.cos)),
    sin: tensor([9, 16], turns.data.map(Math.sin)),
    ...(kind === 'double' ? { txt_end: { dims: [1], data: BigInt64Array.of(4n) } } : {}),
  })
  await session.release()
  disposeAll(bound)
  return x_next!.data
}

/** The CPU, which says that it is a GPU. */
class PretendGpu extends Runtime {
  constructor(
    features: readonly string[],
    private readonly spoil: (value: number) => number = (value) => value,
  ) {
    super(ort, { provider: 'cpu', threads: 1 })
    Object.assign(this, { provider: 'webgpu', device: { features: new Set(features) } })
  }

  override upload(...given: Parameters<Runtime['upload']>): ReturnType<Runtime['upload']> {
    return runtime.upload(...given)
  }

  override async createSession(...given: Parameters<Runtime['createSession']>): Promise<Session> {
    const session = await runtime.createSession(...given)
    const run = session.run.bind(session)
    const half = given[0].weights.some(({ dtype }) => dtype === 'float16')
    if (half)
      session.run = async (feeds) => ({ x_next: tensor([40, 128], (await run(feeds))['x_next']!.data.map(this.spoil)) })
    return session
  }
}

describe('the self-test', () => {
  it('chooses f16 where the device has it and a block is right in it', async () => {
    const gpu = new PretendGpu(['shader-f16'])
    expect(await selfTestPrecision(gpu)).toMatchObject({
      precision: 'f16',
      reason: expect.stringContaining('right') as string,
    })
    expect(selfTestPrecision(gpu)).toBe(selfTestPrecision(gpu))
  })

  it('stays with f32 where the device lacks it, or gives something else', async () => {
    expect(await selfTestPrecision(new PretendGpu(['subgroups']))).toMatchObject({
      precision: 'f32',
      reason: expect.stringContaining('shader-f16') as string,
    })
    for (const spoil of [(value: number) => 1.05 * value, () => Number.NaN]) {
      expect(await selfTestPrecision(new PretendGpu(['shader-f16'], spoil))).toMatchObject({
        precision: 'f32',
        reason: expect.stringContaining('wrong') as string,
      })
    }
    const refuse = (): number => {
      throw new Error('no kernel')
    }
    expect(await selfTestPrecision(new PretendGpu(['shader-f16'], refuse))).toMatchObject({
      precision: 'f32',
      reason: expect.stringContaining('no kernel') as string,
    })
  })
})

describe('blocks in f16', () => {
  const adapter = randomAdapter(TINY, 2, 4)

  it.each([
    ['whole', 'fused', 'dense'],
    ['whole', 'primitive', 'dense'],
    ['blocks', 'fused', 'dense'],
    ['blocks', 'primitive', 'Q4'],
    ['blocks', 'fused', 'Q4'],
  ] as const)('agree with f32: %s, %s attention, %s weights', async (execution, attention, format) => {
    const stored = format === 'dense' ? weights : quantized(weights, format)
    for (const lora of [undefined, adapter]) {
      const error = relativeL2(
        await denoise({ execution, attention, precision: 'f16' }, lora, stored),
        await denoise({ execution, attention, precision: 'f32' }, lora, stored),
      )
      expect(error).toBeLessThan(3e-3)
      // Otherwise nothing was computed in halves.
      expect(error).toBeGreaterThan(1e-5)
    }
  })

  it('are what only an explicit choice gives on the CPU providers', async () => {
    expect(await selfTestPrecision(runtime)).toMatchObject({
      precision: 'f32',
      reason: expect.stringContaining('processor') as string,
    })
    expect(await denoise({}, undefined)).toEqual(await denoise({ precision: 'f32' }, undefined))
  })
})

describe("at FLUX's magnitudes", () => {
  it("a block with FLUX.1's sums, a residual of 60,000 and a branch past a half's range agrees with f32", async () => {
    expect(await halfBlockError(runtime)).toBeLessThan(5e-3)
  })

  it.each([
    ['double', 'img_mlp.2'],
    ['double', 'txt_mlp.2'],
    ['double', 'img_attn.proj'],
    ['single', 'linear2'],
  ] as const)("what a %s block's %s adds may be twice what a half holds", async (kind, linear) => {
    const exact = await blockOutput(kind, 'f32', [linear], 3e5)
    expect(Math.max(...exact.map(Math.abs))).toBeGreaterThan(2 * 65504)
    expect(relativeL2(await blockOutput(kind, 'f16', [linear], 3e5), exact)).toBeLessThan(3e-3)
  })

  it.each([
    ['double', ['img_mlp.0']],
    ['double', ['txt_attn.qkv']],
    ['double', ['txt_mlp.0', 'txt_mlp.2']],
    ['single', ['linear1']],
    ['single', ['linear1', 'linear2']],
  ] as const)("a %s block's %j beyond what a half holds are cut, not infinite", async (kind, linears) => {
    const half = await blockOutput(kind, 'f16', linears, 1e7)
    expect(half.every(Number.isFinite)).toBe(true)
  })
})

describe('low-rank matrices in f16', () => {
  it('are balanced to one magnitude without a change of their product', () => {
    const a = Float32Array.of(0.3, -4, 0, 0.5, 0.25, 1e-3)
    const b = Float32Array.of(1e-6, 2e-6, 3e-5, 0)
    const even = balanced({ a, b, rank: 2 })
    const product = ({ a: rows, b: columns }: { a: Float32Array; b: Float32Array }) =>
      [0, 1].flatMap((o) => [0, 1, 2].map((i) => columns[2 * o]! * rows[i]! + columns[2 * o + 1]! * rows[3 + i]!))
    expect(product(even)).toEqual(product({ a, b }))
    const largest = (values: readonly number[]) => Math.max(...values.map(Math.abs))
    for (const k of [0, 1]) {
      const ratio = largest([even.b[k]!, even.b[2 + k]!]) / largest([...even.a.subarray(3 * k, 3 * k + 3)])
      expect(Math.abs(Math.log2(ratio))).toBeLessThanOrEqual(1)
    }
    expect(balanced({ a: new Float32Array(2), b: new Float32Array(2), rank: 1 })).toEqual({
      a: new Float32Array(2),
      b: new Float32Array(2),
      rank: 1,
    })
  })

  it('keep a change whose B alone would vanish in halves', async () => {
    const adapter = randomAdapter(TINY, 2, 4)
    const lopsided: Adapter = {
      ...adapter,
      layers: new Map(
        [...adapter.layers].map(([name, { a, b, rank }]) => [
          name,
          { a: a.map((value) => value * 2 ** 15), b: b.map((value) => value / 2 ** 15), rank },
        ]),
      ),
    }
    expect(
      relativeL2(await denoise({ precision: 'f16' }, lopsided), await denoise({ precision: 'f32' }, lopsided)),
    ).toBeLessThan(3e-3)
  })
})
