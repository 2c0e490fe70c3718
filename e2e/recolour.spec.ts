import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { bringChineseFont, fontsLoaded } from './chinese-font'
import { composed, drawnHeart, recipeOf, size } from './drawn-heart'
import { changed, pixels, type Pixels } from './pixels'
import { expectAccessible, keepScreenshot } from './screens'

/** The photo as the canvas shows it now, at the photo's own size. */
async function onCanvas(page: Page): Promise<Pixels> {
  const clip = await page.locator('.photo-ground').boundingBox()
  if (clip === null) throw new Error('There is no photo on the screen.')
  const shot = await page.screenshot({ clip })
  return pixels(
    await sharp(shot)
      .resize({ ...size, fit: 'fill' })
      .png()
      .toBuffer(),
  )
}

/** Mean colour of a picture where the test of another one's pixels holds. */
function meanColour(picture: Pixels, where: Pixels, holds: (r: number, g: number, b: number, a: number) => boolean) {
  const sum = [0, 0, 0]
  let count = 0
  for (let at = 0; at < picture.data.length; at += 4) {
    const [r = 0, g = 0, b = 0, a = 0] = where.data.subarray(at, at + 4)
    if (!holds(r, g, b, a)) continue
    count++
    for (let c = 0; c < 3; c++) sum[c] = (sum[c] ?? 0) + (picture.data[at + c] ?? 0)
  }
  expect(count).toBeGreaterThan(300)
  const [r = 0, g = 0, b = 0] = sum.map((value) => value / count)
  return { r, g, b }
}

const red = (r: number, g: number, b: number, a: number): boolean => a > 200 && r - Math.max(g, b) > 60
const solid = (_r: number, _g: number, _b: number, a: number): boolean => a > 200

test('recolour: a changed colour word shows at once, is drawn behind it, and is one step of undo', async ({ page }) => {
  const { editor } = await drawnHeart(page)
  const file = await editor.downloadFile('Download PNG')
  const before = await recipeOf(file)
  const layer = await editor.downloadPng('Doodle only')
  const [heart] = before.project.layers
  const style = heart?.recipe.styles[0]?.id ?? ''
  await editor.saved()

  // By the word: until the style's weights come nothing is drawn, but the heart on the canvas is blue.
  const release = await editor.holdStyle(style)
  await page.reload()
  await expect(editor.result).toBeVisible()
  await editor.settled()
  const drawnRed = meanColour(await onCanvas(page), layer, red)
  expect(drawnRed.r - drawnRed.b).toBeGreaterThan(60)
  await page.getByRole('button', { name: `“${heart?.recipe.instruction}”`, exact: true }).click()
  await page.getByRole('button', { name: 'Change a word' }).click()
  await page.getByRole('button', { name: 'Change “red”' }).click()
  await page.keyboard.type('blue')
  await page.keyboard.press('Enter')
  await expect(editor.cancelButton).toBeVisible()
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveAttribute('aria-disabled', 'false')
  await editor.settled()
  const atOnce = meanColour(await onCanvas(page), layer, red)
  expect(atOnce.b - atOnce.r).toBeGreaterThan(60)
  await expectAccessible(page)
  await keepScreenshot(page, 'recolour-1-at-once')
  const shown = await editor.downloadFile('Download PNG')
  const shownRecipe = await recipeOf(shown)
  expect(shownRecipe.project.layers[0]?.look?.recolour).toHaveLength(1)
  expect(shownRecipe.project.layers[0]?.doodle.seed).toBe(heart?.doodle.seed)
  const redPicture = await pixels(file)
  expect(changed(redPicture, await pixels(shown), (x, y) => layer.data[4 * (y * size.width + x) + 3] === 0)).toBe(0)
  // Nothing has been drawn so far.
  await expect(editor.cancelButton).toBeVisible()
  release()

  await expect(editor.doodleButton).toBeVisible({ timeout: 400_000 })
  await editor.settled()
  const redrawn = await editor.downloadFile('Download PNG')
  const blueLayer = await editor.downloadPng('Doodle only')
  const drawn = meanColour(blueLayer, blueLayer, solid)
  expect(drawn.b - drawn.r).toBeGreaterThan(40)
  await keepScreenshot(page, 'recolour-2-redrawn')
  const after = (await recipeOf(redrawn)).project.layers[0]
  expect(after?.recipe.instruction).toBe(heart?.recipe.instruction.replace('red', 'blue'))
  expect(after?.look).toBeUndefined()
  expect(after?.doodle.seed).toBe(heart?.doodle.seed)
  expect(after?.doodle.elements[0]?.box).toEqual(heart?.doodle.elements[0]?.box)

  // One step back to the red one, one step forth to the blue one.
  await page.getByRole('button', { name: 'Undo' }).click()
  await editor.settled()
  expect(changed(redPicture, await pixels(await editor.downloadFile('Download PNG')), () => true)).toBe(0)
  await page.getByRole('button', { name: 'Redo', exact: true }).click()
  await editor.settled()
  const again = await pixels(await editor.downloadFile('Download PNG'))
  expect(changed(again, await pixels(redrawn), () => true)).toBe(0)
  expect(editor.complaints).toEqual([])
})

test('recolour: by keyboard in the words; cancelled, the look stays, is in the file, and is undone', async ({
  page,
}) => {
  await bringChineseFont(page)
  const { editor, original } = await drawnHeart(page)
  const file = await editor.downloadFile('Download PNG')
  const layer = await editor.downloadPng('Doodle only')
  const instruction = (await recipeOf(file)).project.layers[0]?.recipe.instruction ?? ''
  await editor.saved()
  const release = await editor.holdStyle((await recipeOf(file)).project.layers[0]?.recipe.styles[0]?.id ?? '')
  await page.reload()
  await expect(editor.result).toBeVisible()
  await editor.settled()

  await page.getByRole('group', { name: 'Canvas' }).focus()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: /, object 1 of / })).toBeFocused()
  await page.keyboard.press('e')
  await expect(editor.instruction).toBeFocused()
  await expect(editor.instruction).toHaveValue(instruction)
  await page.keyboard.press('Control+a')
  // A colour in Chinese is a colour, too.
  await page.keyboard.insertText(instruction.replace('red', '白色'))
  await page.keyboard.press('Control+Enter')
  await expect(editor.cancelButton).toBeVisible()
  await editor.settled()
  const white = meanColour(await onCanvas(page), layer, red)
  expect(Math.min(white.r, white.g, white.b)).toBeGreaterThan(170)
  await fontsLoaded(page)
  await keepScreenshot(page, 'recolour-3-white')
  await editor.cancelButton.click()
  release()
  await expect(page.locator('#doodle')).toBeVisible({ timeout: 400_000 })
  await editor.settled()

  const kept = await editor.downloadFile('Download PNG')
  const recipe = await recipeOf(kept)
  expect(recipe.project.layers[0]?.recipe.instruction).toBe(instruction)
  expect(recipe.project.layers[0]?.look?.recolour).toHaveLength(1)
  expect(Buffer.from(composed(recipe, original)).equals(Buffer.from((await pixels(kept)).data))).toBe(true)
  await page.getByRole('button', { name: 'Undo' }).click()
  await editor.settled()
  const undone = await pixels(await editor.downloadFile('Download PNG'))
  expect(changed(undone, await pixels(file), () => true)).toBe(0)
  expect(editor.complaints).toEqual([])
})
