import { expect, test, type Page } from '@playwright/test'
import type { CheckpointBuffer } from '../src/workers/engine-api'
import { firstSeed, rounds, tell } from './endurance'
import {
  fitMeters,
  freshEngine,
  install,
  loseDeviceAt,
  openDoor,
  readMeters,
  smallFluxFiles,
  type DoorPage,
  type FolderFile,
} from './engine-door'

// So that comlink can be put into the page, to speak with the engine's worker as the app does.
test.use({ bypassCSP: true })

const STEPS = 6

let files: readonly FolderFile[]
test.beforeAll(async () => {
  files = await smallFluxFiles()
})

interface Outcome {
  readonly samples: readonly number[]
  /** Steps that were told of. */
  readonly told: readonly number[]
  readonly error: string | null
  readonly checkpoint: {
    readonly step: number
    readonly dims: readonly number[]
    readonly data: readonly number[]
  } | null
}

/** @param from goes on from here */
function doodle(page: Page, id: string, seed: number, from: Outcome['checkpoint'] = null): Promise<Outcome> {
  return page.evaluate(
    async ({ id, seed, from, steps }) => {
      const { engine, Comlink } = globalThis as unknown as DoorPage
      const told: number[] = []
      let checkpoint: CheckpointBuffer | undefined
      const outcome = (samples: number[], error: string | null) => ({
        samples,
        told,
        error,
        checkpoint: checkpoint
          ? { step: checkpoint.step, dims: checkpoint.latents.dims, data: [...checkpoint.latents.data] }
          : null,
      })
      try {
        await engine.useModel({ id, memoryBudget: 1e9 })
        const data = new Uint8ClampedArray(100 * 80 * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * i) % 251))
        await engine.openSource('photo', { width: 100, height: 80, data })
        const { elements } = await engine.edit(
          {
            jobId: 'edit',
            photoId: 'photo',
            sourceId: 'photo',
            ...(from === null
              ? {}
              : { from: { step: from.step, latents: { dims: from.dims, data: Float32Array.from(from.data) } } }),
          },
          { what: { instruction: 'add a hat', styles: [] }, how: { seed, steps } },
          Comlink.proxy((progress: { phase: string; step: number; checkpoint?: CheckpointBuffer }) => {
            if (progress.phase === 'draw' && progress.step > 0) told.push(progress.step)
            checkpoint = progress.checkpoint ?? checkpoint
          }),
        )
        return outcome(
          elements.flatMap(({ data }) => [...data]),
          null,
        )
      } catch (error) {
        // Progress has a channel of its own.
        await new Promise((resolve) => setTimeout(resolve, 500))
        return outcome([], (error as Error).name)
      }
    },
    { id, seed, from, steps: STEPS },
  )
}

function psnr(a: readonly number[], b: readonly number[]): number {
  const squares = a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)
  return 10 * Math.log10((255 ** 2 * a.length) / squares)
}

test('losses: a device destroyed, or a command that throws, in a FLUX edit: it goes on from its last step', async ({
  page,
  context,
}, info) => {
  test.setTimeout(0)
  await fitMeters(context)
  await openDoor(page, 'webgpu')
  const { id } = await install(page, files)
  const undisturbed = await doodle(page, id, 5)
  expect([undisturbed.error, undisturbed.told.at(-1)]).toEqual([null, STEPS])
  expect(new Set(undisturbed.samples).size).toBeGreaterThan(50)
  // Again, with everything compiled and loaded: so many commands is an edit.
  const before = await readMeters(page)
  expect((await doodle(page, id, 5)).samples).toEqual(undisturbed.samples)
  const submits = (await readMeters(page)).submits - before.submits
  let went = 0
  for (let round = 0; round < rounds(2); round++) {
    const seed = firstSeed + round
    // Anywhere from the first command to the last but few; one step in the golden ratio covers them evenly.
    const share = (seed * 0.6180339887) % 1
    info.annotations.push({ type: 'seed', description: `${seed}: lost at ${share.toFixed(3)}` })
    // The worker that has just drawn an edit to its end is lost in the next.
    const already = (await readMeters(page)).submits
    const loss = seed % 2 === 0 ? 'destroyed' : 'thrown'
    await loseDeviceAt(page, already + Math.max(1, Math.floor(submits * share)), loss)
    const lost = await doodle(page, id, 5)
    expect(['DeviceLost', 'RuntimeFailed', 'OutOfMemory']).toContain(lost.error)
    const { checkpoint } = lost
    if (checkpoint !== null) {
      went++
      expect(checkpoint.step).toBe(lost.told.at(-1))
    }
    if (round === 0) {
      // The processor takes over where the device was lost.
      await freshEngine(page, 'wasm')
      const onProcessor = await doodle(page, id, 5, checkpoint)
      expect(onProcessor.error).toBeNull()
      const likeness = psnr(onProcessor.samples, undisturbed.samples)
      tell({ loss, lostAt: share, step: checkpoint?.step ?? 0, onProcessor: likeness })
      expect(likeness).toBeGreaterThanOrEqual(40)
    }
    await freshEngine(page, 'webgpu')
    const after = await doodle(page, id, 5, checkpoint)
    expect([after.error, after.told[0] ?? STEPS + 1]).toEqual([null, (checkpoint?.step ?? 0) + 1])
    expect(after.samples).toEqual(undisturbed.samples)
    tell({
      loss,
      round: round + 1,
      seed,
      share,
      step: checkpoint?.step ?? 0,
    })
  }
  expect(went).toBeGreaterThan(0)
})

test('soak: edits on a graphics device leave its buffers and the wasm heap as large as they were', async ({
  page,
  context,
}) => {
  test.setTimeout(0)
  await fitMeters(context)
  await openDoor(page, 'webgpu')
  const { id } = await install(page, files)
  const edits = Math.max(3, rounds(3))
  const settledAfter = Math.min(10, edits - 1)
  let settled = await readMeters(page)
  for (let edit = 1; edit <= edits; edit++) {
    const { error } = await doodle(page, id, edit)
    expect(error).toBeNull()
    if (edit === settledAfter) settled = await readMeters(page)
  }
  const end = await readMeters(page)
  tell({ soak: 'device', edits, settled, end })
  expect(settled.gpuBytes).toBeGreaterThan(1e6)
  expect(end.gpuBytes).toBeLessThan(1.05 * settled.gpuBytes)
  expect(end.wasmBytes).toBeLessThan(1.05 * settled.wasmBytes)
})
