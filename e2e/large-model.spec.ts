import { expect, test, type Page } from '@playwright/test'
import { install, openDoor, smallFluxFiles, type DoorPage, type FolderFile } from './engine-door'

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
