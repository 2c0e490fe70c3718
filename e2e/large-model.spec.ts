import { expect, test, type Page } from '@playwright/test'
import type { ProxyMarked, Remote } from 'comlink'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeSmallFluxModel } from '../cli/testing/small-flux-model'
import type { EngineApi } from '../src/workers/engine-api'

// So that comlink can be put into the page, to speak with the engine's worker as the app does.
test.use({ bypassCSP: true })

interface DoorPage {
  readonly Comlink: { wrap(worker: Worker): Remote<EngineApi>; proxy<T extends object>(value: T): T & ProxyMarked }
  engine: Remote<EngineApi>
}

let folder: string
let files: readonly { readonly path: string; readonly base64: string }[]

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'photodoodle-large-'))
  const model = await writeSmallFluxModel(folder)
  const entries = await readdir(model, { recursive: true, withFileTypes: true })
  files = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => {
        const file = join(entry.parentPath, entry.name)
        return { path: file.slice(model.length + 1), base64: (await readFile(file)).toString('base64') }
      }),
  )
})
test.afterAll(() => rm(folder, { recursive: true, force: true }))

/** A worker of the app's own engine, and no page before it. */
async function openDoor(page: Page): Promise<void> {
  const engineWorker = page.waitForEvent('worker', (worker) => worker.url().includes('engine.worker'))
  await page.goto('/?provider=wasm')
  const url = (await engineWorker).url()
  await page.addScriptTag({ path: 'node_modules/comlink/dist/umd/comlink.js' })
  await page.evaluate(async (url) => {
    const door = globalThis as unknown as DoorPage
    door.engine = door.Comlink.wrap(new Worker(url, { type: 'module' }))
    await door.engine.start({ provider: 'wasm' })
  }, url)
}

/** @returns shares that were stored at the first and at the last word of it */
function install(page: Page): Promise<{ id: string; bytes: number; before: number; progress: number }> {
  return page.evaluate(async (files) => {
    const { engine, Comlink } = globalThis as unknown as DoorPage
    let progress = 0
    let before: number | undefined
    const blobs = files.map(({ path, base64 }) => ({
      path,
      file: new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))]),
    }))
    const { id, storedBytes } = await engine.installModel(
      'install',
      blobs,
      Comlink.proxy(({ done, total }: { done: number; total: number }) => {
        progress = done / total
        before ??= progress
      }),
    )
    // Progress comes through a channel of its own, so its last message may arrive after the answer.
    for (let waited = 0; progress < 1 && waited < 100; waited++)
      await new Promise((resolve) => {
        setTimeout(resolve, 20)
      })
    return { id, bytes: storedBytes ?? 0, before: before ?? 0, progress }
  }, files)
}

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
  const { id, bytes, progress } = await install(page)
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
  const installed = await Promise.all([install(page), install(other)])
  // Whoever came second found all of it there.
  expect(installed.map(({ before }) => before).sort()).toEqual([0, 1])
  expect(installed.map(({ progress }) => progress)).toEqual([1, 1])
  const [{ id }] = installed
  for (const tab of [page, other])
    expect(
      await tab.evaluate(async () => (await (globalThis as unknown as DoorPage).engine.models()).map(({ id }) => id)),
    ).toContain(id)
})
