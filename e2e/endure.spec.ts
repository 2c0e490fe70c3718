import { expect, test, type CDPSession, type Page } from '@playwright/test'
import { EditorPage } from './editor-page'
import { firstSeed, PATIENCE, rounds, tell } from './endurance'
import { crashEngineAt, engineOf, fitMeters, randomFrom, readMeters } from './engine-door'
import { sidewaysJpeg } from './photos'
import { serveTinyModel } from './tiny-model'

test.beforeEach(async ({ context }) => {
  test.setTimeout(0)
  await serveTinyModel(context)
  await fitMeters(context)
})

async function start(page: Page): Promise<EditorPage> {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible({ timeout: PATIENCE })
  await editor.instruction.fill('add a golden crown on the cat')
  return editor
}

/** On a photo without doodles. The tiny model may be done before a "Cancel" could be seen. */
async function draw(editor: EditorPage): Promise<void> {
  await editor.doodleButton.click()
  await expect(editor.page.locator('.layer')).not.toHaveCount(0, { timeout: PATIENCE })
  await expect(editor.doodleButton).toBeVisible({ timeout: PATIENCE })
  await expect(editor.result).toBeVisible()
  await editor.settled()
}

test('losses: an edit whose engine is lost in the middle gives the undisturbed result, bit for bit', async ({
  page,
}, info) => {
  const editor = await start(page)
  await editor.setSeedAndSteps(11, 20)
  const undo = page.getByRole('button', { name: 'Undo' })
  await draw(editor)
  const undisturbed = await editor.downloadPng('Download PNG')
  // Again, with everything loaded: so many words is an edit.
  await undo.click()
  await expect(page.locator('.layer')).toHaveCount(0)
  const before = await readMeters(page)
  await draw(editor)
  const words = (await readMeters(page)).words - before.words
  expect(words).toBeGreaterThan(10)
  for (let round = 0; round < rounds(1); round++) {
    const seed = firstSeed + round
    info.annotations.push({ type: 'seed', description: String(seed) })
    await undo.click()
    await expect(page.locator('.layer')).toHaveCount(0)
    const engine = engineOf(page)
    // On the processor an edit has one more try, so it is disturbed once.
    const word = 1 + Math.floor((words - 2) * randomFrom(seed)())
    await crashEngineAt(page, (await readMeters(page)).words + word)
    await draw(editor)
    expect(engineOf(page)).not.toBe(engine)
    const disturbed = await editor.downloadPng('Download PNG')
    expect(Buffer.compare(Buffer.from(disturbed.data), Buffer.from(undisturbed.data))).toBe(0)
    await expect(page.getByRole('alert')).toHaveCount(0)
    tell({ loss: 'engine', round: round + 1, seed, word, of: words })
  }
})

interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly [readonly string[]] }
  }
  readonly nodes: readonly number[]
}

/**
 * Bytes of all that scripts hold, after collecting what they do not. Without machine code, which V8 makes of what runs
 * often and drops when it likes, and without the browser's own records of what was painted when.
 */
async function heapOf(devtools: CDPSession): Promise<number> {
  const chunks: string[] = []
  const take = ({ chunk }: { chunk: string }): void => void chunks.push(chunk)
  devtools.on('HeapProfiler.addHeapSnapshotChunk', take)
  await devtools.send('HeapProfiler.collectGarbage')
  await devtools.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false })
  devtools.off('HeapProfiler.addHeapSnapshotChunk', take)
  const { snapshot, nodes } = JSON.parse(chunks.join('')) as HeapSnapshot
  const { node_fields: fields, node_types } = snapshot.meta
  const [kind, size] = [fields.indexOf('type'), fields.indexOf('self_size')]
  let bytes = 0
  for (let at = 0; at < nodes.length; at += fields.length)
    if (!['code', 'native', 'synthetic'].includes(node_types[0][nodes[at + kind]!]!)) bytes += nodes[at + size]!
  return bytes
}

test('soak: edits, style switches, moves and undo in one page leave its memory as it was', async ({ page }) => {
  const editor = await start(page)
  await editor.setSeedAndSteps(1, 1)
  const devtools = await page.context().newCDPSession(page)
  const held = async (): Promise<{ readonly heap: number; readonly wasmBytes: number }> => {
    await editor.saved()
    return { wasmBytes: (await readMeters(page)).wasmBytes, heap: await heapOf(devtools) }
  }
  const styles = ['Monster', 'Magic', 'Painting', 'Outline', 'Flat', 'Cloud']
  const edits = rounds(3)
  // The first ones fill what is kept on purpose: compiled code, the styles, the history's pixels until it is full.
  const settledAfter = Math.min(10, edits - 1)
  let settled = { heap: 0, wasmBytes: 0 }
  for (let edit = 1; edit <= edits; edit++) {
    await editor.chooseStyle(styles[edit % styles.length]!)
    await draw(editor)
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
    if (edit === settledAfter) settled = await held()
    // Not the heap: a snapshot leaves some of its own in it.
    if (edit % 20 === 0) tell({ soak: 'app', edit, wasmBytes: (await readMeters(page)).wasmBytes })
  }
  const end = await held()
  tell({ soak: 'app', edits, settled, end })
  expect(settled.heap).toBeGreaterThan(1e6)
  expect(settled.wasmBytes).toBeGreaterThan(1e7)
  for (const kind of ['heap', 'wasmBytes'] as const) expect(end[kind], kind).toBeLessThan(1.05 * settled[kind])
})
