import { chromium, expect, test, type BrowserContext } from '@playwright/test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EditorPage } from './editor-page'
import { sidewaysJpeg } from './photos'
import { compare, pixels } from './pixels'
import { StaticHost } from './static-host'

const styles = ['Monster', 'Magic', 'Painting', 'Outline', 'Flat', 'Cloud']
const query = '?provider=wasm'

/** A browser with a profile on disk, as a person has: a private window can install nothing. */
const profiled = test.extend<{ profile: BrowserContext; host: StaticHost }>({
  // Playwright reads a fixture's needs from a pattern, also where it has none.
  // eslint-disable-next-line no-empty-pattern
  host: async ({}, provide) => {
    const host = await new StaticHost('/tools/photodoodle/').start()
    await provide(host)
    await host.stop()
  },
  profile: async ({ launchOptions, viewport, contextOptions }, provide) => {
    const folder = await mkdtemp(join(tmpdir(), 'photodoodle-profile-'))
    const context = await chromium.launchPersistentContext(folder, {
      ...launchOptions,
      ...contextOptions,
      viewport,
      serviceWorkers: 'allow',
      acceptDownloads: true,
    })
    await provide(context)
    await context.close()
    await rm(folder, { recursive: true, force: true })
  },
})

/** Opens the app and waits until it is kept whole, and isolated. */
async function openReady(context: BrowserContext, host: StaticHost): Promise<EditorPage> {
  const page = context.pages()[0] ?? (await context.newPage())
  const editor = new EditorPage(page)
  await page.goto(host.url + query)
  await expect(page.getByText('Ready offline').first()).toBeVisible({ timeout: 300_000 })
  await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false), { timeout: 120_000 }).toBe(true)
  await expect(page.getByText('Ready offline').first()).toBeVisible({ timeout: 300_000 })
  await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
  return editor
}

profiled(
  'under a sub-path, without headers: installable, isolated; offline every style draws, is saved and back',
  async ({ profile, host }) => {
    profiled.slow()
    const editor = await openReady(profile, host)
    const { page } = editor
    const devtools = await profile.newCDPSession(page)
    expect((await devtools.send('Page.getInstallabilityErrors')).installabilityErrors).toEqual([])
    const { errors } = await devtools.send('Page.getAppManifest')
    expect(errors).toEqual([])

    await host.stop()
    await page.reload()
    await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
    // Lazy parts too, and the threads that isolation gives.
    await page.locator('#badge').click()
    await page.getByRole('button', { name: 'Models and device' }).click()
    const device = page.getByRole('region', { name: 'This device' })
    await expect(device).toContainText('Processor threads')
    await expect(device).not.toContainText('not isolated')
    await page.keyboard.press('Escape')
    for (const image of await page.locator('.samples img').all())
      await expect.poll(() => image.evaluate((one: HTMLImageElement) => one.naturalWidth)).toBeGreaterThan(0)

    await page.getByRole('button', { name: 'Ginger cat' }).click()
    await expect(editor.photo).toBeVisible()
    await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
    await expect(page.getByRole('img', { name: 'Your photo, holiday.jpg' })).toBeVisible()
    for (const [index, style] of styles.entries()) {
      await editor.chooseStyle(style)
      await editor.setSeedAndSteps(30 + index, 1)
      await editor.doodle()
    }
    await expect(page.locator('.layer')).toHaveCount(styles.length)
    const saved = await editor.downloadPng('Download PNG')
    await editor.saved()
    await page.reload()
    await expect(editor.result).toBeVisible({ timeout: 120_000 })
    await editor.settled()
    const again = await editor.downloadPng('Download PNG')
    expect(compare(again, saved, saved).changedInside).toBe(0)
    expect(compare(again, saved, saved).changedOutside).toBe(0)
    expect(editor.complaints).toEqual([])
  },
)

profiled(
  'a version published during an edit is announced, waits for the doodle, and takes over with the project open',
  async ({ profile, host }) => {
    const editor = await openReady(profile, host)
    const { page } = editor
    const jpeg = await sidewaysJpeg()
    await editor.drop('holiday.jpg', 'image/jpeg', jpeg)
    await expect(editor.photo).toBeVisible()
    await editor.setSeedAndSteps(5, 40)
    await editor.doodleButton.click()
    await expect(editor.cancelButton).toBeVisible()
    await host.publish('The next version')
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update())
    const now = page.getByRole('button', { name: 'Use it now' }).first()
    await expect(now).toBeVisible({ timeout: 120_000 })
    await now.click()
    // Asked for, and not done: the doodle goes on.
    await expect(editor.cancelButton).toBeVisible()
    expect(await page.title()).toBe('PhotoDoodle')
    await expect(page).toHaveTitle('The next version', { timeout: 400_000 })
    await expect(editor.result).toBeVisible({ timeout: 120_000 })
    const kept = await editor.downloadPng('Download PNG')
    const original = await pixels(jpeg)
    expect(compare(kept, original, original).changedInside).toBeGreaterThan(0)
    expect(editor.complaints).toEqual([])
  },
)

profiled(
  'a flipped bit in a stored shard is found and fetched again; without a network the damaged file is named',
  async ({ profile, host }) => {
    const editor = await openReady(profile, host)
    const { page } = editor
    const shard = 'models/nano/drawing/shard-00000.bin'
    const damage = () =>
      page.evaluate(async (path) => {
        const [name = ''] = (await caches.keys()).filter((key) => key.includes('precache'))
        const cache = await caches.open(name)
        const [request] = (await cache.keys()).filter(({ url }) => url.includes(path))
        const response = await cache.match(request!)
        const bytes = new Uint8Array(await response!.arrayBuffer())
        bytes[1000]! ^= 1
        await cache.put(request!, new Response(bytes, { headers: response!.headers }))
      }, shard)
    await damage()
    host.asked.length = 0
    await page.reload()
    await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
    expect(host.asked).toContain(host.path + shard)
    // What came took its place.
    host.asked.length = 0
    await page.reload()
    await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
    expect(host.asked).not.toContain(host.path + shard)

    await damage()
    await host.stop()
    await page.reload()
    await expect(page.getByRole('alert').first()).toContainText('drawing/shard-00000.bin', { timeout: 120_000 })
    expect(editor.complaints).toEqual([])
  },
)

profiled('files shared with the installed app, opened with it, and its shortcuts arrive', async ({ profile, host }) => {
  const editor = await openReady(profile, host)
  const { page } = editor
  const jpeg = (await sidewaysJpeg()).toString('base64')
  // The share sheet posts a form.
  const landed = await page.evaluate(async (base64) => {
    const form = new FormData()
    form.append(
      'files',
      new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'from the share sheet.jpg', {
        type: 'image/jpeg',
      }),
    )
    return (await fetch('share', { method: 'POST', body: form })).url
  }, jpeg)
  await page.goto(landed)
  await expect(page.getByRole('img', { name: 'Your photo, from the share sheet.jpg' })).toBeVisible({ timeout: 60_000 })
  await page.goto(`${host.url}?open=sample`)
  await expect(page.getByRole('img', { name: /^Your photo, .*\.jpg/ })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('img', { name: 'Your photo, from the share sheet.jpg' })).toHaveCount(0)
  expect(editor.complaints).toEqual([])
})
