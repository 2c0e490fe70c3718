import { createHash } from 'node:crypto'
import { expect, test, type Page } from '@playwright/test'
import sharp from 'sharp'
import { addLayer, emptyProject } from '../src/ui/project/project'
import { writeRecipe } from '../src/ui/project/saved-recipe'
import { withPngText } from '../src/workers/png-text'
import { EditorPage } from './editor-page'
import { compare, pixels, psnr, type Pixels } from './pixels'

const size = { width: 480, height: 360 }

/** A flat doodle as a model would give it, drawn here so that the test does not depend on one. */
const drawing = `<svg xmlns="http://www.w3.org/2000/svg" width="192" height="144">
  <circle cx="60" cy="60" r="30" fill="#e84a5f"/><circle cx="60" cy="60" r="10" fill="#ffd23f"/>
  <path d="M110 20 Q150 5 170 50 T120 110 Q95 80 110 20Z" fill="#3a86ff"/></svg>`

/** A PNG of ours that holds a project of one doodle on this photo. */
async function recipeOf(photo: Buffer): Promise<Uint8Array> {
  const { width, height, data } = await pixels(Buffer.from(drawing))
  const doodle = {
    id: 'd',
    seed: 1,
    prompt: 'add a flower',
    seconds: 1,
    elements: [{ width, height, data: new Uint8ClampedArray(data), place: { left: 0, top: 0, width: 1, height: 1 } }],
  }
  const project = addLayer(emptyProject, {
    id: 'layer',
    recipe: { styles: [{ id: 'flat', strength: 1 }], instruction: 'add a flower', region: [] },
    doodle,
  })
  const id = createHash('sha256').update(photo).digest('hex')
  return withPngText(
    Uint8Array.from(photo),
    'photodoodle',
    await writeRecipe({ id, name: 'photo.png', ...size, subject: null }, project, null, null),
  )
}

/** Over white, so that hidden colours do not count. */
async function overWhite(file: Buffer): Promise<Pixels> {
  return pixels(await sharp(file).flatten({ background: '#fff' }).png().toBuffer())
}

/** The file as Chromium shows it on an otherwise empty page. */
async function shown(page: Page, svg: Buffer): Promise<Buffer> {
  await page.setViewportSize(size)
  await page.setContent(
    `<style>body{margin:0;background:#fff}img{display:block}</style>
    <img src="data:image/svg+xml;base64,${svg.toString('base64')}">`,
  )
  await page.locator('img').evaluate((image: HTMLImageElement) => image.decode())
  return page.screenshot({ animations: 'disabled' })
}

test('a layer as outlines: shown, undone, saved; its SVG is the layer in Chromium and librsvg', async ({
  page,
  context,
}) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const photo = await sharp({ create: { ...size, channels: 3, background: '#c8b89a' } })
    .png()
    .toBuffer()
  await editor.drop('photo.png', 'image/png', photo)
  await expect(editor.photo).toBeVisible()
  await editor.drop('doodle.png', 'image/png', await recipeOf(photo))
  await expect(editor.result).toBeVisible()
  const raster = await editor.downloadPng('Download PNG')
  const rasterLayer = await overWhite(await editor.downloadFile('Doodle only'))

  const outlines = page.getByRole('button', { name: 'Vector', exact: true })
  if (!(await outlines.isVisible())) await page.getByRole('button', { name: '“add a flower”', exact: true }).click()
  await outlines.click()
  await expect(outlines).toHaveAttribute('aria-pressed', 'true')
  await editor.settled()
  const vector = await editor.downloadPng('Download PNG')
  expect(compare(vector, raster, vector).changedInside).toBeGreaterThan(0)
  expect(psnr(vector, raster)).toBeGreaterThanOrEqual(30)
  await page.getByRole('button', { name: 'Undo' }).click()
  expect(compare(await editor.downloadPng('Download PNG'), raster, raster)).toMatchObject({
    changedInside: 0,
    changedOutside: 0,
  })
  await page.getByRole('button', { name: 'Redo', exact: true }).click()
  expect(compare(await editor.downloadPng('Download PNG'), vector, vector)).toMatchObject({
    changedInside: 0,
    changedOutside: 0,
  })

  const svg = await editor.saveAs('SVG vector', 'SVG')
  expect(svg.toString().replace('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(
    /<script|href|url\(|https?:|@import|data:/i,
  )
  const chromium = await overWhite(await shown(await context.newPage(), svg))
  const librsvg = await overWhite(svg)
  expect(psnr(chromium, rasterLayer)).toBeGreaterThanOrEqual(30)
  expect(psnr(librsvg, rasterLayer)).toBeGreaterThanOrEqual(30)
  expect(psnr(chromium, librsvg)).toBeGreaterThanOrEqual(30)
  expect(editor.complaints).toEqual([])
})
