import { expect, test, type Page } from '@playwright/test'
import { firstSeed, rounds, tell } from './endurance'
import {
  crash,
  install,
  openDoor,
  randomFrom,
  runBeforeEngine,
  smallFluxFiles,
  type DoorPage,
  type FolderFile,
} from './engine-door'

// So that comlink can be put into the page, to speak with the engine's worker as the app does.
test.use({ bypassCSP: true })

let files: readonly FolderFile[]
test.beforeAll(async () => {
  files = await smallFluxFiles()
})

/** The doodle's samples with a memory budget, or the name of the error. */
function doodle(page: Page, id: string, memoryBudget: number): Promise<{ samples: number[]; error?: string }> {
  return page.evaluate(
    async ({ id, memoryBudget }) => {
      const { engine, Comlink } = globalThis as unknown as DoorPage
      await engine.useModel({ id, memoryBudget })
      const data = new Uint8ClampedArray(100 * 80 * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * i) % 251))
      await engine.openSource('photo', { width: 100, height: 80, data })
      try {
        const { elements } = await engine.edit(
          { jobId: 'edit', photoId: 'photo', sourceId: 'photo' },
          { what: { instruction: 'add a hat', styles: [] }, how: { seed: 5, steps: 2 } },
          Comlink.proxy(() => undefined),
        )
        return { samples: elements.flatMap(({ data }) => [...data]) }
      } catch (error) {
        return { samples: [], error: (error as Error).name }
      }
    },
    { id, memoryBudget },
  )
}

test("a model larger than its memory budget streams from the browser's storage and draws the same picture", async ({
  page,
}) => {
  await openDoor(page)
  const { id, bytes, progress } = await install(page, files)
  expect(progress).toBe(1)
  const budget = 1_500_000
  expect(bytes).toBeGreaterThan(2 * budget)

  // The budget is kept: one that not even two blocks fit is refused.
  expect(await doodle(page, id, 100_000)).toEqual({ samples: [], error: 'BadRequest' })
  const resident = await doodle(page, id, 1e9)
  expect(resident.error).toBeUndefined()
  expect(new Set(resident.samples).size).toBeGreaterThan(50)
  expect(await doodle(page, id, budget)).toEqual(resident)

  // What was stored outlives the page.
  await openDoor(page)
  expect(await doodle(page, id, budget)).toEqual(resident)
  await page.evaluate((id) => (globalThis as unknown as DoorPage).engine.deleteModel(id), id)
  expect(await page.evaluate(async () => (await (globalThis as unknown as DoorPage).engine.models()).length)).toBe(1)
})

test('two tabs that install the same model at once do the work once', async ({ page, context }) => {
  const other = await context.newPage()
  await openDoor(page)
  await openDoor(other)
  const installed = await Promise.all([install(page, files), install(other, files)])
  // Whoever came second found all of it there.
  expect(installed.map(({ before }) => before).sort()).toEqual([0, 1])
  expect(installed.map(({ progress }) => progress)).toEqual([1, 1])
  const [{ id }] = installed
  for (const tab of [page, other])
    expect(
      await tab.evaluate(async () => (await (globalThis as unknown as DoorPage).engine.models()).map(({ id }) => id)),
    ).toContain(id)
})

/** Those the engine can use, the embedded one apart. */
const installed = (page: Page): Promise<string[]> =>
  page.evaluate(async () =>
    (await (globalThis as unknown as DoorPage).engine.models())
      .filter(({ storedBytes }) => storedBytes !== null)
      .map(({ id }) => id),
  )

test('kills: a page killed in the middle of an install leaves what it stored, and no half model', async ({
  page: first,
  context,
}, info) => {
  test.setTimeout(0)
  let stored = 0
  let began = 0
  let begun: () => void = () => undefined
  await context.exposeFunction('told', (share: number) => {
    stored = share
    if (share > 0) return
    began = performance.now()
    begun()
  })
  let page = first
  await openDoor(page)
  // One that nothing disturbs, to know how long the storing takes here.
  const { id } = await install(page, files)
  const span = performance.now() - began
  const undisturbed = await doodle(page, id, 1e9)
  expect(undisturbed.error).toBeUndefined()
  for (let round = 0; round < rounds(1); round++) {
    const seed = firstSeed + round
    await page.evaluate((id) => (globalThis as unknown as DoorPage).engine.deleteModel(id), id)
    expect(await installed(page)).toEqual([])
    const beginning = new Promise<void>((resolve) => {
      begun = resolve
    })
    const killed = install(page, files).catch(() => undefined)
    await beginning
    await page.waitForTimeout(span * randomFrom(seed)())
    await crash(page)
    await killed
    info.annotations.push({ type: 'seed', description: `${seed}: killed with ${stored.toFixed(2)} stored` })
    const told = stored

    page = await context.newPage()
    await openDoor(page)
    // Its index is the last that is written: there when all was told of, or it is no model.
    expect([[], [id]]).toContainEqual(await installed(page))
    // What was told of is not copied again.
    const { before, progress } = await install(page, files)
    expect(before).toBeGreaterThanOrEqual(told)
    expect(progress).toBe(1)
    await page.evaluate(async (id) => {
      const { engine, Comlink } = globalThis as unknown as DoorPage
      await engine.verifyModel(
        'verify',
        id,
        Comlink.proxy(() => undefined),
      )
    }, id)
    expect(await doodle(page, id, 1e9)).toEqual(undisturbed)
    tell({ kill: 'install', round: round + 1, seed, told, before })
  }
})

test('a quota that is exhausted in the middle of an install is said; with room again it goes on', async ({
  page,
  context,
}) => {
  // A browser's estimate is one: it promises more than there is.
  await runBeforeEngine(context, 'navigator.storage.estimate = () => Promise.resolve({ quota: 1e12, usage: 0 })')
  await openDoor(page)
  const total = files.reduce((sum, { base64 }) => sum + 0.75 * base64.length, 0)
  const devtools = await context.newCDPSession(page)
  const { origin } = new URL(page.url())
  const { usage } = await devtools.send('Storage.getUsageAndQuota', { origin })
  await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + total / 2 })
  const refused = await install(page, files).then(
    () => 'all of it fits',
    (error: unknown) => String(error),
  )
  expect(refused).toContain('could not store the model')
  expect(await installed(page)).toEqual([])

  await devtools.send('Storage.overrideQuotaForOrigin', { origin })
  const { id, before, progress } = await install(page, files)
  expect(before).toBeGreaterThan(0)
  expect(progress).toBe(1)
  expect(await installed(page)).toEqual([id])
  expect((await doodle(page, id, 1e9)).error).toBeUndefined()
})
