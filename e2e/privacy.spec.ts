import { expect, test } from '@playwright/test'
import { readFile } from 'node:fs/promises'
import { EditorPage } from './editor-page'
import { sidewaysJpeg } from './photos'
import { withPngText } from '../src/workers/png-text'
import sharp from 'sharp'

const wasm = '/?provider=wasm'

test('while every feature is used, no request leaves the origin; what was asked for is recorded', async ({
  page,
  baseURL,
}, info) => {
  test.slow()
  const asked = new Set<string>()
  page.context().on('request', (request) => asked.add(request.url()))
  page.context().on('websocket' as 'request', (socket) => asked.add((socket as unknown as { url(): string }).url()))
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await expect(page.locator('#badge')).toHaveAttribute('data-status', 'ready', { timeout: 300_000 })
  // A sample, a photo of one's own, a region, a doodle, variations, outlines, changed words.
  await page.getByRole('button', { name: 'Ginger cat' }).click()
  await expect(editor.photo).toBeVisible()
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await editor.setSeedAndSteps(3, 1)
  await page.getByRole('button', { name: 'Only here' }).click()
  await editor.paintAt(0.5, 0.3)
  await editor.instruction.fill('add a golden crown on the cat')
  await editor.doodle()
  await page.getByRole('button', { name: 'Vector', exact: true }).click()
  await editor.settled()
  await page.getByRole('button', { name: 'Redo this one' }).click()
  await expect(page.getByRole('button', { name: 'Take variation 1' })).toBeVisible({ timeout: 400_000 })
  // Out, in every form.
  await editor.downloadPng('Download PNG')
  await editor.downloadPng('Doodle only')
  for (const [way, format] of [
    ['Picture', 'JPEG'],
    ['Picture', 'WEBP'],
    ['Sticker', 'PNG'],
    ['Story 9:16', 'JPEG'],
    ['SVG vector', 'SVG'],
  ] as const)
    await editor.saveAs(way, format)
  // A model is installed and verified; a style is refused; the gallery, the settings, the language.
  await page.locator('#badge').click()
  await page.getByRole('button', { name: 'Models and device' }).click()
  const dialog = page.getByRole('dialog', { name: 'Models and device' })
  await dialog.locator('input[type=file]').setInputFiles('public/models/nano')
  await expect(dialog).toContainText('Nano is installed.', { timeout: 300_000 })
  await dialog.getByRole('button', { name: 'Verify Nano' }).click()
  await expect(dialog).toContainText('Every file of Nano is as it should be.', { timeout: 300_000 })
  await page.keyboard.press('Escape')
  await editor.drop('odd.safetensors', '', Buffer.from('not a style'))
  await expect(page.getByRole('alert').first()).toBeVisible()
  await editor.closeToasts()
  await page.getByRole('button', { name: 'Your pictures' }).click()
  await expect(page.getByRole('dialog', { name: 'Your pictures' }).getByRole('listitem')).toHaveCount(2)
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByLabel('Language').selectOption({ index: 1 })

  const origin = new URL(baseURL!).origin
  const urls = [...asked].filter((url) => !url.startsWith('blob:')).sort()
  await info.attach('requests', { body: urls.join('\n'), contentType: 'text/plain' })
  expect(urls.length).toBeGreaterThan(20)
  expect(urls.filter((url) => new URL(url).origin !== origin)).toEqual([])
  expect(editor.complaints).toEqual([])
})

test('the policy stands: no HTML from text, no script from elsewhere, no framing, no devices, isolation', async ({
  page,
  request,
}) => {
  const response = await request.get('/')
  const headers = response.headers()
  expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
  expect(headers['permissions-policy']).toContain('camera=()')
  expect(headers['x-content-type-options']).toBe('nosniff')
  await page.goto(wasm)
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true)
  const refused = await page.evaluate(async () => {
    const attempt = (work: () => unknown): string => {
      try {
        work()
        return 'done'
      } catch (error) {
        return (error as Error).name
      }
    }
    const elsewhere = 'https://example.com/evil.js'
    return {
      html: attempt(() => {
        document.createElement('div').innerHTML = '<img src=x onerror=alert(1)>'
      }),
      script: attempt(() => {
        document.createElement('script').text = 'globalThis.hacked = true'
      }),
      worker: attempt(() => new Worker(elsewhere)),
      blob: await new Promise((resolve) => {
        try {
          const worker = new Worker(URL.createObjectURL(new Blob(['postMessage(1)'], { type: 'text/javascript' })))
          worker.onmessage = () => resolve('ran')
          worker.onerror = () => resolve('refused')
        } catch {
          resolve('refused')
        }
      }),
      fetch: await fetch(elsewhere).then(
        () => 'done',
        () => 'refused',
      ),
      camera: (
        document as Document & { featurePolicy?: { allowsFeature(name: string): boolean } }
      ).featurePolicy?.allowsFeature('camera'),
    }
  })
  expect(refused).toEqual({
    html: 'TypeError',
    script: 'TypeError',
    worker: 'TypeError',
    blob: 'refused',
    fetch: 'refused',
    camera: false,
  })
})

test('nothing in a name, in metadata or in a recipe is executed', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open(wasm)
  await page.evaluate(() => {
    ;(globalThis as unknown as { hacked: boolean }).hacked = false
  })
  const script = '<img src=x onerror="globalThis.hacked=true"><svg onload="globalThis.hacked=true">'
  const png = await sharp({ create: { width: 60, height: 40, channels: 3, background: '#68a' } })
    .png()
    .toBuffer()
  const recipe = {
    format: 'photodoodle-recipe/2',
    model: null,
    photo: { id: 'x', name: script, width: 60, height: 40, subject: script },
    layers: [],
  }
  await editor.drop('recipe.png', 'image/png', withPngText(new Uint8Array(png), 'photodoodle', JSON.stringify(recipe)))
  await expect(page.getByRole('dialog').or(editor.photo)).toBeVisible()
  await page.keyboard.press('Escape')
  await editor.drop(`${script}.jpg`, 'image/jpeg', await readFile('public/samples/cat.jpg'))
  await expect(editor.photo).toBeVisible()
  await editor.drop(
    'drawing.svg',
    'image/svg+xml',
    Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" onload="globalThis.hacked=true">' +
        '<script>globalThis.hacked=true</script></svg>',
    ),
  )
  await expect(page.getByRole('alert')).toBeVisible()
  expect(await page.evaluate(() => (globalThis as unknown as { hacked: boolean }).hacked)).toBe(false)
  expect(editor.complaints.filter((words) => !/svg/i.test(words))).toEqual([])
})
