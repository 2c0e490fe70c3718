import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { relativeL2 } from '../core/tensor'
import { openSafetensors } from '../formats/safetensors'
import { readTensor } from '../formats/weight-store'
import { FLUX_SCHEDULER, flowMatchSigmas, parseScheduler, shiftMu } from './flow-match-euler'

test("the reference pipeline's sigmas: the length counts the source tokens too", async () => {
  const folder = 'tests/parity/denoise'
  const run = JSON.parse(await readFile(`${folder}/case.json`, 'utf8')) as {
    steps: number
    grid: [number, number]
    scheduler: unknown
  }
  const store = await openSafetensors(bytesSource(new Uint8Array(await readFile(`${folder}/expected.safetensors`))))
  const { data: expected } = await readTensor(store, 'sigmas')
  const tokens = run.grid[0] * run.grid[1]
  const config = parseScheduler(run.scheduler)
  expect(relativeL2(Float32Array.from(flowMatchSigmas(run.steps, 2 * tokens, config)), expected)).toBeLessThan(1e-7)
  expect(relativeL2(Float32Array.from(flowMatchSigmas(run.steps, tokens, config)), expected)).toBeGreaterThan(1e-4)
})

// By diffusers' FlowMatchEulerDiscreteScheduler with dynamic shifting:
// `git show f01e091:training/scripts/fixtures/flux.py`.
const table = JSON.parse(await readFile('src/engine/schedulers/flow-match-euler.fixture.json', 'utf8')) as {
  readonly scheduler: unknown
  readonly runs: readonly {
    readonly steps: number
    readonly image_tokens: number
    readonly mu: number
    readonly sigmas: readonly number[]
  }[]
}

test.each(table.runs)(
  "diffusers' sigmas: $steps steps, $image_tokens tokens",
  ({ steps, image_tokens: tokens, mu, sigmas }) => {
    const config = parseScheduler(table.scheduler)
    expect(shiftMu(tokens, config)).toBeCloseTo(mu, 12)
    const ours = flowMatchSigmas(steps, tokens, config)
    expect(ours).toHaveLength(steps + 1)
    // diffusers rounds to float32 on the way.
    ours.forEach((sigma, i) => expect(Math.abs(sigma - sigmas[i]!)).toBeLessThan(2e-7))
  },
)

test.each([1, 2, 8, 20])('%d steps fall from 1 to 0', (steps) => {
  const sigmas = flowMatchSigmas(steps, 288, FLUX_SCHEDULER)
  expect(sigmas).toHaveLength(steps + 1)
  expect(sigmas[0]).toBe(1)
  expect(sigmas.at(-1)).toBe(0)
  for (let i = 0; i < steps; i++) expect(sigmas[i + 1]!).toBeLessThan(sigmas[i]!)
})

test('mu meets its two fixed points and goes on beyond them', () => {
  expect(shiftMu(256, FLUX_SCHEDULER)).toBe(0.5)
  expect(shiftMu(4096, FLUX_SCHEDULER)).toBeCloseTo(1.15, 12)
  expect(shiftMu(8192, FLUX_SCHEDULER)).toBeGreaterThan(1.8)
  expect(shiftMu(0, FLUX_SCHEDULER)).toBeLessThan(0.46)
})

test('the first sigma is exactly 1, whatever the shift', () => {
  for (let i = 0; i < 200; i++)
    expect(flowMatchSigmas(8, 288, { ...FLUX_SCHEDULER, base_shift: i / 100, max_shift: i / 100 })[0]).toBe(1)
})

test('a lower start takes all steps from a lower noise level', () => {
  const from = (start: number) => flowMatchSigmas(8, 288, FLUX_SCHEDULER, start)
  expect(from(1)).toEqual(flowMatchSigmas(8, 288, FLUX_SCHEDULER))
  for (const start of [0.75, 0.5, 0.1]) {
    expect(from(start)).toHaveLength(9)
    expect(from(start).at(-1)).toBe(0)
    for (let i = 0; i < 8; i++) expect(from(start)[i + 1]!).toBeLessThan(from(start)[i]!)
    // The level that diffusers begins at with the same strength.
    expect(from(start)[0]).toBeCloseTo(flowMatchSigmas(1000, 288, FLUX_SCHEDULER)[1000 - 1000 * start]!, 12)
  }
  for (const start of [0, -0.1, 1.1, NaN]) expect(() => from(start)).toThrow(/begin/)
})

test('bad input', () => {
  const named = (name: string, message: RegExp): Error =>
    expect.objectContaining({ name, message: expect.stringMatching(message) as string }) as Error
  for (const steps of [0, 1.5, -3, NaN, 1001])
    expect(() => flowMatchSigmas(steps, 256, FLUX_SCHEDULER)).toThrow(named('BadRequest', /steps/))
  expect(() => parseScheduler(null)).toThrow(named('BadModel', /object/))
  expect(() => parseScheduler({ max_shift: 'high' })).toThrow(named('BadModel', /max_shift/))
  expect(() => parseScheduler({ max_image_seq_len: 256 })).toThrow(named('BadModel', /above/))
  expect(() => parseScheduler({ stochastic_sampling: 1 })).toThrow(named('BadModel', /stochastic_sampling/))
  expect(parseScheduler({})).toEqual(FLUX_SCHEDULER)
  expect(parseScheduler({ stochastic_sampling: true }).stochastic_sampling).toBe(true)
})
