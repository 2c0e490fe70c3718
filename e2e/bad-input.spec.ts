import { expect, test } from '@playwright/test'
import { EditorPage } from './editor-page'
import { giantPngHeader, sidewaysJpeg, uprightSize } from './photos'

/** safetensors: 8 bytes of header length, the JSON header, the data. */
function safetensors(header: unknown, data: Uint8Array): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, data])
}

const matrix = (rows: number, columns: number, start: number) => ({
  dtype: 'F32',
  shape: [rows, columns],
  data_offsets: [start, start + rows * columns * 4],
})
const strangers = {
  'some_unet.down_blocks.0.lora_A.weight': matrix(4, 8, 0),
  'some_unet.down_blocks.0.lora_B.weight': matrix(8, 4, 128),
}

const cases = [
  {
    what: 'a text file named .jpg',
    name: 'notes.jpg',
    type: 'image/jpeg',
    bytes: Buffer.from('dear diary, this is no picture'),
    error: 'BadImage',
    remedy: /Choose a JPEG/,
  },
  {
    what: 'an empty file',
    name: 'empty.png',
    type: 'image/png',
    bytes: Buffer.alloc(0),
    error: 'BadImage',
    remedy: /copy or download it again/,
  },
  {
    what: 'a 20000 x 20000 header',
    name: 'giant.png',
    type: 'image/png',
    bytes: giantPngHeader(20_000),
    error: 'ImageTooLarge',
    remedy: /Save a smaller copy/,
  },
  {
    what: 'a picture cut off after its header',
    name: 'cut.png',
    type: 'image/png',
    bytes: giantPngHeader(64),
    error: 'BadImage',
    remedy: /copy or download it again/,
  },
  {
    what: 'a truncated safetensors',
    name: 'cut.safetensors',
    type: '',
    bytes: safetensors(strangers, new Uint8Array(256)).subarray(0, 60),
    error: /BadSafetensors|TruncatedFile/,
    remedy: /./,
  },
  {
    what: 'an offset past the end',
    name: 'far.safetensors',
    type: '',
    bytes: safetensors({ x: { dtype: 'F32', shape: [64], data_offsets: [0, 256] } }, new Uint8Array(16)),
    error: 'BadSafetensors',
    remedy: /./,
  },
  {
    what: 'a LoRA that matches nothing',
    name: 'stranger.safetensors',
    type: '',
    bytes: safetensors(strangers, new Uint8Array(256)),
    error: 'BadLora',
    remedy: /./,
  },
] as const

test('each kind of bad file is named with its remedy, and the photo before stays', async ({ page }) => {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  await editor.drop('holiday.jpg', 'image/jpeg', await sidewaysJpeg())
  await expect(editor.photo).toBeVisible()
  const source = await editor.photo.getAttribute('data-photo')

  for (const { what, name, type, bytes, error, remedy } of cases) {
    await test.step(what, async () => {
      await editor.drop(name, type, bytes)
      const toast = page.getByRole('alert')
      // A style is checked against the model, which may still be loading.
      await expect(toast).toBeVisible({ timeout: 120_000 })
      await expect(toast).toHaveAttribute('data-error', error)
      await expect(toast).toContainText(remedy)
      await expect(editor.photo).toHaveAttribute('data-photo', source ?? '')
      await editor.closeToasts()
      await expect(toast).toHaveCount(0)
    })
  }

  // The editor still draws on the photo it had.
  await editor.setSeedAndSteps(3, 1)
  await editor.doodle()
  const { width, height } = await editor.downloadPng('Download PNG')
  expect([width, height]).toEqual([uprightSize.width, uprightSize.height])
  expect(editor.complaints).toEqual([])
})
