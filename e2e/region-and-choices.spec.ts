import { expect, test, type Locator } from '@playwright/test'
import { EditorPage, withPhoto } from './editor-page'
import { uprightSize } from './photos'
import { changed, pixels } from './pixels'
import { expectAccessible, keepScreenshot } from './screens'

const wasm = '/?provider=wasm'

/** Whether a tile has more of a colour channel, beside the others, than another tile has. */
async function mostlyOf(tile: Locator, other: Locator, channel: 1 | 2): Promise<boolean> {
  const share = (of: Locator): Promise<number> =>
    of.locator('canvas').evaluate((canvas: HTMLCanvasElement, at) => {
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
      const sums = [0, 1, 2].map((plane) => data.reduce((sum, value, i) => (i % 4 === plane ? sum + value : sum), 0))
      return sums[at]! / (sums[0]! + sums[1]! + sums[2]!)
    }, channel)
  return (await share(tile)) > (await share(other)) + 0.005
}

test('a painted region: not one pixel outside changes; a recipe in the PNG comes back identical', async ({
  page,
  browser,
}) => {
  const { editor, jpeg } = await withPhoto(page)
  await page.getByRole('button', { name: 'Only here' }).click()
  await page.getByRole('slider', { name: 'Brush size' }).press('End')
  // The upper half, more or less: down to 0.4 of the height and half a brush, whose diameter is 0.3 of the longest
  // side.
  await editor.paintAllOver(0.4)
  await expect(page.getByText('The next doodle stays inside the painted region')).toBeVisible()
  await keepScreenshot(page, 'region-1-painted')
  await editor.chooseStyle('Magic')
  await editor.instruction.fill('add a golden crown and stars on the cat')
  await editor.setSeedAndSteps(3, 4)
  await editor.doodle()
  const drawn = await editor.downloadFile('Download PNG')
  await keepScreenshot(page, 'region-2-result')
  const result = await pixels(drawn)
  const original = await pixels(jpeg)
  const edge = 0.4 * uprightSize.height + 0.15 * Math.max(uprightSize.width, uprightSize.height)
  expect(changed(result, original, (_, y) => y > edge + 2)).toBe(0)
  expect(changed(result, original, (_, y) => y < edge)).toBeGreaterThan(0)

  // In a browser that has never seen the photo, the picture asks for it, refuses another and goes on with the right
  // one.
  const context = await browser.newContext({ reducedMotion: 'reduce' })
  const elsewhere = new EditorPage(await context.newPage())
  await elsewhere.open(wasm)
  await elsewhere.drop('result.png', 'image/png', drawn)
  const dialog = elsewhere.page.getByRole('dialog', { name: 'This picture holds a recipe' })
  await expect(dialog).toContainText('holiday.jpg')
  await expectAccessible(elsewhere.page)
  await keepScreenshot(elsewhere.page, 'recipe-1-asks-for-the-photo')
  const original2 = dialog.locator('input[type=file]')
  await original2.setInputFiles({ name: 'other.png', mimeType: 'image/png', buffer: drawn })
  await expect(elsewhere.page.locator('[data-error]')).toContainText('another photo')
  await original2.setInputFiles({ name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: jpeg })
  await expect(elsewhere.result).toBeVisible()
  await expect(elsewhere.page.locator('[data-error]')).toHaveCount(0)
  // Pixels, not bytes: the two files may carry the recipe in other words.
  const again = await pixels(await elsewhere.downloadFile('Download PNG'))
  expect(again.data.findIndex((value, at) => value !== result.data[at])).toBe(-1)
  // By now the tiles are painted too.
  await keepScreenshot(elsewhere.page, 'recipe-2-restored')
  await context.close()
})

test('a dab of the brush: the doodle is drawn there alone, and comes back in its place', async ({ page, browser }) => {
  const { editor, jpeg } = await withPhoto(page)
  await page.getByRole('button', { name: 'Only here' }).click()
  const brush = page.getByRole('slider', { name: 'Brush size' })
  await brush.press('End')
  for (let i = 0; i < 12; i++) await brush.press('ArrowLeft')
  const share = Math.exp(Number(await brush.inputValue()))
  await editor.paintAt(0.3, 0.25)
  await editor.chooseStyle('Monster')
  await editor.instruction.fill('add a big red furry monster')
  await editor.setSeedAndSteps(7, 4)
  await editor.doodle()
  const file = await editor.downloadFile('Download PNG')
  const result = await pixels(file)
  const original = await pixels(jpeg)
  const radius = (share / 2) * Math.max(uprightSize.width, uprightSize.height)
  const distance = (x: number, y: number): number =>
    Math.hypot(x + 0.5 - 0.3 * result.width, y + 0.5 - 0.25 * result.height)
  expect(changed(result, original, (x, y) => distance(x, y) > radius + 2)).toBe(0)
  expect(changed(result, original, (x, y) => distance(x, y) <= radius + 2)).toBeGreaterThan(0)

  const context = await browser.newContext({ reducedMotion: 'reduce' })
  const elsewhere = new EditorPage(await context.newPage())
  await elsewhere.open(wasm)
  await elsewhere.drop('result.png', 'image/png', file)
  await elsewhere.page
    .getByRole('dialog', { name: 'This picture holds a recipe' })
    .locator('input[type=file]')
    .setInputFiles({ name: 'holiday.jpg', mimeType: 'image/jpeg', buffer: jpeg })
  await expect(elsewhere.result).toBeVisible()
  const again = await elsewhere.downloadPng('Download PNG')
  expect(again.data.findIndex((value, at) => value !== result.data[at])).toBe(-1)
  await context.close()
  expect(editor.complaints).toEqual([])
})

test('four to choose from: looked at, one taken, the others kept; the photo is compared by holding a key', async ({
  page,
}) => {
  const { editor } = await withPhoto(page)
  await editor.chooseStyle('Magic')
  await editor.instruction.fill('add a heart')
  await editor.setSeedAndSteps(9, 2)
  await page.getByRole('button', { name: /Four variations/ }).click()
  await editor.doodleButton.click()
  const tray = page.getByRole('region', { name: 'Variations', exact: true })
  await expect(tray.getByRole('button', { name: /^Look at variation/ })).toHaveCount(4, { timeout: 200_000 })
  // The first is as typed; the others have a colour each, said and seen.
  const tiles = tray.getByRole('button', { name: /^Look at variation/ })
  for (const [at, colour] of ['', ', pink', ', blue', ', green'].entries())
    await expect(tiles.nth(at)).toHaveAccessibleName(`Look at variation ${at + 1}${colour}`)
  await expect(tiles.nth(2)).toHaveAttribute('title', 'Seed 11, blue')
  for (const [at, channel] of [
    [2, 2],
    [3, 1],
  ] as const)
    await expect.poll(() => mostlyOf(tiles.nth(at), tiles.nth(0), channel)).toBe(true)
  await tiles.nth(2).click()
  await keepScreenshot(page, 'four-to-choose-from')
  await tray.getByRole('button', { name: 'Use this one' }).click()
  await expect(tray).toHaveCount(0)
  await expect(editor.doodleButton).toBeFocused()
  const layers = page.getByRole('region', { name: 'Doodles' })
  await expect(layers).toContainText('Seed 11')
  // Each keeps its own words.
  await expect(layers.getByRole('button', { name: '“add a blue heart”', exact: true })).toBeVisible()
  await expect(layers.getByRole('button', { name: /^Take variation/ })).toHaveCount(3)
  await layers.getByRole('button', { name: 'Take variation 1', exact: true }).click()
  await expect(layers).toContainText('Seed 9')
  await expect(layers.getByRole('button', { name: '“add a heart”', exact: true })).toBeVisible()
  await expect(layers.getByRole('button', { name: 'Take variation 1, blue' })).toBeVisible()

  const canvas = page.getByRole('group', { name: 'Canvas' })
  await canvas.focus()
  await expect(editor.comparison).toBeVisible()
  await page.keyboard.down('\\')
  await expect(editor.comparison).toHaveCount(0)
  await page.keyboard.up('\\')
  await expect(editor.comparison).toBeVisible()
})

test('variations in a region: seen on the photo, arrows go among them, Enter takes one, a reload keeps', async ({
  page,
}) => {
  const { editor } = await withPhoto(page)
  await page.getByRole('button', { name: 'Only here' }).click()
  await page.getByRole('slider', { name: 'Brush size' }).press('End')
  await editor.paintAllOver(0.4)
  await editor.chooseStyle('Magic')
  await editor.instruction.fill('add a red heart')
  await editor.setSeedAndSteps(5, 1)
  await page.getByRole('button', { name: /Four variations/ }).click()
  await editor.doodleButton.click()
  const tray = page.getByRole('region', { name: 'Variations', exact: true })
  await expect(tray.getByText(/^[1-4] of [1-4]/)).toBeVisible()
  const tiles = tray.getByRole('button', { name: /^Look at variation/ })
  await expect(editor.doodleButton).toBeVisible({ timeout: 400_000 })
  const count = await tiles.count()
  expect(count).toBeGreaterThan(1)
  // The brush is still in hand, its bar lies above the tools and the tray above both.
  const bottom = async (of: typeof tray): Promise<number> => {
    const box = await of.boundingBox()
    return (box?.y ?? 0) + (box?.height ?? 0)
  }
  const brushBar = page.getByRole('slider', { name: 'Brush size' })
  expect(await bottom(tray)).toBeLessThan((await brushBar.boundingBox())?.y ?? 0)

  // Each tile shows the photo under its drawing: opaque, and another one than its neighbour.
  const picture = (index: number) =>
    tiles
      .nth(index)
      .locator('canvas')
      .evaluate((canvas: HTMLCanvasElement) => {
        const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
        return {
          size: [canvas.width, canvas.height],
          opaque: data.every((v, i) => i % 4 !== 3 || v === 255),
          data: [...data],
        }
      })
  await expect.poll(async () => (await picture(0)).opaque).toBe(true)
  await expect.poll(async () => (await picture(1)).opaque).toBe(true)
  const [first, second] = [await picture(0), await picture(1)]
  expect(first.size).toEqual(second.size)
  expect(first.data).not.toEqual(second.data)
  await keepScreenshot(page, 'variations-in-a-region')
  await expectAccessible(page)

  await editor.saved()
  await page.reload()
  await expect(tiles).toHaveCount(count, { timeout: 120_000 })
  await tiles.first().focus()
  await page.keyboard.press('End')
  await expect(tiles.nth(count - 1)).toBeFocused()
  await page.keyboard.press('Home')
  await page.keyboard.press('ArrowRight')
  await expect(tiles.nth(1)).toBeFocused()
  await expect(tiles.nth(1)).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('Enter')
  await expect(tray).toHaveCount(0)
  await expect(editor.doodleButton).toBeFocused()
  await expect(editor.result).toBeVisible()
  expect(editor.complaints).toEqual([])
})
