import { expect, test } from '@playwright/test'
import { editOnCommandLine } from './command-line'
import { EditorPage } from './editor-page'
import { sidewaysJpeg, transparentPng, uprightSize } from './photos'
import { compare, pixels, psnr, type Pixels } from './pixels'

const STEPS = 4

test('a dropped photo becomes two doodles; a third is cancelled; the PNG is the photo outside', async ({ page }) => {
  const editor = new EditorPage(page)
  // From the start: styles are read ahead.
  const release = await editor.holdStyle('magic')
  await editor.open('/?provider=wasm')
  const jpeg = await sidewaysJpeg()
  await editor.drop('holiday.jpg', 'image/jpeg', jpeg)
  await expect(editor.photo).toBeVisible()
  await expect(page.getByText(`${uprightSize.width} × ${uprightSize.height}`, { exact: true })).toBeVisible()

  await editor.instruction.fill('add a red monster hugging the cat')
  await editor.setSeedAndSteps(7, STEPS)
  await editor.chooseStyle('Monster')
  await editor.doodle()
  const first = await editor.downloadPng('Download PNG')
  const firstLayer = await editor.downloadPng('Doodle only')

  // The original by a decoder that is not the browser's: both are libjpeg, so they agree to the last bit.
  const original = await pixels(jpeg)
  expect([first.width, first.height]).toEqual([uprightSize.width, uprightSize.height])
  expect([original.width, original.height]).toEqual([uprightSize.width, uprightSize.height])
  const background = compare(first, original, firstLayer)
  expect(background.outside).toBeGreaterThan(0)
  expect(background.changedOutside).toBe(0)
  expect(background.changedInside).toBeGreaterThan(0)

  // The command line draws the same: another decoder, another provider, the same engine and noise.
  const fromCommandLine = await editOnCommandLine(jpeg, 'add a red monster hugging the cat', [
    '--style',
    'monster',
    '--seed',
    '7',
    '--steps',
    String(STEPS),
  ])
  expect(psnr(first, fromCommandLine)).toBeGreaterThanOrEqual(40)

  // Same seed, other style: another picture, from the same loaded model.
  await editor.instruction.fill('draw a thick blue and pink outline around the cat')
  await editor.chooseStyle('Outline')
  await editor.doodle()
  const second = await editor.downloadPng('Download PNG')
  expect(Buffer.compare(Buffer.from(first.data), Buffer.from(second.data))).not.toBe(0)

  // Cancelling leaves the result before it in place.
  await page.getByRole('slider', { name: 'Steps' }).fill('30')
  await editor.chooseStyle('Magic')
  await editor.doodleButton.click()
  await expect(page.getByRole('progressbar')).toBeVisible()
  const cancelled = Date.now()
  await editor.cancelButton.click()
  release()
  await expect(editor.doodleButton).toBeVisible()
  expect(Date.now() - cancelled).toBeLessThan(30_000)
  await expect(editor.result).toBeVisible()
  const kept = await editor.downloadPng('Download PNG')
  expect(Buffer.compare(Buffer.from(kept.data), Buffer.from(second.data))).toBe(0)

  expect(editor.complaints).toEqual([])
})

test('a transparent photo keeps its background; same seed, same doodle; the keyboard alone will do', async ({
  page,
}) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const png = await transparentPng()
  await editor.drop('cut-out.png', 'image/png', png)
  await expect(editor.photo).toBeVisible()
  await editor.setSeedAndSteps(11, 2)
  await editor.chooseStyle('Magic')
  await editor.instruction.fill('add a golden crown on the subject')
  const results: Pixels[] = []
  for (let time = 0; time < 2; time++) {
    await page.keyboard.press('Control+Enter')
    await expect(editor.cancelButton).toBeVisible()
    await expect(editor.doodleButton).toBeVisible({ timeout: 400_000 })
    results.push(await editor.downloadPng('Download PNG'))
    // A second doodle would be drawn on the first.
    if (time === 0) await page.getByRole('button', { name: 'Undo' }).click()
  }
  const [first, second] = results
  if (first === undefined || second === undefined) throw new Error('two doodles were made')
  expect(Buffer.compare(Buffer.from(first.data), Buffer.from(second.data))).toBe(0)
  const background = compare(first, await pixels(png), await editor.downloadPng('Doodle only'))
  expect(background.outside).toBeGreaterThan(0)
  expect(background.changedOutside).toBe(0)

  await editor.comparison.focus()
  const before = Number(await editor.comparison.inputValue())
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  expect(Number(await editor.comparison.inputValue())).toBe(before + 2)
})
