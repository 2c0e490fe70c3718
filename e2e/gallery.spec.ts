import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { EditorPage } from './editor-page'
import { sidewaysJpeg } from './photos'
import { compare, pixels } from './pixels'
import { expectAccessible } from './screens'

const wasm = '/?provider=wasm'

const plainPhoto = (colour: string): Promise<Buffer> =>
  sharp({ create: { width: 120, height: 90, channels: 3, background: colour } })
    .jpeg()
    .toBuffer()

async function openWith(page: Page, name: string, bytes: Uint8Array): Promise<EditorPage> {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await editor.drop(name, 'image/jpeg', bytes)
  await expect(page.getByRole('img', { name: `Your photo, ${name}` })).toBeVisible({ timeout: 60_000 })
  return editor
}

/** A change that is quick to make and easy to see: the region painted in one dot. */
async function paintDot(editor: EditorPage): Promise<void> {
  await editor.page.getByRole('button', { name: 'Only here' }).click()
  await editor.paintAt(0.5, 0.5)
  await expect(editor.page.getByText('The next doodle stays inside the painted region')).toBeVisible()
}

const gallery = (page: Page) => page.getByRole('dialog', { name: 'Your pictures' })

test('every photo keeps its project: a gallery to return to, variations and all; deleted ones come back', async ({
  page,
}) => {
  const jpeg = await sidewaysJpeg()
  const editor = await openWith(page, 'holiday.jpg', jpeg)
  await editor.setSeedAndSteps(3, 1)
  await page.getByRole('button', { name: /Four variations/ }).click()
  await editor.doodleButton.click()
  await expect(page.getByRole('button', { name: /^Look at variation/ })).toHaveCount(4, { timeout: 600_000 })
  await editor.saved()
  await page.reload()
  // Finished and not chosen from yet: still to be chosen from.
  await expect(page.getByRole('button', { name: /^Look at variation/ })).toHaveCount(4, { timeout: 120_000 })
  await page.getByRole('button', { name: 'Use this one' }).click()
  await expect(editor.result).toBeVisible()
  const drawn = await editor.downloadPng('Download PNG')

  await editor.drop('garden.jpg', 'image/jpeg', await plainPhoto('#4a7'))
  await expect(page.getByRole('img', { name: 'Your photo, garden.jpg' })).toBeVisible()
  await page.getByRole('button', { name: 'Your pictures' }).click()
  await expect(gallery(page).getByRole('listitem')).toHaveCount(2)
  await expect(gallery(page)).toContainText('1 doodle')
  await expect(gallery(page)).toContainText('This app keeps')
  await expect
    .poll(() => gallery(page).getByRole('button', { name: 'Open holiday.jpg' }).locator('img').count())
    .toBe(1)

  await gallery(page).getByRole('button', { name: 'Delete holiday.jpg' }).click()
  await expect(gallery(page).getByRole('listitem')).toHaveCount(1)
  await gallery(page).getByRole('button', { name: 'Bring it back' }).click()
  await gallery(page).getByRole('button', { name: 'Open holiday.jpg' }).click()
  await expect(editor.result).toBeVisible()
  const again = await editor.downloadPng('Download PNG')
  expect(compare(again, drawn, drawn).changedInside).toBe(0)

  // The same photo dropped again is the same project; a clean sheet is one press away, and one more back.
  await editor.drop('a copy.jpg', 'image/jpeg', jpeg)
  await expect(page.getByText('holiday.jpg is open again')).toBeVisible()
  await page.getByRole('button', { name: 'Start over' }).click()
  await expect(editor.photo).toBeVisible()
  await page.getByRole('button', { name: 'Undo' }).click()
  await expect(editor.result).toBeVisible()
  expect(editor.complaints).toEqual([])
})

test('the installed app’s shortcut opens the gallery, which is accessible in light and dark, empty and full', async ({
  page,
}) => {
  const shortcut = `${wasm}&open=projects`
  for (const kept of [0, 1]) {
    if (kept === 1) {
      const editor = await openWith(page, 'garden.jpg', await plainPhoto('#4a7'))
      await paintDot(editor)
      await editor.saved()
    }
    await page.goto(shortcut)
    await expect(gallery(page)).toBeVisible()
    await expect(gallery(page).getByRole('listitem')).toHaveCount(kept)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expectAccessible(page)
    }
    // A reload does not open it again.
    expect(new URL(page.url()).search).toBe('?provider=wasm')
    await gallery(page).getByRole('button', { name: 'Close' }).click()
    await expect(page.getByRole('button', { name: 'Your pictures' })).toBeFocused()
  }
  // So is the way back from a deletion.
  await page.getByRole('button', { name: 'Your pictures' }).click()
  await gallery(page).getByRole('button', { name: 'Delete garden.jpg' }).click()
  await expect(gallery(page).getByRole('button', { name: 'Bring it back' })).toBeFocused()
  await expectAccessible(page)
})

test('two tabs: one project is edited in one of them and handed over when asked; two projects are independent', async ({
  page,
  context,
}) => {
  const first = await openWith(page, 'garden.jpg', await plainPhoto('#4a7'))
  await paintDot(first)
  const other = await context.newPage()
  const second = new EditorPage(other)
  await second.open(wasm)
  // The new tab does not take what this one has.
  await expect(other.getByRole('heading', { name: 'Draw on a photo with words' })).toBeVisible()
  await second.drop('garden.jpg', 'image/jpeg', await plainPhoto('#4a7'))
  await expect(other.getByText('open in another tab. Here it can only be looked at')).toBeVisible()
  await expect(other.locator('.panel')).toHaveAttribute('inert', '')

  // Not saved yet when it is asked for: nothing of it is lost.
  await page.getByRole('button', { name: 'Undo' }).click()
  await other.getByRole('button', { name: 'Edit it here' }).click()
  await expect(page.getByText('open in another tab. Here it can only be looked at')).toBeVisible()
  await expect(other.getByRole('button', { name: 'Redo', exact: true })).toHaveAttribute('aria-disabled', 'false')
  await other.getByRole('button', { name: 'Redo', exact: true }).click()
  await expect(other.getByText('The next doodle stays inside the painted region')).toBeVisible()

  // Another photo in the first tab is a project of its own.
  await first.drop('sea.jpg', 'image/jpeg', await plainPhoto('#36c'))
  await expect(page.getByRole('img', { name: 'Your photo, sea.jpg' })).toBeVisible()
  await paintDot(first)
  await first.saved()
  await page.reload()
  await expect(page.getByRole('img', { name: 'Your photo, sea.jpg' })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('The next doodle stays inside the painted region')).toBeVisible()
  await second.saved()
  await other.reload()
  await expect(other.getByRole('img', { name: 'Your photo, garden.jpg' })).toBeVisible({ timeout: 60_000 })
  await expect(other.getByText('The next doodle stays inside the painted region')).toBeVisible()
})

test('a full storage, one that refuses Blobs: said, nothing saved is lost, work can be downloaded', async ({
  page,
}) => {
  await page.addInitScript(() => {
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own store below
    const { put } = IDBObjectStore.prototype
    const wanted = () => sessionStorage.getItem('refuse')
    IDBObjectStore.prototype.put = function (value: { file?: unknown; history?: unknown }, key) {
      if (wanted() === 'blobs' && value.file instanceof Blob) throw new DOMException('no Blobs here', 'DataCloneError')
      if (wanted() === 'all' && value.history !== undefined) throw new DOMException('full', 'QuotaExceededError')
      return key === undefined ? put.call(this, value) : put.call(this, value, key)
    }
    sessionStorage.setItem('refuse', sessionStorage.getItem('refuse') ?? 'blobs')
  })
  const photo = await plainPhoto('#a64')
  const editor = await openWith(page, 'brick.jpg', photo)
  await paintDot(editor)
  await editor.saved()
  await page.reload()
  await expect(page.getByText('The next doodle stays inside the painted region')).toBeVisible({ timeout: 60_000 })

  await page.evaluate(() => sessionStorage.setItem('refuse', 'all'))
  await page.getByRole('button', { name: 'Only here' }).click()
  await page.getByRole('button', { name: 'Everywhere' }).click()
  await expect(page.getByText('The browser’s storage is full')).toBeVisible()
  const kept = await editor.downloadPng('Download PNG')
  const original = await pixels(photo)
  expect(compare(kept, original, original).changedInside).toBe(0)
  // What was saved before is whole.
  await page.reload()
  await expect(page.getByText('The next doodle stays inside the painted region')).toBeVisible({ timeout: 60_000 })
})

test('a project of the version before is in the gallery', async ({ page }) => {
  const photo = await plainPhoto('#7a4')
  await page.goto('/favicon.svg')
  await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))
    const hash = Array.from(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('')
    const opened = indexedDB.open('photodoodle-project', 1)
    opened.onupgradeneeded = () => opened.result.createObjectStore('project')
    await new Promise((resolve) => {
      opened.onsuccess = resolve
    })
    const store = opened.result.transaction('project', 'readwrite').objectStore('project')
    const recipe = { styles: [], instruction: 'add a red square', steps: 8, region: [], zoomPass: true }
    const pixels = {
      width: 2,
      height: 2,
      data: new Uint8ClampedArray([255, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255]),
    }
    const layer = {
      id: 'one',
      recipe,
      doodle: { id: 'd', seed: 1, prompt: '', seconds: 1, pixels },
      others: [],
      visible: true,
      opacity: 1,
      erased: [],
    }
    store.put(
      {
        photoId: hash,
        name: 'meadow.jpg',
        subject: null,
        suggestion: null,
        history: { past: [], future: [], present: { layers: [layer], region: [] } },
        typed: 'add a red square',
        styleId: 'magic',
      },
      'project',
    )
    store.put(new File([bytes], 'meadow.jpg', { type: 'image/jpeg' }), `original/${hash}`)
    await new Promise((resolve) => {
      store.transaction.oncomplete = resolve
    })
    opened.result.close()
  }, photo.toString('base64'))
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await expect(editor.result).toBeVisible({ timeout: 60_000 })
  await expect(page.getByRole('button', { name: '“add a red square”', exact: true })).toBeVisible()
  await page.getByRole('button', { name: 'Your pictures' }).click()
  await expect(gallery(page)).toContainText('meadow.jpg')
  expect(await page.evaluate(async () => (await indexedDB.databases()).map(({ name }) => name))).not.toContain(
    'photodoodle-project',
  )
})
