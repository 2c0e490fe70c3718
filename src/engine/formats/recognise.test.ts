import { expect, test } from 'vitest'
import { recognise } from './recognise'
import { writeSafetensors } from './safetensors'

const text = (words: string): Uint8Array => new TextEncoder().encode(words)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from([...values, ...new Array<number>(64).fill(7)])
const LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:4665bd7d\nsize 23802932552\n'

test.each<[string, Uint8Array, string, RegExp]>([
  ['an LFS pointer', text(LFS), 'lfs', /23,802\.9 MB.*git lfs pull/],
  ['a web page', text('\ufeff\n<!DOCTYPE html><html>'), 'html', /web page.*download the file again/],
  ["a gated repository's answer", text('{"error":"Access to model is restricted"}'), 'json', /JSON.*download/],
  ['a line of text', text('Access to model black-forest-labs/FLUX.1-dev is restricted.'), 'text', /holds text/],
  ['a pickle', bytes(0x80, 2), 'pickle', /run code.*\.safetensors/],
  [
    'a PyTorch checkpoint',
    Uint8Array.from([0x50, 0x4b, 3, 4, ...text('....................archive/data.pklFB')]),
    'pickle',
    /PyTorch.*run code/,
  ],
  ['a ZIP', bytes(0x50, 0x4b, 3, 4), 'zip', /Unpack/],
  ['a 7z', bytes(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), 'archive', /7z.*Unpack/],
  ['a GGUF', text('GGUF\x03\x00\x00\x00'), 'gguf', /GGUF.*--flux/],
  ['a safetensors', writeSafetensors([]), 'safetensors', /weights.*--style/],
  ['an unfinished download', new Uint8Array(4096), 'zeros', /zeros.*again/],
  ['an MP4', text('\0\0\0\x18ftypisom'), 'video', /video/],
  ['a PDF', text('%PDF-1.7'), 'document', /PDF/],
])('%s', (_, head, kind, words) => {
  const found = recognise(head)!
  expect(found.kind).toBe(kind)
  expect(`The file ${found.what}. ${found.remedy}`).toMatch(words)
})

test.each([
  ['nothing', new Uint8Array()],
  ['a JPEG', bytes(0xff, 0xd8)],
  ['noise', bytes(0x11, 0x92)],
])('%s is not named', (_, head) => {
  expect(recognise(head)).toBeUndefined()
})
