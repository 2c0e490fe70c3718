import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from '@playwright/test'
import { decodePhoto } from '../cli/shared/images'
import { HEIC_FILES, PHOTO_KINDS, quadrants } from '../tests/photo-kinds'
import { EditorPage } from './editor-page'
import { psnr, type Pixels } from './pixels'

/** The PNG of what the page shows, its colours where a pixel is wholly transparent aside. */
const alphas = ({ data }: Pixels): Uint8Array => data.filter((_, i) => i % 4 === 3)

test('every kind of photo opens on the page with the pixels that the command line reads', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'brought-'))
  try {
    const editor = new EditorPage(page)
    await editor.open('/?provider=wasm')
    for (const {
      name,
      what,
      bytes,
      size: [width, height],
    } of PHOTO_KINDS) {
      await test.step(what, async () => {
        const file = await bytes()
        await writeFile(join(folder, name), file)
        const { image } = await decodePhoto(join(folder, name))
        await editor.drop(name, '', file)
        await expect(page.getByRole('img', { name: `Your photo, ${name}` })).toBeVisible()
        const shown = await editor.downloadPng('Download PNG')
        expect([what, shown.width, shown.height]).toEqual([what, width, height])
        expect(
          Buffer.from(alphas(shown)).equals(Buffer.from(alphas({ ...image, data: new Uint8Array(image.data) }))),
        ).toBe(true)
        const likeness = psnr(shown, { ...image, data: new Uint8Array(image.data) })
        expect([what, likeness >= 50, likeness]).toEqual([what, true, likeness])
      })
    }
    expect(editor.complaints).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a BMP, which the command line does not open, opens on the page', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  await editor.drop('old.bmp', '', bmp([220, 40, 30], [10, 200, 60]))
  await expect(page.getByRole('img', { name: 'Your photo, old.bmp' })).toBeVisible()
  const { width, height, data } = await editor.downloadPng('Download PNG')
  expect([width, height, ...data]).toEqual([2, 1, 220, 40, 30, 255, 10, 200, 60, 255])
  expect(editor.complaints).toEqual([])
})

test('a TIFF and an SVG, which browsers do not decode, are named with what to do', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  for (const [name, file] of [
    ['scan.tiff', await quadrants().tiff().toBuffer()],
    ['drawing.svg', text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="8"/>')],
  ] as const) {
    await editor.drop(name, '', file)
    const toast = page.getByRole('alert')
    await expect(toast).toHaveAttribute('data-error', 'BadImage', { timeout: 120_000 })
    await expect(toast).toContainText(/type (?:tiff|svg) cannot be edited here.*PNG or JPEG/)
    await editor.closeToasts()
    await expect(toast).toHaveCount(0)
  }
  expect(editor.complaints).toEqual([])
})

/** A row of pixels, 24 bits each. */
function bmp(...pixels: readonly (readonly [number, number, number])[]): Buffer {
  const row = Buffer.alloc(4 * Math.ceil((3 * pixels.length) / 4))
  pixels.forEach(([red, green, blue], i) => row.set([blue, green, red], 3 * i))
  const head = Buffer.alloc(54)
  head.write('BM')
  head.writeUInt32LE(54 + row.length, 2)
  for (const [at, value] of [
    [10, 54],
    [14, 40],
    [18, pixels.length],
    [22, 1],
    [34, row.length],
  ] as const)
    head.writeUInt32LE(value, at)
  head.writeUInt16LE(1, 26)
  head.writeUInt16LE(24, 28)
  return Buffer.concat([head, row])
}

const text = (words: string): Buffer => Buffer.from(words, 'latin1')

/** Not opened, on the page as on the command line; both say the same of them. */
const refused = [
  ...HEIC_FILES.map(({ name, bytes }) => ({ name, bytes, error: 'BadImage', remedy: /HEIC.*Most Compatible/ })),
  {
    name: 'page.jpg',
    bytes: () => Promise.resolve(text('<!doctype html><title>Sign in</title>')),
    error: 'BadImage',
    remedy: /web page.*sign in/,
  },
  {
    name: 'flux1-dev-Q4_K.gguf',
    bytes: () => Promise.resolve(text('GGUF\x03\0\0\0')),
    error: 'BadImage',
    remedy: /GGUF.*convert --flux/,
  },
  { name: 'photos.zip', bytes: () => Promise.resolve(text('PK\x03\x04')), error: 'BadImage', remedy: /ZIP.*Unpack/ },
  {
    name: 'style.safetensors',
    bytes: () => Promise.resolve(text('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n')),
    error: 'BadSafetensors',
    remedy: /Git LFS pointer.*git lfs pull/,
  },
  {
    name: 'style.sft',
    bytes: () => Promise.resolve(text(`\x80\x02${'.'.repeat(64)}`)),
    error: 'BadSafetensors',
    remedy: /pickle.*\.safetensors version/,
  },
] as const

test('what opens nowhere is named by its content, on the page and by the doctor', async ({ page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'refused-'))
  try {
    const editor = new EditorPage(page)
    await editor.open('/?provider=wasm')
    for (const { name, bytes, error, remedy } of refused) {
      await test.step(name, async () => {
        const file = await bytes()
        await editor.drop(name, '', file)
        const toast = page.getByRole('alert')
        await expect(toast).toBeVisible({ timeout: 120_000 })
        await expect(toast).toHaveAttribute('data-error', error)
        await expect(toast).toContainText(remedy)
        await editor.closeToasts()
        await expect(toast).toHaveCount(0)
        await writeFile(join(folder, name), file)
      })
    }
    const { stdout } = await promisify(execFile)('npx', [
      'photodoodle',
      'doctor',
      ...refused.map(({ name }) => join(folder, name)),
    ]).catch((failure: unknown) => failure as { stdout: string })
    for (const { name } of refused) expect(stdout).toContain(`${join(folder, name)}: `)
    expect(stdout.match(/does not work: /g)).toHaveLength(refused.length)
    expect(editor.complaints).toEqual([])
  } finally {
    await rm(folder, { recursive: true })
  }
})
