import { expect, test } from 'vitest'
import { writeSafetensors } from '../engine/formats/safetensors'
import { isStyleFile } from './file-kind'

const weights = writeSafetensors([])

test.each<[string, string, Uint8Array<ArrayBuffer> | string, boolean]>([
  ['a style', 'magic.safetensors', weights, true],
  ['a style as .sft', 'magic.sft', weights, true],
  ['a style under another name', 'download', weights, true],
  ["an LFS pointer under a style's name", 'magic.safetensors', 'version https://git-lfs', true],
  ["a web page under a style's name", 'magic.safetensors', '<!doctype html>', true],
  ["a picture under a style's name", 'cat.safetensors', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), false],
  ['a picture', 'cat.jpg', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0), false],
  ['a GGUF', 'flux.gguf', 'GGUF', false],
  ['an empty file', 'x.png', '', false],
])('%s', async (_, name, content, expected) => {
  expect(await isStyleFile(new File([content], name))).toBe(expected)
})
