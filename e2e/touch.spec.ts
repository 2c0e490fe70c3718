import { expect, test, type CDPSession, type Locator, type Page } from '@playwright/test'
import sharp from 'sharp'
import { placeShown } from '../src/engine/image/look'
import { readRecipe } from '../src/ui/project/saved-recipe'
import { readPngText } from '../src/workers/png-text'
import { EditorPage } from './editor-page'
import { keepScreenshot } from './screens'

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true })

type Point = readonly [x: number, y: number]

/** Fingers on the glass, as Chromium gets them from a touch screen. */
class Fingers {
  constructor(private readonly session: CDPSession) {}

  /** Each finger goes straight from its first place to its last. */
  async move(paths: readonly (readonly [from: Point, to: Point])[], steps = 8): Promise<void> {
    const at = (share: number) =>
      paths.map(([[x0, y0], [x1, y1]], id) => ({ x: x0 + share * (x1 - x0), y: y0 + share * (y1 - y0), id }))
    const send = (type: 'touchStart' | 'touchMove' | 'touchEnd', touchPoints: ReturnType<typeof at>) =>
      this.session.send('Input.dispatchTouchEvent', { type, touchPoints })
    await send('touchStart', at(0))
    for (let step = 1; step <= steps; step++) await send('touchMove', at(step / steps))
    await send('touchEnd', [])
  }
}

async function poseOf(editor: EditorPage) {
  const text = readPngText(new Uint8Array(await editor.saveAs('Picture', 'PNG')), 'photodoodle') ?? ''
  const recipe = await readRecipe(text)
  const layer = recipe?.project.layers[0]
  if (layer === undefined) throw new Error('Nothing is drawn.')
  return { pose: layer.look?.pose, place: placeShown(layer.doodle.elements, layer.look, { width: 400, height: 300 }) }
}

async function boxOf(place: Locator) {
  const box = await place.boundingBox()
  if (box === null) throw new Error('It is not on the screen.')
  return box
}

const percent = async (page: Page): Promise<number> =>
  Number(/\d+/.exec((await page.locator('.zoom-level').textContent()) ?? '')?.[0])

test('fingers: a tap takes an object, a drag moves it, a pinch scales and turns it or zooms, lists scroll', async ({
  page,
}) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const photo = await sharp('public/samples/dog.jpg').resize(400, 300, { fit: 'cover' }).png().toBuffer()
  await editor.drop('dog.png', 'image/png', photo)
  await expect(editor.photo).toBeVisible()
  await editor.openPanel()
  await editor.instruction.fill('add a big red heart in the middle')
  await editor.setSeedAndSteps(7, 1)
  await editor.doodle()
  const handle = page.getByRole('slider', { name: 'Height of the panel' })
  const fingers = new Fingers(await page.context().newCDPSession(page))

  // The panel's list is scrolled by a finger, and the page stays.
  await handle.press('ArrowUp')
  await handle.press('ArrowUp')
  const list = page.locator('.drawer')
  const { x, y, width, height } = await boxOf(list)
  const middle: Point = [x + width / 2, y + height / 2]
  const scrolled = () =>
    list.evaluate((element) => {
      const all = [element, ...element.querySelectorAll('*')]
      return Math.max(...all.map(({ scrollTop }) => scrollTop), document.scrollingElement?.scrollTop ?? 0)
    })
  const before = await scrolled()
  const way = before > 40 ? 1 : -1
  await fingers.move([[middle, [middle[0], middle[1] + way * 160]]])
  await expect.poll(async () => way * (before - (await scrolled()))).toBeGreaterThan(40)
  await handle.press('ArrowDown')
  await handle.press('ArrowDown')
  await editor.settled()

  const first = await poseOf(editor)
  const ground = await boxOf(page.locator('.photo-ground'))
  const at = ({ place }: Awaited<ReturnType<typeof poseOf>>): Point => [
    ground.x + (place.left + place.width / 2) * ground.width,
    ground.y + (place.top + place.height / 2) * ground.height,
  ]
  const [ox, oy] = at(first)
  await page.touchscreen.tap(ox, oy)
  await expect(page.getByRole('group', { name: /^Object: / })).toBeVisible()
  await expect(page.locator('.handles canvas')).toBeVisible()
  await keepScreenshot(page, 'touch-object')

  await fingers.move([
    [
      [ox, oy],
      [ox - 50, oy + 30],
    ],
  ])
  await editor.settled()
  const moved = await poseOf(editor)
  expect(Math.abs((moved.pose?.x ?? 0) * ground.width + 50)).toBeLessThan(10)
  expect(Math.abs((moved.pose?.y ?? 0) * ground.height - 30)).toBeLessThan(10)

  // Two fingers about its middle: apart, and a quarter round.
  const [mx, my] = at(moved)
  const level = await percent(page)
  await fingers.move([
    [
      [mx - 20, my],
      [mx - 6, my - 34],
    ],
    [
      [mx + 20, my],
      [mx + 6, my + 34],
    ],
  ])
  await editor.settled()
  const pinched = await poseOf(editor)
  expect(pinched.pose?.scale).toBeGreaterThan(1.4)
  expect(Math.abs(pinched.pose?.turn ?? 0)).toBeGreaterThan(40)
  expect(await percent(page)).toBe(level)

  // Beside it they zoom.
  await page.getByRole('button', { name: 'Done' }).tap()
  const [cx, cy] = [ground.x + ground.width / 2, ground.y + 20]
  await fingers.move([
    [
      [cx - 30, cy],
      [cx - 90, cy],
    ],
    [
      [cx + 30, cy],
      [cx + 90, cy],
    ],
  ])
  expect(await percent(page)).toBeGreaterThan(level * 1.5)
  expect((await poseOf(editor)).pose).toEqual(pinched.pose)
  expect(editor.complaints).toEqual([])
})
