import { expect, test, type BrowserContext, type Page } from '@playwright/test'
import sharp from 'sharp'
import { EditorPage } from './editor-page'
import { firstSeed, PATIENCE, rounds, tell } from './endurance'
import { crash, randomFrom } from './engine-door'
import { sidewaysJpeg } from './photos'
import type { Pixels } from './pixels'
import { serveTinyModel } from './tiny-model'

test.use({
  // So that a page can end its own process in the middle of its own script.
  launchOptions: async ({ launchOptions }, provide) => {
    await provide({ ...launchOptions, args: [...(launchOptions.args ?? []), '--js-flags=--allow-natives-syntax'] })
  },
})

test.beforeEach(({ context }) => {
  test.setTimeout(0)
  return serveTinyModel(context)
})

const wasm = '/?provider=wasm'
const NAME = 'holiday.jpg'
const REGION = 'The next doodle stays inside the painted region'

/** What a person sees of a project. */
interface Seen {
  readonly layers: number
  readonly painted: boolean
  readonly picture: Pixels
}

async function start(page: Page): Promise<EditorPage> {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await editor.drop(NAME, 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible({ timeout: PATIENCE })
  await editor.instruction.fill('add a golden crown on the cat')
  await editor.saved()
  return editor
}

/** The app anew after its page has died, with the project of the test in it. */
async function reopen(context: BrowserContext): Promise<EditorPage> {
  const page = await context.newPage()
  const editor = new EditorPage(page)
  await page.goto(wasm)
  await expect(editor.photo.or(editor.result)).toBeVisible({ timeout: PATIENCE })
  await editor.settled()
  return editor
}

async function see(editor: EditorPage): Promise<Seen> {
  await editor.settled()
  return {
    layers: await editor.page.locator('.layer').count(),
    painted: (await editor.page.getByText(REGION).count()) === 1,
    picture: await editor.downloadPng('Download PNG'),
  }
}

const saysSaved = async (page: Page): Promise<boolean> =>
  (await page.locator('#your-pictures').getAttribute('data-saved')) === 'true'

const same = (a: Pixels, b: Pixels): boolean => Buffer.compare(Buffer.from(a.data), Buffer.from(b.data)) === 0

async function paint(editor: EditorPage, random: () => number): Promise<void> {
  await editor.page.getByRole('button', { name: 'Only here' }).click()
  await editor.paintAt(0.2 + 0.6 * random(), 0.2 + 0.6 * random())
  await expect(editor.page.getByText(REGION)).toBeVisible()
  await editor.saved()
}

/** So many that an edit is long enough to be killed in. */
const STEPS = 40

test('kills: a page killed at a random moment of an edit loses nothing but the step in flight', async ({
  page,
  context,
}, info) => {
  let editor = await start(page)
  // One that nothing disturbs, to know how long an edit takes here.
  await paint(editor, randomFrom(firstSeed))
  await editor.setSeedAndSteps(firstSeed, STEPS)
  const started = performance.now()
  await editor.doodle()
  await editor.saved()
  const span = performance.now() - started
  let before = await see(editor)
  expect(before.layers).toBeGreaterThan(0)
  for (let round = 0; round < rounds(2); round++) {
    const seed = firstSeed + round
    info.annotations.push({ type: 'seed', description: String(seed) })
    const random = randomFrom(seed)
    await paint(editor, random)
    // From here on a doodle is under way; it is there afterwards if it was finished and kept, and the paint if it was
    // not.
    await editor.setSeedAndSteps(seed, STEPS)
    await editor.doodleButton.click()
    // Some just after its end.
    const share = 1.2 * random()
    await editor.page.waitForTimeout(share * span)
    const drawn = await editor.page.locator('.layer').count()
    const saved = await saysSaved(editor.page)
    await crash(editor.page)

    editor = await reopen(context)
    const after = await see(editor)
    if (saved) expect(after.layers).toBeGreaterThanOrEqual(drawn)
    expect(after.layers).toBeGreaterThanOrEqual(before.layers)
    // The paint is used up by a doodle that was kept, and here otherwise.
    expect(after.painted).toBe(after.layers === before.layers)
    if (after.layers === before.layers) expect(same(after.picture, before.picture)).toBe(true)
    tell({ kill: 'edit', round: round + 1, seed, share, before: before.layers, drawn, saved, after: after.layers })
    before = after
  }
})

/** From the armed moment on, counts what is asked of the project's database, and dies at a chosen one. */
const COUNT_STORED = `
{
  let [count, stopAt] = [0, Infinity];
  globalThis.__stopAt = (at) => { [count, stopAt] = [0, at]; };
  globalThis.__stored = () => count;
  const counted = (prototype, name) => {
    const call = prototype[name];
    prototype[name] = function (...given) {
      const stop = () => { %AbortJS('killed in a save'); };
      // Before the command, or behind it: what was asked for is done all the same.
      if (++count === stopAt) stop();
      const result = call.apply(this, given);
      if (++count === stopAt) stop();
      return result;
    };
  };
  for (const name of ['put', 'get', 'getKey', 'getAllKeys', 'delete']) counted(IDBObjectStore.prototype, name);
  counted(IDBDatabase.prototype, 'transaction');
}
`

interface Stored {
  __stopAt(at: number): void
  __stored(): number
}

const stopAt = (page: Page, at: number): Promise<void> =>
  page.evaluate((at) => (globalThis as unknown as Stored).__stopAt(at), at)

/** Each ends in a save: of a region, of a doodle, of a photo that is new. */
const changes = ['region', 'doodle', 'photo'] as const
type Change = (typeof changes)[number]

/** Of the projects' entries and of their photos. */
const keysOf = (page: Page): Promise<string[][]> =>
  page.evaluate(async () => {
    const done = <T>(request: IDBRequest<T>): Promise<T> =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(new Error(`The database cannot be read: ${request.error?.message}`))
      })
    const database = await done(indexedDB.open('photodoodle-projects'))
    const stores = database.transaction(['projects', 'photos'])
    const keys = await Promise.all(
      (['projects', 'photos'] as const).map((name) => done(stores.objectStore(name).getAllKeys())),
    )
    database.close()
    return keys as string[][]
  })

const photoOf = (seed: number): Promise<Buffer> =>
  sharp({ create: { width: 90, height: 120, channels: 3, background: { r: seed % 256, g: 120, b: 90 } } })
    .jpeg()
    .toBuffer()

test('kills: a page killed at a random command of a save leaves all of it, or what was there before', async ({
  page,
  context,
}, info) => {
  await context.addInitScript(COUNT_STORED)
  let editor = await start(page)
  await editor.setSeedAndSteps(1, 1)
  await editor.page.getByRole('button', { name: 'Only here' }).click()
  let before = await see(editor)
  const commands = { region: 0, doodle: 0, photo: 0 }
  let objects = 0

  const make = async (change: Change, seed: number): Promise<void> => {
    if (change === 'photo') return editor.drop(`${seed}.jpg`, 'image/jpeg', await photoOf(seed))
    if (change === 'doodle') return editor.doodleButton.click()
    await editor.paintAt(0.5, 0.5)
  }

  /** Made, and kept. */
  const kept = async (change: Change, seed: number): Promise<void> => {
    const made = {
      photo: () => editor.page.getByRole('img', { name: `Your photo, ${seed}.jpg` }).count(),
      doodle: () => editor.page.locator('.layer').nth(before.layers).count(),
      region: () => editor.page.getByText(REGION).count(),
    }
    await expect.poll(made[change], { timeout: PATIENCE }).toBe(1)
    await expect.poll(() => saysSaved(editor.page), { timeout: PATIENCE }).toBe(true)
  }

  /** Back from another photo; and the next region is the first. */
  const tidy = async (): Promise<Seen> => {
    await editor.page.getByRole('button', { name: 'Your pictures' }).click()
    const gallery = editor.page.getByRole('dialog', { name: 'Your pictures' })
    await gallery.getByRole('button', { name: `Open ${NAME}` }).click()
    await expect(editor.page.getByRole('img', { name: `Your photo, ${NAME}` }).or(editor.result)).toBeVisible({
      timeout: PATIENCE,
    })
    const seen = await see(editor)
    if (seen.painted) {
      await editor.page.getByRole('button', { name: 'Undo' }).click()
      await expect(editor.page.getByText(REGION)).toHaveCount(0)
    }
    await editor.setSeedAndSteps(1, 1)
    await editor.page.getByRole('button', { name: 'Only here' }).click()
    await editor.saved()
    return seen
  }

  // First one of each that nothing disturbs, to know how many commands its save takes.
  for (let round = -changes.length; round < rounds(3); round++) {
    const change = changes[(round + changes.length) % changes.length]!
    const seed = firstSeed + round
    const random = randomFrom(seed)
    if (round < 0) {
      await stopAt(editor.page, Infinity)
      await make(change, seed)
      await kept(change, seed)
      commands[change] = await editor.page.evaluate(() => (globalThis as unknown as Stored).__stored())
      expect(commands[change]).toBeGreaterThan(5)
      const seen = await tidy()
      if (change === 'doodle') objects = seen.layers - before.layers
      before = seen
      continue
    }
    info.annotations.push({ type: 'seed', description: String(seed) })
    const at = 1 + Math.floor(commands[change] * random())
    const dying = editor.page
    await stopAt(dying, at)
    const crashed = dying.waitForEvent('crash', { timeout: PATIENCE })
    const over = make(change, seed).then(() => kept(change, seed))
    // A save of fewer commands than the first of its kind is over.
    const complete = await Promise.race([over.then(() => true), crashed.then(() => false)])
    over.catch(() => undefined)
    crashed.catch(() => undefined)
    await (complete ? crash(dying) : dying.close())

    editor = await reopen(context)
    const opened = await editor.page.getByRole('img', { name: `Your photo, ${seed}.jpg` }).count()
    // Of each project there is all: no photo without its entry, no entry without its photo.
    const [entries, photos] = await keysOf(editor.page)
    expect(photos).toEqual(entries)
    const after = await tidy()
    expect([before.layers, before.layers + (change === 'doodle' ? objects : 0)]).toContain(after.layers)
    if (change !== 'region') expect(after.painted).toBe(false)
    if (after.layers === before.layers) expect(same(after.picture, before.picture)).toBe(true)
    const there = { photo: opened === 1, region: after.painted, doodle: after.layers > before.layers }[change]
    if (complete) expect(there).toBe(true)
    tell({ kill: 'save', round: round + 1, seed, change, command: at, of: commands[change], there })
    before = after
  }
})
