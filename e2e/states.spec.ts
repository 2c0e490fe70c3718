import { expect, test, type Locator, type Page } from '@playwright/test'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { EditorPage } from './editor-page'
import { expectAccessible, keepState } from './screens'

const wasm = '/?provider=wasm'

/**
 * Goes through the editor by keyboard, and looks at each state: nothing against WCAG 2.2 AA in light and in dark, the
 * focus somewhere.
 */
class Tour {
  constructor(
    readonly page: Page,
    readonly size: string,
  ) {}

  async look(state: string): Promise<void> {
    await test.step(state, async () => {
      for (const colorScheme of ['dark', 'light'] as const) {
        await this.page.emulateMedia({ colorScheme })
        await expectAccessible(this.page)
        await keepState(this.page, `${this.size}-${state}-${colorScheme}`)
      }
    })
  }

  /** Presses a control by keyboard; afterwards the focus is not lost. */
  async press(control: Locator, key = 'Enter'): Promise<void> {
    await control.focus({ timeout: 120_000 })
    await this.page.keyboard.press(key)
    await this.expectFocus()
  }

  async escape(): Promise<void> {
    await this.page.keyboard.press('Escape')
    await this.expectFocus()
  }

  async expectFocus(): Promise<void> {
    await expect
      .poll(
        () => this.page.evaluate(() => document.activeElement !== null && document.activeElement !== document.body),
        { message: 'the focus is lost' },
      )
      .toBe(true)
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) })
  }
}

for (const { size, viewport } of [
  { size: 'desktop', viewport: { width: 1280, height: 800 } },
  { size: 'phone', viewport: { width: 390, height: 844 } },
]) {
  test.describe(size, () => {
    test.use({ viewport })

    test('every state is accessible in light and dark, and no action loses the focus', async ({ page, context }) => {
      test.slow()
      const editor = new EditorPage(page)
      const tour = new Tour(page, size)
      const phone = size === 'phone'
      const showLayers = async (): Promise<void> => {
        if (phone) await tour.press(tour.button(/^Doodles \(/))
      }
      const showPanel = async (): Promise<void> => {
        if (phone) await tour.press(tour.button('Draw'))
      }
      // From the start: styles are read ahead.
      const release = await editor.holdStyle('magic')
      await editor.open(wasm)
      await expect(tour.button(/Ginger cat/)).toBeVisible()
      await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
      await tour.look('empty')
      await tour.press(tour.button('Settings'))
      await tour.look('settings')
      await tour.escape()
      await tour.press(page.locator('#badge'))
      await tour.look('where-it-runs')
      await tour.press(tour.button('Models and device'))
      await expect(page.getByRole('dialog')).toContainText('In use')
      await tour.look('models')
      await tour.escape()
      await expect(page.locator('#badge')).toBeFocused()

      await tour.press(tour.button(/Ginger cat/))
      await expect(editor.photo).toBeVisible()
      await editor.settled()
      await tour.expectFocus()
      await tour.look('photo')
      if (phone) {
        await editor.openPanel()
        await tour.look('panel')
      }
      await editor.chooseStyle('Magic')
      await editor.instruction.fill('add a golden crown on the cat')
      await tour.press(page.locator('summary', { hasText: 'More' }))
      await tour.look('more')
      await tour.press(tour.button('Only here'))
      await editor.paintAt(0.5, 0.2)
      await tour.look('region')
      await tour.press(tour.button('Everywhere'))
      await tour.press(tour.button('Done'))

      await editor.setSeedAndSteps(7, 30)
      await tour.press(page.locator('#doodle'))
      await expect(editor.cancelButton).toBeFocused()
      await tour.look('running')
      await tour.press(editor.cancelButton)
      release()
      await expect(page.locator('#doodle')).toBeFocused({ timeout: 120_000 })
      await editor.setSeedAndSteps(7, 1)
      await tour.press(page.locator('#doodle'))
      await expect(editor.result).toBeVisible({ timeout: 300_000 })
      await editor.settled()
      await tour.expectFocus()
      await tour.look('result')

      await showLayers()
      await tour.press(tour.button('Change a word'))
      await tour.press(tour.button('Change “golden”'))
      await page.keyboard.type('blue')
      await tour.look('change-a-word')
      await page.keyboard.press('Enter')
      await expect(tour.button('“add a blue crown on the cat”')).toBeVisible({ timeout: 300_000 })
      await tour.expectFocus()
      await tour.press(tour.button('Hide “add a blue crown on the cat”'))
      await tour.press(tour.button('Show “add a blue crown on the cat”'))
      await tour.press(tour.button('Take variation 1'))
      await tour.press(tour.button('Change'))
      await expect(editor.instruction).toBeFocused()
      await tour.press(tour.button('Stop changing it'))

      await showPanel()
      await tour.press(tour.button(/Four variations/))
      await tour.press(page.locator('#doodle'))
      await expect(tour.button(/^Look at variation/)).toHaveCount(4, { timeout: 600_000 })
      await tour.expectFocus()
      await tour.look('variations')
      await tour.press(tour.button(/^Look at variation 2/), 'Space')
      await tour.press(tour.button('Use this one'))
      await tour.press(tour.button(/Four variations/))
      await tour.press(tour.button('More ways to save'))
      await tour.look('save')
      await tour.escape()

      await editor.drop('notes.jpg', 'image/jpeg', Buffer.from('dear diary'))
      await expect(page.getByRole('alert')).toBeVisible()
      await tour.look('error')
      await tour.press(tour.button('Close this message').first())

      // Without a network nothing is missed.
      await context.setOffline(true)
      await tour.press(page.locator('#doodle'))
      await expect(page.locator('#doodle')).toBeFocused({ timeout: 300_000 })
      await showLayers()
      await expect(page.locator('.layer')).toHaveCount(3)
      await tour.look('offline')
      await context.setOffline(false)

      for (let left = 2; left >= 0; left--) {
        await tour.press(tour.button('Delete'))
        await expect(page.locator('.layer')).toHaveCount(left)
        await tour.expectFocus()
      }
      await tour.press(tour.button('Undo'))
      await tour.press(tour.button('Redo'))
      // Nothing is wider than the screen.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width)
      expect(editor.complaints).toEqual([])
    })
  })
}

test('an engine that cannot start says so where it is looked for, and can be tried again', async ({
  page,
  context,
}) => {
  await context.route('**/models/nano/model.json', (route) => route.fulfill({ status: 503, body: '' }))
  const tour = new Tour(page, 'desktop')
  await page.goto(wasm)
  await expect(page.getByRole('alert').first()).toBeVisible({ timeout: 120_000 })
  await expect(page.locator('#badge')).toHaveText('Not available')
  await tour.press(page.locator('#badge'))
  await tour.look('not-available')
  await context.unroute('**/models/nano/model.json')
  await tour.press(tour.button('Try again'))
  await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
})

/** As the model manager writes the size of all files in a folder. */
async function megabytes(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size),
  )
  return `${Math.round(sizes.reduce((sum, size) => sum + size) / 1e6)} MB`
}

test('the model manager: a folder is installed, verified, used and deleted', async ({ page }) => {
  await page.goto(wasm)
  await page.locator('#badge').click()
  await page.getByRole('button', { name: 'Models and device' }).click()
  const dialog = page.getByRole('dialog', { name: 'Models and device' })
  await expect(dialog.getByRole('region', { name: 'This device' })).toContainText('Processor (WebAssembly)', {
    timeout: 120_000,
  })
  const folder = dialog.locator('input[type=file]')
  await folder.setInputFiles('public/samples')
  await expect(dialog.getByRole('alert')).toContainText('model.json')
  // The app's own model is a folder like any that "photodoodle convert" writes.
  await folder.setInputFiles('public/models/nano')
  await expect(dialog).toContainText('Nano is installed.', { timeout: 300_000 })
  const size = await megabytes('public/models/nano')
  await expect(dialog).toContainText(`${size} stored in this browser.`)
  await expect(dialog).toContainText('This app keeps')
  await dialog.getByRole('button', { name: 'Verify Nano' }).click()
  await expect(dialog).toContainText('Every file of Nano is as it should be.', { timeout: 300_000 })
  await dialog.getByRole('button', { name: 'Use Nano' }).click()
  await expect(dialog).toContainText('Nano draws from now on.', { timeout: 120_000 })
  await expect(dialog.getByRole('listitem').first()).toContainText('stored in this browser')
  await page.keyboard.press('Escape')
  await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })

  // It is still the one after a reload; deleted, the embedded one takes over.
  await page.reload()
  await page.locator('#badge').click()
  await page.getByRole('button', { name: 'Models and device' }).click()
  await expect(dialog.getByRole('listitem').first()).toContainText('stored in this browser', { timeout: 120_000 })
  await dialog.getByRole('button', { name: 'Delete Nano' }).click()
  await dialog.getByRole('button', { name: new RegExp(`^Really delete ${size}`) }).click()
  await expect(dialog).toContainText('Nano is deleted.', { timeout: 120_000 })
  await expect(dialog.getByRole('listitem')).toHaveCount(1)
})

test('the first load brings at most 200 kB of script, onnxruntime apart', async ({ page, request }) => {
  const scripts = new Set<string>()
  page.context().on('request', (asked) => {
    if (/\.m?js$/.test(new URL(asked.url()).pathname)) scripts.add(asked.url())
  })
  await page.goto(wasm)
  await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
  const own = [...scripts].filter((url) => !/\/ort[.-]/.test(url))
  const bytes = await Promise.all(own.map(async (url) => gzipSync(await (await request.get(url)).body()).length))
  const total = bytes.reduce((sum, size) => sum + size, 0)
  console.log(`${own.length} scripts, ${(total / 1000).toFixed(1)} kB gzip`)
  // The page itself and both workers.
  expect(own.length).toBeGreaterThanOrEqual(3)
  expect(total).toBeGreaterThan(50_000)
  expect(total).toBeLessThanOrEqual(200_000)
})
