import { expect, test } from '@playwright/test'
import sharp, { type Sharp } from 'sharp'
import { EditorPage } from './editor-page'
import type { Pixels } from './pixels'

const wasm = '/?provider=wasm'

/** Four flat patches, whose colours survive any encoder: strong red, green, blue and a skin tone. */
const patches = [
  [220, 40, 40],
  [40, 200, 60],
  [50, 70, 220],
  [224, 172, 138],
] as const
const side = 64

function patchwork(): Sharp {
  const data = Buffer.alloc(2 * side * 2 * side * 3)
  for (let i = 0; i < 4 * side * side; i++)
    data.set(patches[(Math.floor(i / (2 * side)) < side ? 0 : 2) + (i % (2 * side) < side ? 0 : 1)]!, i * 3)
  return sharp(data, { raw: { width: 2 * side, height: 2 * side, channels: 3 } })
}

/** The largest difference of any channel in the middles of the patches. */
function error({ width, data }: Pixels): number {
  return Math.max(
    ...patches.flatMap((colour, i) => {
      const at = ((i < 2 ? 0.5 : 1.5) * side * width + (i % 2 === 0 ? 0.5 : 1.5) * side) * 4
      return colour.map((value, channel) => Math.abs(data[at + channel]! - value))
    }),
  )
}

/** Colours as they must come out, in levels of 255 that a lossy step may cost. */
const coloured = [
  {
    what: 'a PNG of 16 bits',
    name: 'deep.png',
    file: () => patchwork().toColourspace('rgb16').png().toBuffer(),
    allowed: 1,
  },
  {
    what: 'a wide-gamut JPEG (Display P3)',
    name: 'wide.jpg',
    file: () => patchwork().withIccProfile('p3').jpeg({ quality: 98, chromaSubsampling: '4:4:4' }).toBuffer(),
    allowed: 4,
  },
  {
    what: 'a wide-gamut PNG (Display P3)',
    name: 'wide.png',
    file: () => patchwork().withIccProfile('p3').png().toBuffer(),
    allowed: 3,
  },
  // Round trips through CMYK lose saturation wherever the ink cannot reach; inverted or unconverted colours are off by
  // far more.
  {
    what: 'a CMYK JPEG',
    name: 'print.jpg',
    file: () => patchwork().toColourspace('cmyk').jpeg({ quality: 98 }).toBuffer(),
    allowed: 75,
  },
] as const

test('sixteen bits, wide gamut and CMYK become the right colours', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  for (const { what, name, file, allowed } of coloured) {
    await test.step(what, async () => {
      await editor.drop(name, 'image/png', await file())
      await expect(page.getByRole('img', { name: `Your photo, ${name}` })).toBeVisible()
      expect(error(await editor.downloadPng('Download PNG')), what).toBeLessThanOrEqual(allowed)
    })
  }
})

test('a single pixel takes a doodle; an animation says that one frame is used', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await editor.drop(
    'dot.png',
    'image/png',
    await sharp({ create: { width: 1, height: 1, channels: 3, background: '#3a7' } })
      .png()
      .toBuffer(),
  )
  await expect(page.getByText('1 × 1', { exact: true })).toBeVisible()
  await editor.setSeedAndSteps(1, 1)
  await editor.doodle()
  const { width, height } = await editor.downloadPng('Download PNG')
  expect([width, height]).toEqual([1, 1])

  const frames = sharp(
    Buffer.alloc(8 * 16 * 3, 120).map((_, i) => (i * 37) % 256),
    { raw: { width: 8, height: 16, channels: 3, pageHeight: 8 } },
  )
  await editor.drop('dance.gif', 'image/gif', await frames.gif().toBuffer())
  await expect(page.getByText('Only its first frame is drawn on.')).toBeVisible()
  await expect(page.getByText('8 × 8', { exact: true })).toBeVisible()
})

test('a panorama of 12000 x 2000 and a cut-out of 48 megapixels open whole and are shown', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await editor.drop(
    'panorama.jpg',
    'image/jpeg',
    await patchwork().resize(12_000, 2_000, { fit: 'fill' }).jpeg().toBuffer(),
  )
  await expect(page.getByText('12000 × 2000', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(page.getByText('Opening the photo')).toHaveCount(0)
  await editor.drop(
    'cut-out.png',
    'image/png',
    await sharp({
      create: { width: 8_000, height: 6_000, channels: 4, background: { r: 200, g: 40, b: 90, alpha: 0.5 } },
    })
      .png()
      .toBuffer(),
  )
  await expect(page.getByText('8000 × 6000', { exact: true })).toBeVisible({ timeout: 120_000 })
  // What stands in the middle of the canvas is the photo, half transparent over the chequered ground.
  await expect(async () => {
    const pixel = await page
      .locator('canvas[data-photo]')
      .evaluate((canvas: HTMLCanvasElement) => [
        ...(canvas.getContext('2d')?.getImageData(canvas.width / 2, canvas.height / 3, 1, 1).data ?? []),
      ])
    expect(pixel.map((value, i) => Math.abs(value - [200, 40, 90, 128][i]!)).every((off) => off <= 3)).toBe(true)
  }).toPass({ timeout: 60_000 })
  expect(editor.complaints).toEqual([])
})
