import { expect, test, type Page } from '@playwright/test'
import { bringChineseFont, fontsLoaded } from './chinese-font'
import { EditorPage } from './editor-page'
import { sidewaysJpeg, uprightSize } from './photos'
import { expectAccessible, keepScreenshot } from './screens'

const wasm = '/?provider=wasm'

test('the first minute: from an empty page over a sample photo to a picture on disk', async ({ page }) => {
  const editor = new EditorPage(page)
  // From the start: styles are read ahead.
  const release = await editor.holdStyle('magic')
  await editor.open(wasm)
  await expect(page.getByRole('button', { name: 'Ginger cat' })).toBeVisible()
  await expectAccessible(page)
  await keepScreenshot(page, 'first-minute-1-empty')
  await page.getByRole('button', { name: 'Ginger cat' }).click()
  await expect(editor.photo).toBeVisible()
  await editor.settled()
  await editor.chooseStyle('Magic')
  await editor.setSeedAndSteps(7, 30)
  await expectAccessible(page)
  await keepScreenshot(page, 'first-minute-2-photo')
  await editor.doodleButton.click()
  await expect(page.getByRole('progressbar')).toBeVisible()
  await expectAccessible(page)
  await keepScreenshot(page, 'first-minute-3-drawing')
  const drawing = page
    .getByText(/^Drawing, step [1-9]\d* of 30/)
    .first()
    .waitFor({ timeout: 120_000 })
  release()
  await drawing
  await expect(editor.result).toBeVisible({ timeout: 400_000 })
  await editor.settled()
  await expectAccessible(page)
  await keepScreenshot(page, 'first-minute-4-result')
  const { width, height } = await editor.downloadPng('Download PNG')
  expect([width, height]).toEqual([512, 512])

  await page.getByRole('button', { name: 'More ways to save' }).click()
  await expectAccessible(page)
  await keepScreenshot(page, 'first-minute-5-save')
  await page.getByRole('radio', { name: /^JPEG/ }).check({ force: true })
  const [jpeg] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Save JPEG' }).click(),
  ])
  expect(jpeg.suggestedFilename()).toBe('cat-doodle.jpg')
  await page.keyboard.press('Escape')

  // A bad file is named, and nothing is lost.
  await editor.drop('notes.jpg', 'image/jpeg', Buffer.from('dear diary'))
  await expect(page.getByRole('alert')).toBeVisible()
  await expectAccessible(page)
  await expect(editor.result).toBeVisible()
  await editor.closeToasts()

  // Dark, with a brush in hand.
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.getByRole('button', { name: 'Erase' }).click()
  await editor.paintAt(0.5, 0.3)
  await editor.settled()
  await expectAccessible(page)
  await keepScreenshot(page, 'first-minute-6-erasing-dark')

  // Another photo puts the project away; one press brings it back.
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible()
  await page.getByRole('button', { name: 'Bring it back' }).click()
  await expect(editor.result).toBeVisible()
  expect(editor.complaints).toEqual([])
})

test('by keyboard alone: a sample, a style, words, a painted region, a doodle, undo', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await expect(page.getByRole('button', { name: 'Ginger cat' })).toBeVisible()
  await tabTo(page, 'Ginger cat')
  await page.keyboard.press('Enter')
  await expect(editor.photo).toBeVisible()
  // The sample's button is gone; the focus went on to the canvas.
  await expect(page.getByRole('group', { name: 'Canvas' })).toBeFocused()
  await page.keyboard.press('b')
  for (let i = 0; i < 4; i++) await page.keyboard.press('ArrowUp')
  await page.keyboard.press('Space')
  for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Space')
  await expect(page.getByText('The next doodle stays inside the painted region')).toBeVisible()
  await keepScreenshot(page, 'keyboard-region')
  await tabTo(page, /^Magic/)
  await page.keyboard.press('ArrowLeft')
  await expect(page.getByRole('radio', { name: /^Monster/ })).toBeChecked()
  await page.keyboard.press('ArrowRight')
  await expect(page.getByRole('radio', { name: /^Magic/ })).toBeChecked()
  await tabTo(page, 'What shall be drawn?')
  await page.keyboard.press('Control+a')
  await page.keyboard.type('add a golden crown on the cat')
  await tabTo(page, /^Add\s*(Ctrl\s*Enter)?$/)
  await page.keyboard.press('Enter')
  await expect(editor.cancelButton).toBeFocused()
  await expect(editor.result).toBeVisible({ timeout: 400_000 })
  await expect(editor.doodleButton).toBeFocused()
  await page.keyboard.press('Control+z')
  await expect(editor.photo).toBeVisible()
  await expect(editor.doodleButton).toBeFocused()
})

test('a pasted picture and one from the camera are photos like any other', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  const jpeg = await sidewaysJpeg()
  // The very same file again would open the project that it has, under its name.
  const another = Buffer.concat([jpeg, Buffer.from([0])])
  const [camera] = await page.locator('input[type=file][capture]').all()
  await camera?.setInputFiles({ name: 'IMG_0001.jpg', mimeType: 'image/jpeg', buffer: jpeg })
  await expect(page.getByRole('img', { name: 'Your photo, IMG_0001.jpg' })).toBeVisible()
  await page.evaluate((base64) => {
    const data = new DataTransfer()
    data.items.add(
      new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], 'pasted.jpg', { type: 'image/jpeg' }),
    )
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data }))
  }, another.toString('base64'))
  await expect(page.getByRole('img', { name: 'Your photo, pasted.jpg' })).toBeVisible()
  await keepScreenshot(page, 'pasted')
  await expect(page.getByText(`${uprightSize.width} × ${uprightSize.height}`, { exact: true })).toBeVisible()
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

  test('by touch: a sample, a doodle, pinched closer, a finger erases', async ({ page }) => {
    const editor = new EditorPage(page)
    await editor.open(wasm)
    await expectAccessible(page)
    await keepScreenshot(page, 'phone-1-empty')
    await page.getByRole('button', { name: 'Dog by the sea' }).tap()
    await expect(editor.photo).toBeVisible()
    await editor.openPanel()
    await editor.chooseStyle('Magic')
    await page.getByRole('button', { name: /^Add( Ctrl Enter)?$/ }).tap()
    await expect(editor.result).toBeVisible({ timeout: 400_000 })
    await editor.settled()
    await expectAccessible(page)
    await keepScreenshot(page, 'phone-2-result')
    await page.getByRole('button', { name: 'Doodles (1)' }).tap()
    await expectAccessible(page)
    await keepScreenshot(page, 'phone-3-layers')
    await page.getByRole('slider', { name: 'Height of the panel' }).press('Home')

    const ground = page.locator('.photo-ground')
    const before = await ground.boundingBox()
    await pinchOpen(page)
    await expect(async () =>
      expect((await ground.boundingBox())?.width).toBeGreaterThan((before?.width ?? 0) * 1.5),
    ).toPass()
    await page.getByRole('button', { name: 'Fit the photo' }).tap()
    await page.getByRole('button', { name: 'Erase' }).tap()
    const undo = page.getByRole('button', { name: 'Undo' })
    const canvas = await page.getByRole('group', { name: 'Canvas' }).boundingBox()
    await page.touchscreen.tap(
      (canvas?.x ?? 0) + (canvas?.width ?? 0) / 2,
      (canvas?.y ?? 0) + (canvas?.height ?? 0) / 2,
    )
    await undo.tap()
    await expect(page.getByText('Undone: erase')).toBeAttached()
    // Nothing is wider than the phone.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
    expect(editor.complaints).toEqual([])
  })
})

test.describe('in Chinese', () => {
  test.use({ locale: 'zh-CN' })

  test('the browser’s language is spoken, and can be changed', async ({ page }) => {
    await bringChineseFont(page)
    await page.goto(wasm)
    await expect(page.getByRole('heading', { name: '用一句话在照片上涂鸦' })).toBeVisible()
    await fontsLoaded(page)
    expect(
      await page.evaluate(() =>
        [...document.fonts].some(({ family, status }) => family.includes('PingFang SC') && status === 'loaded'),
      ),
    ).toBe(true)
    await keepScreenshot(page, 'chinese-1-empty')
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
    await page.locator('.samples button').first().click()
    await expect(page.getByRole('img', { name: /^你的照片/ })).toBeVisible()
    await page.getByText('更多', { exact: true }).click()
    await fontsLoaded(page)
    await expectAccessible(page)
    await keepScreenshot(page, 'chinese-2-photo')
    await page.getByRole('button', { name: '设置' }).click()
    await page.getByLabel('语言').selectOption('English')
    await expect(page.getByRole('img', { name: /^Your photo/ })).toBeVisible()
    await page.reload()
    await expect(page.getByRole('button', { name: 'Settings' })).toBeVisible()
  })
})

/** Presses Tab until the control with this name has the focus, as a person without a mouse would. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const found = await page.evaluate(() => {
      const at = document.activeElement
      if (at === null || at === document.body) return ''
      const label =
        at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement
          ? at.labels?.[0]?.textContent
          : at.textContent
      return at.getAttribute('aria-label') ?? label?.trim() ?? ''
    })
    if (typeof name === 'string' ? found === name : name.test(found)) return
  }
  throw new Error(`Tab never came to ${String(name)}.`)
}

/** Two fingers on the middle of the canvas, drawn apart. */
async function pinchOpen(page: Page): Promise<void> {
  const box = await page.getByRole('group', { name: 'Canvas' }).boundingBox()
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2]
  const session = await page.context().newCDPSession(page)
  const fingers = (apart: number) => [
    { x: x - apart, y, id: 0 },
    { x: x + apart, y, id: 1 },
  ]
  await session.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: fingers(25) })
  for (let apart = 30; apart <= 100; apart += 10)
    await session.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: fingers(apart) })
  await session.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
}
