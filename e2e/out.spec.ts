import { createHash } from 'node:crypto'
import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { addLayer, emptyProject } from '../src/ui/project/project'
import { writeRecipe } from '../src/ui/project/saved-recipe'
import { withPngText } from '../src/workers/png-text'
import { EditorPage } from './editor-page'
import { pixels } from './pixels'
import { expectAccessible, keepScreenshot } from './screens'

const size = { width: 480, height: 360 }

/** A red disc of 60 pixels across, at (120, 90), drawn here so that the test does not depend on a model. */
const disc = `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="360">
  <circle cx="120" cy="90" r="30" fill="#e0203c"/></svg>`

/** The editor with a photo of one colour and the disc on it, as a file of ours brings them. */
async function withDisc(page: Page): Promise<EditorPage> {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const photo = await sharp({ create: { ...size, channels: 3, background: '#4080c0' } })
    .png()
    .toBuffer()
  const { width, height, data } = await pixels(Buffer.from(disc))
  const doodle = {
    id: 'd',
    seed: 1,
    prompt: 'add a red ball',
    seconds: 1,
    elements: [{ width, height, data: new Uint8ClampedArray(data), place: { left: 0, top: 0, width: 1, height: 1 } }],
  }
  const recipe = { styles: [{ id: 'flat', strength: 1 }], instruction: 'add a red ball', region: [] }
  const project = addLayer(emptyProject, { id: 'layer', recipe, doodle })
  const id = createHash('sha256').update(photo).digest('hex')
  const text = await writeRecipe({ id, name: 'photo.png', ...size, subject: null }, project, null, null)
  await editor.drop('photo.png', 'image/png', photo)
  await expect(editor.photo).toBeVisible()
  await editor.drop('ours.png', 'image/png', withPngText(Uint8Array.from(photo), 'photodoodle', text))
  await expect(editor.result).toBeVisible()
  return editor
}

const dialogOf = (page: Page) => page.getByRole('dialog', { name: 'Save and share' })

/** Waits until the preview shows what is chosen. */
async function previewed(page: Page): Promise<void> {
  await expect(dialogOf(page).locator('.save-preview')).toHaveAttribute('aria-busy', 'false', { timeout: 120_000 })
}

test('a sticker is trimmed, with a white border; the layer keeps its place; stories and squares fit', async ({
  page,
}) => {
  const editor = await withDisc(page)
  const sticker = await pixels(await editor.saveAs('Sticker', 'PNG'))
  // 60 pixels of the disc, and a rim of 0.012 * 480 on each side.
  expect(Math.abs(sticker.width - 72)).toBeLessThanOrEqual(4)
  expect(Math.abs(sticker.height - 72)).toBeLessThanOrEqual(4)
  const at = (x: number, y: number): number[] => [
    ...sticker.data.subarray(4 * (y * sticker.width + x), 4 * (y * sticker.width + x) + 4),
  ]
  const middle = Math.floor(sticker.height / 2)
  expect(at(middle, middle)).toEqual([0xe0, 0x20, 0x3c, 255])
  expect(at(4, middle)).toEqual([255, 255, 255, 255])
  expect(at(0, 0)[3]).toBe(0)
  const layer = await pixels(await editor.saveAs('Doodle only', 'PNG'))
  expect([layer.width, layer.height]).toEqual([size.width, size.height])

  const story = await pixels(await editor.saveAs('Story 9:16', 'PNG'))
  expect([story.width, story.height]).toEqual([1080, 1920])
  // Filled: the disc is in it, though the photo's middle is elsewhere.
  const red = (data: Uint8Array): number => {
    let count = 0
    for (let i = 0; i < data.length; i += 4) if (data[i]! > 180 && data[i + 1]! < 80) count++
    return count
  }
  expect(red(story.data)).toBeGreaterThan(1000)
  const square = await pixels(await editor.saveAs('Square 1:1', 'JPEG'))
  expect([square.width, square.height]).toEqual([1080, 1080])
  expect(red(square.data)).toBeGreaterThan(1000)
  expect(editor.complaints).toEqual([])
})

test('the dialog shows what it will give, says how large it prints and where pixels are missing, and copies', async ({
  page,
  context,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const editor = await withDisc(page)
  const opener = page.getByRole('button', { name: 'More ways to save' })
  await opener.click()
  const dialog = dialogOf(page)
  const preview = dialog.getByRole('img', { name: 'Preview: Picture' })
  await previewed(page)
  const shape = (): Promise<number> => preview.evaluate((canvas: HTMLCanvasElement) => canvas.width / canvas.height)
  expect(await shape()).toBeCloseTo(4 / 3, 1)
  // 480 x 360 pixels at 300 dpi.
  await expect(dialog).toContainText('In print 4.1 × 3 cm at 300 dpi.')
  await expectAccessible(page)
  await keepScreenshot(page, 'out-1-picture')

  await dialog.getByRole('radio', { name: 'Print' }).check({ force: true })
  await expect(dialog.getByRole('status').filter({ hasText: 'too few pixels' })).toBeVisible()
  await dialog.getByRole('radio', { name: 'is seen whole' }).check({ force: true })
  await previewed(page)
  await expectAccessible(page)
  await dialog.getByRole('radio', { name: 'Sticker' }).check({ force: true })
  await previewed(page)
  await keepScreenshot(page, 'out-2-sticker')
  const rimmed = await dialog.getByRole('img').evaluate((canvas: HTMLCanvasElement) => canvas.width)
  await dialog.getByRole('checkbox', { name: 'White border' }).uncheck()
  await expect
    .poll(() => dialog.getByRole('img').evaluate((canvas: HTMLCanvasElement) => canvas.width), { timeout: 120_000 })
    .toBeLessThan(rimmed)
  await dialog.getByRole('button', { name: 'Copy' }).click()
  await expect(dialog.getByRole('status').filter({ hasText: 'Copied' })).toBeAttached({ timeout: 120_000 })
  const copied = await page.evaluate(async () => {
    const [item] = await navigator.clipboard.read()
    const bitmap = await createImageBitmap(await item!.getType('image/png'))
    return [bitmap.width, bitmap.height]
  })
  expect(copied).toEqual([60, 60])
  await page.keyboard.press('Escape')
  await expect(opener).toBeFocused()
  expect(editor.complaints).toEqual([])
})

test('the share sheet gets the file; on a phone the dialog has everything within reach', async ({ page }) => {
  await page.addInitScript(() => {
    const shared: { name: string; type: string; size: number }[] = []
    Object.assign(window, { shared })
    Object.defineProperty(navigator, 'canShare', { value: () => true })
    Object.defineProperty(navigator, 'share', {
      value: ({ files }: { files: File[] }) => {
        shared.push(...files.map(({ name, type, size }) => ({ name, type, size })))
        return Promise.resolve()
      },
    })
  })
  await page.setViewportSize({ width: 320, height: 568 })
  const editor = await withDisc(page)
  await editor.closeToasts()
  await page.getByRole('button', { name: 'More ways to save' }).click()
  const dialog = dialogOf(page)
  await dialog.getByRole('radio', { name: 'Story 9:16' }).check({ force: true })
  await previewed(page)
  await expectAccessible(page)
  await keepScreenshot(page, 'out-3-phone')
  await dialog.getByRole('button', { name: 'Share' }).click()
  await expect
    .poll(() => page.evaluate(() => (window as unknown as { shared: unknown[] }).shared), { timeout: 120_000 })
    .toMatchObject([{ name: 'photo-story.jpg', type: 'image/jpeg' }])
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320)
  for (const name of ['Save JPEG', 'Copy', 'Share']) await expect(dialog.getByRole('button', { name })).toBeInViewport()
})
