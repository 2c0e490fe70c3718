import { expect, test, type Locator, type Page } from '@playwright/test'
import sharp from 'sharp'
import { EditorPage } from './editor-page'
import { expectAccessible, keepScreenshot } from './screens'

const upright = { width: 390, height: 844 }
const sideways = { width: 844, height: 390 }
const narrowest = { width: 320, height: 568 }

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A photo as phones take them. */
async function photoOf(width: number, height: number): Promise<Buffer> {
  return sharp('public/samples/cat.jpg').resize(width, height, { fit: 'cover' }).jpeg({ quality: 80 }).toBuffer()
}

async function openWith(page: Page, photo: Buffer): Promise<EditorPage> {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  await editor.drop('holiday.jpg', 'image/jpeg', photo)
  await expect(editor.photo).toBeVisible()
  await editor.settled()
  return editor
}

/** Share of the viewport's area that shows the photo and nothing over it but floating tools. */
async function photoShare(page: Page): Promise<number> {
  const boxOf = async (place: Locator): Promise<Box> => {
    const box = await place.boundingBox()
    if (box === null) throw new Error(`${String(place)} is not on the screen.`)
    return box
  }
  const photo = await boxOf(page.locator('.photo-ground'))
  const stage = await boxOf(page.getByRole('main'))
  const view = page.viewportSize() ?? { width: 1, height: 1 }
  const [left, top] = [Math.max(0, photo.x, stage.x), Math.max(0, photo.y, stage.y)]
  const right = Math.min(photo.x + photo.width, stage.x + stage.width, view.width)
  const bottom = Math.min(photo.y + photo.height, stage.y + stage.height, view.height)
  // Sampled, so that whatever lies over it counts: sheet, handle, header.
  const seen = await page.evaluate(
    ([left, top, right, bottom]) => {
      let count = 0
      for (let row = 0; row < 40; row++)
        for (let column = 0; column < 40; column++) {
          const x = left + ((column + 0.5) / 40) * (right - left)
          const y = top + ((row + 0.5) / 40) * (bottom - top)
          if (document.elementFromPoint(x, y)?.closest('.canvas-host') != null) count++
        }
      return count / 1600
    },
    [left, top, right, bottom] as const,
  )
  return (seen * (right - left) * (bottom - top)) / (view.width * view.height)
}

/** Every control that can be used now lies on the screen, and nothing has to be scrolled sideways to. */
async function expectNothingCutOff(page: Page): Promise<void> {
  const faults = await page.evaluate(() => {
    const { innerWidth: width, innerHeight: height } = window
    const scrolls = (element: Element): boolean => {
      for (let at = element.parentElement; at !== null; at = at.parentElement)
        if (/auto|scroll/.test(getComputedStyle(at).overflow) && at.clientHeight > 0) return true
      return false
    }
    const cut = [...document.querySelectorAll('button, input, textarea, select, [role=slider], summary')]
      .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.closest('[inert]') === null)
      .filter((one) => one.closest('.visually-hidden, .compare') === null && !scrolls(one))
      .filter((one) => {
        const { left, top, right, bottom } = one.getBoundingClientRect()
        return left < -1 || top < -1 || right > width + 1 || bottom > height + 1
      })
      .map((one) => one.getAttribute('aria-label') ?? one.textContent ?? one.tagName)
    return { cut, sideways: document.documentElement.scrollWidth > width }
  })
  expect(faults).toEqual({ cut: [], sideways: false })
}

for (const { name, viewport, photo } of [
  { name: 'held upright', viewport: upright, photo: [900, 1200] },
  { name: 'on its side', viewport: sideways, photo: [1200, 900] },
  { name: 'the narrowest', viewport: narrowest, photo: [900, 1200] },
] as const)
  test.describe(name, () => {
    test.use({ viewport })

    test('while nothing is open the photo covers at least half of the screen, and no control is cut off', async ({
      page,
    }) => {
      await openWith(page, await photoOf(photo[0], photo[1]))
      await expect.poll(() => photoShare(page)).toBeGreaterThanOrEqual(0.5)
      console.log(`${name}: the photo covers ${((await photoShare(page)) * 100).toFixed(1)} % of the screen`)
      await expectNothingCutOff(page)
      await keepScreenshot(page, `phone-${viewport.width}x${viewport.height}`)
    })
  })

test.describe('a sheet over the photo', () => {
  test.use({ viewport: upright, hasTouch: true })

  test('three heights by keyboard and by finger; away while brushing, back afterwards', async ({ page }) => {
    const editor = await openWith(page, await photoOf(900, 1200))
    const handle = page.getByRole('slider', { name: 'Height of the panel' })
    const styles = page.getByRole('radiogroup', { name: 'Style' })
    await expect(handle).toHaveAttribute('aria-valuetext', 'Low')
    await expect(editor.instruction).toBeVisible()
    await expect(editor.doodleButton).toBeVisible()
    await expect(styles).toBeHidden()

    await handle.press('ArrowUp')
    await expect(handle).toHaveAttribute('aria-valuetext', 'Half of the screen')
    await expect(handle).toBeFocused()
    await expect(styles).toBeVisible()
    await expectNothingCutOff(page)
    await expectAccessible(page)
    // The photo makes room: all of it is above the sheet.
    const edge = async (): Promise<number> => (await handle.boundingBox())?.y ?? 0
    const lower = async (): Promise<number> => {
      const box = await page.locator('.photo-ground').boundingBox()
      return (box?.y ?? 0) + (box?.height ?? 0)
    }
    await expect.poll(async () => (await edge()) - (await lower())).toBeGreaterThanOrEqual(0)
    await keepScreenshot(page, 'phone-sheet-half')
    await handle.press('End')
    await expect(handle).toHaveAttribute('aria-valuetext', 'All of the screen')
    await expect.poll(edge).toBeLessThan(80)

    // Dragged down to the middle, and tapped.
    await page.mouse.move(195, (await edge()) + 10)
    await page.mouse.down()
    await page.mouse.move(195, 250, { steps: 5 })
    await page.mouse.move(195, 460, { steps: 5 })
    await page.mouse.move(195, 461, { steps: 5 })
    await page.mouse.up()
    await expect(handle).toHaveAttribute('aria-valuetext', 'Half of the screen')
    await handle.click()
    await expect(handle).toHaveAttribute('aria-valuetext', 'Low')

    await page.getByRole('button', { name: 'Only here' }).click()
    await expect(handle).toBeHidden()
    await expectNothingCutOff(page)
    await expectAccessible(page)
    await editor.paintAt(0.5, 0.3)
    await keepScreenshot(page, 'phone-brush')
    await page.getByRole('button', { name: 'Done' }).click()
    await expect(page.getByRole('group', { name: 'Canvas' })).toBeFocused()
    await expect(handle).toBeVisible()
    await expect(page.getByText('The next doodle stays inside the painted region')).toBeVisible()
    expect(editor.complaints).toEqual([])
  })
})

test.describe('enlarged twofold', () => {
  // 1440 x 900 at 200 %.
  test.use({ viewport: { width: 720, height: 450 }, deviceScaleFactor: 2 })

  test('the panel is at the side and can be put away; a new layout keeps the focus in what is typed', async ({
    page,
  }) => {
    const editor = await openWith(page, await photoOf(1200, 900))
    await page.getByRole('button', { name: 'Open the panel' }).click()
    const close = page.getByRole('button', { name: 'Put the panel away' })
    await expect(close).toBeFocused()
    await expectNothingCutOff(page)
    await expectAccessible(page)
    await editor.instruction.fill('add a golden crown on the cat')
    await keepScreenshot(page, 'zoom-200-panel')
    for (const viewport of [{ width: 1440, height: 900 }, narrowest, sideways]) {
      await page.setViewportSize(viewport)
      await expect(editor.instruction).toBeFocused()
      await expectNothingCutOff(page)
    }
    await close.click()
    await expect(editor.instruction).toBeHidden()
    await expect(page.getByRole('button', { name: 'Open the panel' })).toBeFocused()
    await expectAccessible(page)
  })
})
