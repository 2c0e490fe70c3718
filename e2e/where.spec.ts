import { expect, test, type Page } from '@playwright/test'
import { EditorPage, withPhoto } from './editor-page'
import { changed, compare, pixels } from './pixels'
import { expectAccessible, keepScreenshot } from './screens'
import { readRecipe } from '../src/ui/project/saved-recipe'
import { readPngText } from '../src/workers/png-text'
import sharp from 'sharp'

const size = { width: 360, height: 240 }

/** A photo without losses, so that every decoder agrees on its samples. */
async function opened(page: Page): Promise<{ editor: EditorPage; png: Buffer }> {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const png = await sharp('public/samples/dog.jpg')
    .resize({ ...size, fit: 'cover' })
    .png()
    .toBuffer()
  await editor.drop('dog.png', 'image/png', png)
  await expect(editor.photo).toBeVisible()
  return { editor, png }
}

const box = (page: Page, name: RegExp | string) =>
  page.getByRole('group', { name: 'Boxes' }).getByRole('button', { name, exact: true })

/** Where something is on the photo, as shares of its sides. */
async function onPhoto(page: Page, locator: ReturnType<typeof box>) {
  const [ground, own] = await Promise.all([page.locator('.photo-ground').boundingBox(), locator.boundingBox()])
  if (ground === null || own === null) throw new Error('There is nothing on the screen.')
  return {
    left: (own.x - ground.x) / ground.width,
    top: (own.y - ground.y) / ground.height,
    width: own.width / ground.width,
    height: own.height / ground.height,
    middle: { x: own.x + own.width / 2, y: own.y + own.height / 2 },
    ground,
  }
}

async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 })
  await page.mouse.move(to.x, to.y, { steps: 4 })
  await page.mouse.up()
}

/** Draws what the boxes show, and gives the file. */
async function add(editor: EditorPage): Promise<Buffer> {
  await editor.page.getByRole('button', { name: /^Add here/ }).click()
  await expect(editor.result).toBeVisible({ timeout: 400_000 })
  await editor.settled()
  return editor.downloadFile('Download PNG')
}

async function layersOf(png: Buffer) {
  return (await readRecipe(readPngText(new Uint8Array(png), 'photodoodle') ?? ''))?.project.layers ?? []
}

test('boxes show where things will go; one is dragged, drawn as it goes, and Add draws there', async ({ page }) => {
  const { editor, png } = await opened(page)
  await editor.instruction.fill('add a crown and a heart')
  const where = page.getByRole('button', { name: 'Where?' })
  await where.click()
  await expect(where).toHaveAttribute('aria-pressed', 'true')
  const heart = box(page, /heart, box \d of 2/)
  await expect(heart).toBeVisible({ timeout: 400_000 })
  await expect(box(page, /crown, box \d of 2/)).toBeVisible()
  // Drawn in its box before it is a doodle.
  const top = page.locator('.sheet canvas').last()
  await expect(top).toBeVisible({ timeout: 120_000 })
  await expectAccessible(page)
  await keepScreenshot(page, 'where-1-boxes')

  const before = await onPhoto(page, heart)
  const { ground } = before
  const to = { x: ground.x + ground.width * 0.85, y: ground.y + ground.height * 0.75 }
  await drag(page, before.middle, to)
  await expect(heart).toBeFocused()
  const dragged = await onPhoto(page, heart)
  expect(Math.abs(dragged.middle.x - to.x)).toBeLessThan(4)
  expect(Math.abs(dragged.middle.y - to.y)).toBeLessThan(4)
  // A corner of Konva's makes it larger.
  await expect(page.locator('.handles canvas')).toBeVisible()
  const corner = {
    x: dragged.middle.x - (dragged.width * ground.width) / 2,
    y: dragged.middle.y - (dragged.height * ground.height) / 2,
  }
  await drag(page, corner, { x: corner.x - 40, y: corner.y - 30 })
  const moved = await onPhoto(page, heart)
  expect(moved.width).toBeGreaterThan(dragged.width)
  await keepScreenshot(page, 'where-2-dragged')

  // Other words: what was moved stays.
  await editor.instruction.fill('add a star and a heart')
  await expect(box(page, /star, box \d of 2/)).toBeVisible({ timeout: 400_000 })
  const stayed = await onPhoto(page, box(page, /heart, box \d of 2/))
  for (const side of ['left', 'top', 'width', 'height'] as const) expect(stayed[side]).toBeCloseTo(moved[side], 2)

  const original = await pixels(png)
  const file = await add(editor)
  await expect(page.locator('.ghost')).toHaveCount(0)
  const heartLayer = (await layersOf(file)).find(({ recipe }) => recipe.instruction.includes('heart'))
  const drawnIn = heartLayer?.doodle.elements[0]?.box
  for (const side of ['left', 'top', 'width', 'height'] as const) expect(drawnIn?.[side]).toBeCloseTo(moved[side], 2)
  const result = await pixels(file)
  // Far inside the box where the heart is seen, and nowhere that no doodle is.
  const inBox = (x: number, y: number): boolean =>
    x / size.width > moved.left &&
    x / size.width < moved.left + moved.width &&
    y / size.height > moved.top &&
    y / size.height < moved.top + moved.height
  expect(changed(original, result, inBox)).toBeGreaterThan(100)
  const { changedOutside, outside } = compare(original, result, await editor.downloadPng('Doodle only'))
  expect(outside).toBeGreaterThan(1000)
  expect(changedOutside).toBe(0)
  await keepScreenshot(page, 'where-3-drawn')
  expect(editor.complaints).toEqual([])
})

test('a box drawn by hand is where it goes, by the mouse and by the keyboard alone', async ({ page }) => {
  const { editor } = await withPhoto(page)
  await editor.instruction.fill('add a red heart')
  await page.getByRole('button', { name: 'Draw a box', exact: true }).click()
  const ground = (await page.locator('.photo-ground').boundingBox())!
  const at = (u: number, v: number) => ({ x: ground.x + u * ground.width, y: ground.y + v * ground.height })
  await drag(page, at(0.1, 0.15), at(0.4, 0.45))
  const heart = box(page, /heart, box 1 of 1/)
  await expect(heart).toBeFocused()
  await expect(page.getByRole('button', { name: 'Where?' })).toHaveAttribute('aria-busy', 'false', { timeout: 400_000 })
  const [layer] = await layersOf(await add(editor))
  const drawnIn = layer?.doodle.elements[0]?.box
  expect(drawnIn?.left).toBeCloseTo(0.1, 2)
  expect(drawnIn?.top).toBeCloseTo(0.15, 2)
  expect(drawnIn?.width).toBeCloseTo(0.3, 2)
  expect(drawnIn?.height).toBeCloseTo(0.3, 2)

  // The keyboard alone: a box in the middle, moved, scaled, one more of it, one removed.
  await page.getByRole('group', { name: 'Canvas' }).focus()
  for (const key of ['w', 'Space']) await page.keyboard.press(key)
  await expect(heart).toBeFocused()
  const first = await onPhoto(page, heart)
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown', 'Shift+ArrowRight']) await page.keyboard.press(key)
  const second = await onPhoto(page, heart)
  expect(second.width / first.width).toBeCloseTo(1.08, 1)
  expect(second.top - first.top).toBeCloseTo(0.02, 2)
  await page.keyboard.press('d')
  await expect(box(page, /heart, box 2 of 2/)).toBeFocused()
  await page.keyboard.press('Shift+Tab')
  await expect(box(page, /heart, box 1 of 2/)).toBeFocused()
  await expectAccessible(page)
  await keepScreenshot(page, 'where-4-one-more')
  await page.keyboard.press('Delete')
  await expect(heart).toBeFocused()
  await page.keyboard.press('Control+Enter')
  await expect(page.locator('.layer')).toHaveCount(2, { timeout: 400_000 })

  // Escape drops them all; a painted region is the box itself.
  await page.getByRole('button', { name: 'Where?' }).click()
  await expect(page.locator('.ghost').first()).toBeVisible({ timeout: 400_000 })
  await page.getByRole('group', { name: 'Canvas' }).focus()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Escape')
  await expect(page.locator('.ghost')).toHaveCount(0)
  await expect(page.getByRole('group', { name: 'Canvas' })).toBeFocused()
  await page.keyboard.press('b')
  await editor.paintAt(0.5, 0.5)
  await expect(page.getByRole('button', { name: 'Where?' })).toHaveAttribute('aria-disabled', 'true')
  expect(editor.complaints).toEqual([])
})
