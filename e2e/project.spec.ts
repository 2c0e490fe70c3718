import { expect, test } from '@playwright/test'
import { withPhoto } from './editor-page'
import { compare, pixels } from './pixels'
import { keepScreenshot } from './screens'

test('three doodles: hidden, faded, erased, reordered, undone, redone, and there after a reload', async ({ page }) => {
  const { editor, jpeg } = await withPhoto(page)
  const original = await pixels(jpeg)
  const words = [
    'add a red monster hugging the cat',
    'add a golden crown on the cat',
    'add a yellow sun in the top right corner',
  ]
  for (const [index, style] of ['Monster', 'Magic', 'Flat'].entries()) {
    await editor.chooseStyle(style)
    await editor.instruction.fill(words[index] ?? '')
    await editor.setSeedAndSteps(20 + index, 2)
    await editor.doodle()
  }
  const layers = page.getByRole('region', { name: 'Doodles' })
  const order = () => layers.getByRole('listitem').getByRole('button', { name: /^“/ }).allInnerTexts()
  const top = [...words].reverse()
  expect(await order()).toEqual(top)
  const whole = await editor.downloadPng('Download PNG')
  await keepScreenshot(page, 'layers-1-three')

  await layers.getByRole('button', { name: `Hide “${words[2]}”` }).click()
  const hidden = await editor.downloadPng('Download PNG')
  expect(compare(hidden, whole, whole).changedInside).toBeGreaterThan(0)
  await layers.getByRole('button', { name: `Show “${words[2]}”` }).click()

  await layers.getByRole('slider', { name: 'Opacity' }).fill('40')
  expect(compare(await editor.downloadPng('Download PNG'), whole, whole).changedInside).toBeGreaterThan(0)

  // All of the topmost doodle is painted away with one wide stroke: what is left is the picture without it.
  await page.getByRole('button', { name: 'Erase' }).click()
  await page.getByRole('slider', { name: 'Brush size' }).press('End')
  await editor.paintAllOver()
  expect(compare(await editor.downloadPng('Download PNG'), hidden, hidden).changedInside).toBe(0)

  await page.getByRole('button', { name: 'Move', exact: true }).click()
  await layers.getByRole('button', { name: 'Move down' }).click()
  expect(await order()).toEqual([words[1], words[2], words[0]])
  await keepScreenshot(page, 'layers-2-erased-reordered')
  await layers.getByRole('button', { name: `“${words[2]}”`, exact: true }).press('Alt+ArrowUp')
  expect(await order()).toEqual(top)
  await expect(layers.getByRole('button', { name: `“${words[2]}”`, exact: true })).toBeFocused()
  await page.keyboard.press('Delete')
  expect(await order()).toEqual(top.slice(1))
  const last = await editor.downloadPng('Download PNG')

  const undo = page.getByRole('button', { name: 'Undo' })
  const redo = page.getByRole('button', { name: 'Redo', exact: true })
  while ((await undo.getAttribute('aria-disabled')) === 'false') await undo.click()
  await expect(editor.photo).toBeVisible()
  expect(compare(await editor.downloadPng('Download PNG'), original, original).changedInside).toBe(0)
  while ((await redo.getAttribute('aria-disabled')) === 'false') await redo.click()
  expect(compare(await editor.downloadPng('Download PNG'), last, last).changedInside).toBe(0)

  // Autosave: the same picture, and its whole history, after a reload.
  await editor.saved()
  await page.reload()
  await expect(editor.result).toBeVisible({ timeout: 60_000 })
  expect(compare(await editor.downloadPng('Download PNG'), last, last).changedInside).toBe(0)
  await undo.click()
  expect(await order()).toEqual(top)
  expect(editor.complaints).toEqual([])
})
