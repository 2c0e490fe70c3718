import { expect, test } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { nodeFiles } from '../cli/shared/node-files'
import { openManifest } from '../src/engine/formats/manifest'
import { writeSafetensors } from '../src/engine/formats/safetensors'
import { toFloat32, type StoredTensor } from '../src/engine/formats/weight-store'
import { COMPACT_ABOVE } from '../src/engine/lora/compact-lora'
import { EditorPage } from './editor-page'
import { sidewaysJpeg } from './photos'
import { psnr } from './pixels'

/** A shipped style as the file its trainer would have written; with a greater `rank`, the further ones are zeros. */
async function styleFile(
  id: string,
  metadata: Record<string, string>,
  rank?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const store = await openManifest(nodeFiles('public/models/nano'), `styles/${id}`)
  const tensors = await Promise.all(
    store.names().map(async (name): Promise<[string, StoredTensor]> => {
      const stored = await store.read(name)
      const values = toFloat32(stored)
      const [rows, columns] = stored.shape as [number, number]
      const shape =
        rank === undefined ? [rows, columns] : name.endsWith('lora_A.weight') ? [rank, columns] : [rows, rank]
      const padded = new Float32Array(shape[0]! * shape[1]!)
      for (let row = 0; row < rows; row++)
        padded.set(values.subarray(row * columns, (row + 1) * columns), row * shape[1]!)
      return [name, { dtype: 'F32', shape, bytes: new Uint8Array(padded.buffer) }]
    }),
  )
  const { styles } = JSON.parse(await readFile('public/models/nano/model.json', 'utf8')) as {
    styles: readonly { readonly id: string; readonly alpha_gain: number }[]
  }
  const gain = styles.find((style) => style.id === id)!.alpha_gain
  return writeSafetensors(tensors, { alpha_gain: String(gain), ...metadata })
}

test('a dropped LoRA file is a style under its own name: it draws, stays after a reload, and can be deleted', async ({
  page,
}) => {
  test.slow() // five doodles
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  await editor.drop('pytorch_lora_weights.safetensors', '', await styleFile('edge', { name: 'Wobbly ink' }))
  const card = page.getByRole('radio', { name: /^Wobbly ink/ })
  await expect(card).toBeChecked({ timeout: 400_000 })

  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible()
  await editor.instruction.fill('draw a blue outline around the cat')
  await editor.setSeedAndSteps(7, 1)
  await editor.doodle()
  const own = await editor.downloadPng('Download PNG')

  // A further doodle would be drawn on this one.
  const undo = page.getByRole('button', { name: 'Undo' })
  await undo.click()
  // The shipped style it was made of, after it, is the same to the last bit: words, weights and noise.
  await editor.chooseStyle('Outline')
  await editor.doodle()
  const shipped = await editor.downloadPng('Download PNG')
  expect(Buffer.compare(Buffer.from(own.data), Buffer.from(shipped.data))).toBe(0)

  // Mixed with another it is not.
  await undo.click()
  await page.getByLabel('Mix with').selectOption({ label: 'Magic' })
  await page.getByRole('slider', { name: 'Strength of Magic' }).fill('0.8')
  await editor.doodle()
  const mixed = await editor.downloadPng('Download PNG')
  expect(Buffer.compare(Buffer.from(mixed.data), Buffer.from(shipped.data))).not.toBe(0)

  await page.reload()
  await expect(card).toBeVisible({ timeout: 60_000 })
  // The same photo again is the same project; on a clean sheet it is as it was at first.
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await page.getByRole('button', { name: 'Start over' }).click()
  await expect(editor.photo).toBeVisible()
  await editor.chooseStyle('Wobbly ink')
  await editor.instruction.fill('draw a blue outline around the cat')
  await editor.setSeedAndSteps(7, 1)
  await editor.doodle()
  // A worker that never saw another style draws what the one before drew first.
  expect(Buffer.compare(Buffer.from((await editor.downloadPng('Download PNG')).data), Buffer.from(own.data))).toBe(0)

  await page.getByRole('button', { name: 'Delete the style Wobbly ink' }).click()
  await expect(card).toHaveCount(0)
  await page.reload()
  await expect(page.getByRole('radio', { name: /^Monster/ })).toBeVisible()
  await expect(card).toHaveCount(0)
  expect(editor.complaints).toEqual([])
})

test('a large LoRA file is kept in 8-bit blocks and draws what its file says', async ({ page }) => {
  test.slow()
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const file = await styleFile('edge', { name: 'Large ink' }, 128)
  expect(file.length).toBeGreaterThan(COMPACT_ABOVE)
  await editor.drop('large.safetensors', '', file)
  await expect(page.getByRole('radio', { name: /^Large ink/ })).toBeChecked({ timeout: 400_000 })
  const kept = await page.evaluate(async () => {
    const { usage = 0 } = await navigator.storage.estimate()
    return usage
  })
  expect(kept).toBeLessThan(file.length)

  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await editor.instruction.fill('draw a blue outline around the cat')
  await editor.setSeedAndSteps(7, 1)
  await editor.doodle()
  const large = await editor.downloadPng('Download PNG')
  await page.getByRole('button', { name: 'Undo' }).click()
  await editor.chooseStyle('Outline')
  await editor.doodle()
  // The added ranks are zeros. Blocks that were 8-bit before are rounded a second time, and a longer rank is summed up
  // in another order.
  expect(psnr(large, await editor.downloadPng('Download PNG'))).toBeGreaterThan(40)
  expect(editor.complaints).toEqual([])
})

test('each card shows what the model draws in that style', async ({ page }) => {
  const { styles } = JSON.parse(await readFile('public/models/nano/model.json', 'utf8')) as { styles: { id: string }[] }
  await new EditorPage(page).open('/?provider=wasm')
  for (const { id } of styles) {
    const picture = page.locator(`img[src$="styles/${id}.webp"]`)
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(240)
  }
})
