import { expect, type Locator, type Page } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { sidewaysJpeg } from './photos'
import { pixels, type Pixels } from './pixels'

/** The editor on the processor, with a photo in it. */
export async function withPhoto(page: Page): Promise<{ editor: EditorPage; jpeg: Buffer }> {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const jpeg = await sidewaysJpeg()
  await editor.drop('holiday.jpg', 'image/jpeg', jpeg)
  await expect(editor.photo).toBeVisible()
  return { editor, jpeg }
}

/** The editor's screen as a person finds it: by role and name, never by class. */
export class EditorPage {
  readonly doodleButton: Locator
  readonly cancelButton: Locator
  readonly instruction: Locator
  readonly comparison: Locator
  readonly result: Locator
  readonly photo: Locator
  /** Uncaught errors and policy violations. Must stay empty. */
  readonly complaints: string[] = []

  constructor(readonly page: Page) {
    this.doodleButton = page.getByRole('button', { name: /^Add( Ctrl Enter)?$/ })
    this.cancelButton = page.getByRole('button', { name: 'Cancel' })
    this.instruction = page.getByLabel('What shall be drawn?')
    this.comparison = page.getByRole('slider', { name: 'Before and after' })
    this.result = page.getByRole('img', { name: 'The photo with the doodle' })
    this.photo = page.getByRole('img', { name: /^Your photo/ })
    page.on('pageerror', (error) => this.complaints.push(error.message))
    page.on('console', (message) => {
      if (/Content Security Policy|Refused to/i.test(message.text())) this.complaints.push(message.text())
    })
  }

  async open(path = '/'): Promise<void> {
    await this.page.goto(path)
    const { origin } = new URL(this.page.url())
    // Nothing leaves the origin, whatever a test is about. Workers' requests are only seen by the context.
    this.page.context().on('request', (request) => {
      const url = new URL(request.url())
      if (url.origin !== origin && !/^(blob|data):$/.test(url.protocol)) expect.soft(url.href).toBe('not asked for')
    })
    // On a phone the styles come with the photo.
    await expect(this.page.locator('input[name=style][value=monster]')).toBeAttached()
  }

  /** Drops a file on the window, as a person would from a folder. */
  async drop(name: string, type: string, bytes: Uint8Array): Promise<void> {
    const transfer = await this.page.evaluateHandle(
      ({ name, type, base64 }) => {
        const data = new DataTransfer()
        data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }))
        return data
      },
      { name, type, base64: Buffer.from(bytes).toString('base64') },
    )
    await this.page.dispatchEvent('body', 'drop', { dataTransfer: transfer })
    await transfer.dispose()
  }

  async chooseStyle(name: string): Promise<void> {
    await this.page.getByRole('radio', { name: new RegExp(`^${name}`) }).check({ force: true })
  }

  async setSeedAndSteps(seed: number, steps: number): Promise<void> {
    const more = this.page.locator('details.more')
    if ((await more.getAttribute('open')) === null) await this.page.getByText('More', { exact: true }).click()
    await this.page.getByRole('spinbutton', { name: 'Seed' }).fill(String(seed))
    await this.page.getByRole('slider', { name: 'Steps' }).fill(String(steps))
  }

  /**
   * Holds back a built-in style's weights: until the answer is called a doodle in it stays under way, however fast the
   * machine is. Before the page is opened, since styles are read ahead.
   */
  async holdStyle(id: string): Promise<() => void> {
    const held = `**/models/nano/styles/${id}/**`
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => {
      release = resolve
    })
    await this.page.context().route(held, async (route) => {
      await released
      await route.continue()
    })
    // The route stays: what is asked for after the release goes through at once.
    return () => {
      release()
    }
  }

  /** Presses Doodle and waits until a new result is on the screen. */
  async doodle(): Promise<void> {
    await this.doodleButton.click()
    await expect(this.cancelButton).toBeVisible()
    await expect(this.doodleButton).toBeVisible({ timeout: 400_000 })
    await expect(this.result).toBeVisible()
    await this.settled()
  }

  async downloadPng(button: 'Download PNG' | 'Doodle only'): Promise<Pixels> {
    return pixels(await this.downloadFile(button))
  }

  /** The bytes of the PNG, recipe and all. */
  async downloadFile(way: 'Download PNG' | 'Doodle only'): Promise<Buffer> {
    if (way === 'Doodle only') return this.saveAs(way, 'PNG')
    const [download] = await Promise.all([
      this.page.waitForEvent('download', { timeout: 120_000 }),
      this.page.getByRole('button', { name: way }).click(),
    ])
    return readFile(await download.path())
  }

  /** Saves by the dialog of all ways out. @param format as its button calls it */
  async saveAs(way: string, format: string): Promise<Buffer> {
    await this.page.getByRole('button', { name: 'More ways to save' }).click()
    const dialog = this.page.getByRole('dialog', { name: 'Save and share' })
    await dialog.getByRole('radio', { name: way }).check({ force: true })
    const chip = dialog.getByRole('radio', { name: new RegExp(`^${format}`, 'i') })
    if (way !== 'SVG vector' && (await chip.count()) > 0) await chip.check({ force: true })
    const [download] = await Promise.all([
      this.page.waitForEvent('download', { timeout: 120_000 }),
      dialog.getByRole('button', { name: `Save ${format}` }).click(),
    ])
    await this.page.keyboard.press('Escape')
    return readFile(await download.path())
  }

  /** On a phone: draws the panel up, or opens it at the side. */
  async openPanel(): Promise<void> {
    const handle = this.page.getByRole('slider', { name: 'Height of the panel' })
    const side = this.page.getByRole('button', { name: 'Open the panel' })
    await expect(handle.or(side)).toBeVisible()
    if (await side.isVisible()) await side.click()
    else if ((await handle.getAttribute('aria-valuenow')) === '0') await handle.press('ArrowUp')
  }

  /** Waits until everything on the screen is kept in the browser. */
  async saved(): Promise<void> {
    await expect(this.page.locator('#your-pictures')).toHaveAttribute('data-saved', 'true', { timeout: 60_000 })
  }

  /** Waits until everything that should be seen has been drawn. */
  async settled(): Promise<void> {
    await expect(this.page.locator('canvas[data-photo]')).toHaveAttribute('aria-busy', 'false', { timeout: 60_000 })
  }

  /** A dot of the brush at a place of the photo, as shares of its width and height. */
  async paintAt(x: number, y: number): Promise<void> {
    const box = await this.photoBox()
    await this.page.mouse.click(box.x + x * box.width, box.y + y * box.height)
  }

  /** Back and forth over the photo without lifting the brush, down to a share of its height. */
  async paintAllOver(share = 1): Promise<void> {
    const { x, y, width, height } = await this.photoBox()
    const { mouse } = this.page
    await mouse.move(x + 2, y + 2)
    await mouse.down()
    const rows = Math.round(10 * share)
    for (let row = 0; row <= rows; row++) {
      await mouse.move(x + (row % 2 === 0 ? 2 : width - 2), y + (row / 10) * height, { steps: 3 })
      await mouse.move(x + (row % 2 === 0 ? width - 2 : 2), y + (row / 10) * height, { steps: 6 })
    }
    await mouse.up()
  }

  private async photoBox(): Promise<{ x: number; y: number; width: number; height: number }> {
    const box = await this.page.locator('.photo-ground').boundingBox()
    if (box === null) throw new Error('There is no photo on the screen.')
    return box
  }

  async closeToasts(): Promise<void> {
    for (const button of await this.page.getByRole('button', { name: 'Close this message' }).all()) await button.click()
  }
}
