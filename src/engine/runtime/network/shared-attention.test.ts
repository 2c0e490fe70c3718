import * as ort from 'onnxruntime-node'
import { expect, it } from 'vitest'
import { relativeL2 } from '../../core/tensor'
import type { DenoiseInput } from '../sampler/denoiser'
import { TransformerDenoiser } from '../sampler/denoiser'
import { CountingRuntime, memoryStore, randomInput, randomTensor, randomWeights, TINY } from '../testing'

const weights = randomWeights(TINY, 1)
const input = randomInput(TINY, [1, 0.6, 0.25, 0])
const former = { txt: randomTensor([9, TINY.context_in_dim], 31), pooled: randomTensor([TINY.vec_in_dim], 32) }
const executions = [
  { execution: 'whole' },
  { execution: 'whole', weightBinding: 'inputs' },
  { execution: 'blocks' },
] as const

async function latents(
  options: (typeof executions)[number],
  given: DenoiseInput,
  runtime = new CountingRuntime(ort, { provider: 'cpu', threads: 1 }),
): Promise<Float32Array> {
  const denoiser = await TransformerDenoiser.create(runtime, memoryStore(weights), TINY, {
    attention: 'fused',
    ...options,
  })
  const held = runtime.live.size
  const run = await denoiser.start(given)
  for (let i = 0; i < run.steps; i++) await run.step()
  const { data } = await run.latents()
  await run.dispose()
  expect(runtime.live.size).toBe(held)
  await denoiser.dispose()
  expect(runtime.live.size).toBe(0)
  expect(runtime.sessions.size).toBe(0)
  return data
}

const plain = await latents({ execution: 'whole' }, input)

it.each(executions)("its own attention changes nothing, another instruction's does ($execution)", async (options) => {
  const { txt, pooled } = input
  const same = await latents(options, { ...input, layoutOf: { instruction: { txt, pooled }, aboveSigma: 0 } })
  expect(relativeL2(same, plain)).toBeLessThan(1e-5)
  const other = await latents(options, { ...input, layoutOf: { instruction: former, aboveSigma: 0 } })
  expect(relativeL2(other, plain)).toBeGreaterThan(1e-3)
  // And it is not simply the former instruction's picture.
  expect(relativeL2(other, await latents(options, { ...input, ...former }))).toBeGreaterThan(1e-3)
  expect(
    relativeL2(
      other,
      await latents({ execution: 'whole' }, { ...input, layoutOf: { instruction: former, aboveSigma: 0 } }),
    ),
  ).toBeLessThan(1e-5)
})

it("attention is another's above the bound only", async () => {
  const sharing = (aboveSigma: number) =>
    latents({ execution: 'whole' }, { ...input, layoutOf: { instruction: former, aboveSigma } })
  expect(await sharing(1)).toEqual(plain)
  expect(relativeL2(await sharing(0.6), await sharing(0.7))).toBe(0)
  expect(relativeL2(await sharing(0.5), await sharing(0.7))).toBeGreaterThan(1e-3)
})

it('sessions that share attention are opened when they are first asked for', async () => {
  const runtime = new CountingRuntime(ort, { provider: 'cpu', threads: 1 })
  const create = runtime.createSession.bind(runtime)
  let opened = 0
  runtime.createSession = (...args) => {
    opened++
    return create(...args)
  }
  await latents({ execution: 'whole' }, input, runtime)
  const without = opened
  await latents({ execution: 'whole' }, { ...input, layoutOf: { instruction: former, aboveSigma: 0 } }, runtime)
  expect(opened - without).toBe(without + 2)
})
