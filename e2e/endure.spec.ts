import { expect, test, type Page } from '@playwright/test'
import { EditorPage } from './editor-page'
import { firstSeed, rounds, tell } from './endurance'
import { fitMeters, randomFrom, readMeters } from './engine-door'
import { sidewaysJpeg } from './photos'

const wasm = '/?provider=wasm'

/** The engine's worker of the page, as soon as there is one. */
async function engineOf(page: Page) {
  await expect
    .poll(() => page.workers().filter((worker) => worker.url().includes('engine.worker')).length, { timeout: 60_000 })
    .toBeGreaterThan(0)
  return page
    .workers()
    .filter((worker) => worker.url().includes('engine.worker'))
    .at(-1)!
}

/** The last worker throws where nobody catches it: between steps, as a lost device does. */
async function breakEngine(page: Page): Promise<void> {
  await (
    await engineOf(page)
  ).evaluate(() => {
    setTimeout(() => {
      throw new Error('injected')
    })
  })
}

/** So many that there is time to break something between the first and the last. */
const LOSS_STEPS = 30

test('losses: an edit whose engine is lost in the middle gives the undisturbed result, bit for bit', async ({
  page,
}, info) => {
  test.setTimeout(0)
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible()
  await editor.instruction.fill('add a golden crown on the cat')
  await editor.setSeedAndSteps(11, LOSS_STEPS)
  await editor.doodle()
  const undisturbed = await editor.downloadPng('Download PNG')
  for (let round = 0; round < rounds(1); round++) {
    info.annotations.push({ type: 'seed', description: String(firstSeed + round) })
    const random = randomFrom(firstSeed + round)
    await page.getByRole('button', { name: 'Undo' }).click()
    await editor.doodleButton.click()
    await expect(editor.cancelButton).toBeVisible()
    // On the processor an edit has one more try, so it is disturbed once.
    const step = 1 + Math.floor((LOSS_STEPS / 3) * random())
    // Looked for at every frame: a step of a small model is over in the blink of an eye.
    await page.waitForFunction(
      (least) => Number(/step (\d+) of/i.exec(document.body.textContent)?.[1] ?? 0) >= least,
      step,
      { timeout: 400_000, polling: 'raf' },
    )
    await breakEngine(page)
    await expect(editor.doodleButton).toBeVisible({ timeout: 400_000 })
    await expect(editor.result).toBeVisible()
    await editor.settled()
    const disturbed = await editor.downloadPng('Download PNG')
    expect(Buffer.compare(Buffer.from(disturbed.data), Buffer.from(undisturbed.data))).toBe(0)
    await expect(page.getByRole('alert')).toHaveCount(0)
    tell({ loss: 'engine', round: round + 1, seed: firstSeed + round, step })
  }
})

test('soak: edits, style switches, moves and undo in one page leave its heap where it was', async ({
  page,
  context,
}) => {
  test.setTimeout(0)
  await fitMeters(context)
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible()
  await editor.setSeedAndSteps(1, 1)
  const devtools = await context.newCDPSession(page)
  const heap = async (): Promise<number> => {
    await editor.saved()
    await devtools.send('HeapProfiler.collectGarbage')
    return (await devtools.send('Runtime.getHeapUsage')).usedSize
  }
  const styles = ['Monster', 'Magic', 'Painting', 'Outline', 'Flat', 'Cloud']
  const edits = rounds(3)
  // The first ones fill what is kept on purpose: compiled code, the history's pixels until it is full.
  const settledAfter = Math.min(10, edits - 1)
  let [settled, settledWasm] = [0, 0]
  for (let edit = 1; edit <= edits; edit++) {
    await editor.chooseStyle(styles[edit % styles.length]!)
    await editor.doodle()
    await page.getByRole('group', { name: 'Canvas' }).focus()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: /, object 1 of / })).toBeFocused()
    await page.keyboard.press('ArrowRight')
    await editor.settled()
    await page.getByRole('button', { name: 'Done' }).click()
    const undo = page.getByRole('button', { name: 'Undo' })
    // The move, then the doodle.
    await undo.click()
    await expect(page.locator('.layer')).not.toHaveCount(0)
    await undo.click()
    await expect(page.locator('.layer')).toHaveCount(0)
    if (edit === settledAfter) [settled, settledWasm] = [await heap(), (await readMeters(page)).wasmBytes]
    if (edit % 10 === 0) tell({ soak: 'app', edit, heap: await heap(), wasmBytes: (await readMeters(page)).wasmBytes })
  }
  const end = await heap()
  const { wasmBytes } = await readMeters(page)
  tell({ soak: 'app', edits, settled, end, settledWasm, wasmBytes })
  expect(end).toBeLessThan(settled * 1.05)
  expect(settledWasm).toBeGreaterThan(1e7)
  expect(wasmBytes).toBeLessThan(settledWasm * 1.05)
})
