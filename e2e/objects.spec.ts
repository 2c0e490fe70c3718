import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { placeShown } from '../src/engine/image/look'
import type { SavedRecipe } from '../src/ui/project/saved-recipe'
import { composeOnCommandLine } from './command-line'
import { composed, drawnHeart, losslessPhoto, recipeOf, size } from './drawn-heart'
import { EditorPage } from './editor-page'
import { changed, compare, pixels, psnr } from './pixels'
import { expectAccessible, keepScreenshot } from './screens'

/** Where the object stands on the screen: its middle, and its frame's height. */
async function onScreen(page: Page, { project }: SavedRecipe) {
  const ground = await page.locator('.photo-ground').boundingBox()
  const layer = project.layers[0]
  if (ground === null || layer === undefined) throw new Error('There is nothing on the screen.')
  const { left, top, width, height } = placeShown(layer.doodle.elements, layer.look, size)
  return {
    x: ground.x + (left + width / 2) * ground.width,
    y: ground.y + (top + height / 2) * ground.height,
    top: ground.y + top * ground.height,
    right: ground.x + (left + width) * ground.width,
    ground,
  }
}

async function drag(page: Page, from: [number, number], to: [number, number]): Promise<void> {
  await page.mouse.move(...from)
  await page.mouse.down()
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2, { steps: 4 })
  await page.mouse.move(...to, { steps: 4 })
  await page.mouse.up()
}

test('an object is dragged, scaled, turned and sent behind the subject; the file follows the formula', async ({
  page,
}) => {
  const { editor, original } = await drawnHeart(page)
  const drawn = await recipeOf(await editor.downloadFile('Download PNG'))
  const name = drawn.project.layers[0]?.recipe.instruction ?? ''

  // A press takes it in hand; a drag moves it, and the file shows it there.
  const first = await onScreen(page, drawn)
  await page.mouse.click(first.x, first.y)
  const button = page.getByRole('button', { name: `${name}, object 1 of ${drawn.project.layers.length}` })
  await expect(button).toBeFocused()
  await expect(page.locator('.handles canvas')).toBeVisible()
  await expectAccessible(page)
  await keepScreenshot(page, 'object-1-in-hand')
  await drag(page, [first.x, first.y], [first.x + 130, first.y - 40])
  await editor.settled()
  const moved = await recipeOf(await editor.downloadFile('Download PNG'))
  const pose = moved.project.layers[0]?.look?.pose
  expect(Math.abs((pose?.x ?? 0) * first.ground.width - 130)).toBeLessThan(8)
  expect(Math.abs((pose?.y ?? 0) * first.ground.height + 40)).toBeLessThan(8)

  // Its corner scales it, its knob turns it.
  const second = await onScreen(page, moved)
  await drag(page, [second.right, second.top], [second.right + 40, second.top - 40])
  await editor.settled()
  const scaled = await recipeOf(await editor.downloadFile('Download PNG'))
  expect(scaled.project.layers[0]?.look?.pose?.scale).toBeGreaterThan(1.1)
  const third = await onScreen(page, scaled)
  await drag(page, [third.x, third.top - 30], [third.x + 80, third.top - 10])
  await editor.settled()
  const behind = page.getByRole('button', { name: 'Behind the subject' })
  // What was drawn behind comes to the front first.
  const drawnBehind = (await behind.getAttribute('aria-pressed')) === 'true'
  if (drawnBehind) await button.press('b')
  await button.press('b')
  await expect(behind).toHaveAttribute('aria-pressed', 'true')
  await editor.settled()
  await keepScreenshot(page, 'object-2-behind-the-subject')

  const file = await editor.downloadFile('Download PNG')
  const result = await pixels(file)
  const recipe = await recipeOf(file)
  expect(recipe.project.layers[0]?.look).toMatchObject({ depth: 'behind' })
  expect(Math.abs(recipe.project.layers[0]?.look?.pose?.turn ?? 0)).toBeGreaterThan(10)
  const layer = await editor.downloadPng('Doodle only')
  const { outside, changedOutside, changedInside } = compare(original, result, layer)
  expect(outside).toBeGreaterThan(1000)
  expect(changedOutside).toBe(0)
  expect(changedInside).toBeGreaterThan(100)
  expect(Buffer.from(composed(recipe, original)).equals(Buffer.from(result.data))).toBe(true)
  expect(psnr(await composeOnCommandLine(await losslessPhoto(), file), result)).toBeGreaterThan(40)

  // All of it is kept, and every step of it is undone.
  await editor.saved()
  await page.reload()
  await expect(editor.result).toBeVisible()
  await editor.settled()
  const again = await pixels(await editor.downloadFile('Download PNG'))
  expect(changed(result, again, () => true)).toBe(0)
  const steps = drawnBehind ? 5 : 4
  for (let i = 0; i < steps; i++) await page.getByRole('button', { name: 'Undo' }).click()
  await editor.settled()
  const undone = await recipeOf(await editor.downloadFile('Download PNG'))
  expect(undone.project.layers[0]?.look).toBeUndefined()
  expect(editor.complaints).toEqual([])
})

test('an object by keyboard alone, and its look', async ({ page }) => {
  const { editor } = await drawnHeart(page)
  await page.getByRole('group', { name: 'Canvas' }).focus()
  await page.keyboard.press('Tab')
  await expect(page.getByRole('button', { name: /, object 1 of / })).toBeFocused()
  for (const key of ['ArrowRight', 'Shift+ArrowDown', '+', '.', 'f', 'd']) await page.keyboard.press(key)
  const { project } = await recipeOf(await editor.downloadFile('Download PNG'))
  const pose = { x: 0.004, y: 0.04, scale: 1.05, turn: -5, mirrored: true }
  for (const [key, value] of Object.entries(pose)) {
    const now = project.layers[0]?.look?.pose?.[key as keyof typeof pose]
    if (typeof value === 'number') expect(now).toBeCloseTo(value)
    else expect(now).toBe(value)
  }
  expect(project.layers[1]?.look?.pose?.x).toBeCloseTo(0.054)

  // The look, by sliders.
  await page.getByText('Look', { exact: true }).click()
  await page.getByRole('slider', { name: 'Hue' }).fill('120')
  await page.getByRole('slider', { name: 'Sticker border' }).fill('0.02')
  await page.getByRole('slider', { name: 'Shadow' }).fill('0.8')
  await page.getByRole('combobox', { name: 'Blend' }).selectOption('Multiply')
  await editor.settled()
  await expectAccessible(page)
  await keepScreenshot(page, 'object-3-look')
  const looked = await recipeOf(await editor.downloadFile('Download PNG'))
  expect(looked.project.layers[1]?.look).toMatchObject({ hue: 120, border: 0.02, shadow: 0.8, blend: 'multiply' })
  await page.keyboard.press('Control+z')
  await page.keyboard.press('Control+z')
  // Let go of, and taken in hand again, by the tool.
  const tool = page.getByRole('button', { name: 'Object', exact: true })
  await expect(tool).toHaveAttribute('aria-pressed', 'true')
  await tool.click()
  await expect(tool).toHaveAttribute('aria-pressed', 'false')
  await tool.click()
  await page.getByRole('button', { name: 'Done' }).click()
  await expect(page.getByRole('group', { name: 'Canvas' })).toBeFocused()
  await expect(page.locator('.handles canvas')).toHaveCount(0)
})

test('the subject is corrected by brush: what is painted is never drawn over from behind', async ({ page }) => {
  const { editor, original } = await drawnHeart(page)
  await page.getByRole('button', { name: 'Object', exact: true }).click()
  const behind = page.getByRole('button', { name: 'Behind the subject' })
  // What the model drew behind may reach to the front a little; what is sent there does not.
  if ((await behind.getAttribute('aria-pressed')) === 'true') await behind.click()
  await behind.click()
  await expect(page.getByRole('button', { name: 'Subject', exact: true })).toHaveAttribute('aria-disabled', 'false')

  await page.getByRole('button', { name: 'Subject', exact: true }).click()
  await page.getByRole('button', { name: 'Paint it' }).click()
  await page.getByRole('slider', { name: 'Brush size' }).fill(String(Math.log(0.3)))
  await editor.paintAllOver()
  await expectAccessible(page)
  await keepScreenshot(page, 'subject-1-brush')
  await editor.settled()
  const hidden = await editor.downloadFile('Download PNG')
  expect(changed(original, await pixels(hidden), (x, y) => x > 10 && y > 10 && x < 290 && y < 290)).toBe(0)
  expect((await recipeOf(hidden)).project.subject?.strokes).toHaveLength(1)

  // Without a subject nothing is hidden; undo brings the painted one back.
  await page.getByRole('button', { name: 'No subject' }).click()
  await editor.settled()
  const bare = await pixels(await editor.downloadFile('Download PNG'))
  expect(changed(original, bare, () => true)).toBeGreaterThan(300)
  await page.getByRole('button', { name: 'Undo' }).click()
  await editor.settled()
  const again = await pixels(await editor.downloadFile('Download PNG'))
  expect(changed(again, await pixels(hidden), () => true)).toBe(0)
  expect(editor.complaints).toEqual([])
})

/** Two discs of different colours on grey: either may be meant. */
async function twoThings(): Promise<Buffer> {
  const svg = `<svg width="300" height="300"><rect width="300" height="300" fill="#d8d4cc"/>
    <circle cx="80" cy="150" r="55" fill="#b3261e"/><circle cx="225" cy="160" r="45" fill="#1b5e20"/></svg>`
  return sharp(Buffer.from(svg)).removeAlpha().png().toBuffer()
}

test('a click on the right thing makes it the subject: undone, kept, in the file, drawn alike elsewhere', async ({
  page,
}) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const png = await twoThings()
  await editor.drop('two.png', 'image/png', png)
  await expect(editor.photo).toBeVisible()
  await editor.instruction.fill('add a big red heart in the middle')
  await editor.setSeedAndSteps(7, 1)
  await editor.doodle()
  await page.getByRole('button', { name: 'Object', exact: true }).click()
  const behind = page.getByRole('button', { name: 'Behind the subject' })
  await expect(behind).toHaveAttribute('aria-disabled', 'false')
  if ((await behind.getAttribute('aria-pressed')) === 'true') await behind.click()
  await behind.click()
  await page.getByRole('button', { name: 'Subject', exact: true }).click()
  await expect(page.getByRole('button', { name: 'Click it' })).toHaveAttribute('aria-pressed', 'true')
  await expectAccessible(page)

  const subjectOf = async () => (await recipeOf(await editor.downloadFile('Download PNG'))).project.subject
  /** Mean of the matte around a place of the photo, 0..255. */
  const share = (subject: Awaited<ReturnType<typeof subjectOf>>, x: number, y: number): number => {
    const { width = 1, height = 1, data = new Uint8Array(1) } = subject?.chosen?.matte ?? {}
    return data[Math.floor((y / 300) * height) * width + Math.floor((x / 300) * width)] ?? 0
  }
  await editor.paintAt(225 / 300, 160 / 300)
  await expect(page.getByText('This is the subject now.')).toBeAttached({ timeout: 200_000 })
  await editor.settled()
  await keepScreenshot(page, 'subject-2-click')
  const right = await subjectOf()
  expect([share(right, 225, 160) > 200, share(right, 80, 150) < 20]).toEqual([true, true])
  expect(right?.chosen?.at[0]).toBeCloseTo(0.75, 1)

  // The keyboard points, too: from the middle of the photo to the left.
  await page.getByRole('group', { name: 'Canvas' }).focus()
  await page.mouse.move(2, 2)
  for (const key of ['Shift+ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft'])
    await page.keyboard.press(key)
  await page.keyboard.press('Space')
  await expect.poll(async () => share(await subjectOf(), 80, 150), { timeout: 200_000 }).toBeGreaterThan(200)
  const left = await editor.downloadFile('Download PNG')
  expect(share((await recipeOf(left)).project.subject, 225, 160)).toBeLessThan(20)
  expect(psnr(await composeOnCommandLine(png, left), await pixels(left))).toBeGreaterThan(40)

  await editor.saved()
  await page.reload()
  await expect(editor.result).toBeVisible()
  await editor.settled()
  expect(changed(await pixels(left), await pixels(await editor.downloadFile('Download PNG')), () => true)).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await editor.settled()
  expect(share(await subjectOf(), 225, 160)).toBeGreaterThan(200)
  await page.getByRole('button', { name: 'Undo' }).click()
  expect(await subjectOf()).toBeUndefined()
  expect(editor.complaints).toEqual([])
})
