import { decode, encode } from 'fast-png'
import { expect, test } from 'vitest'
import { readPngText, withPngText } from './png-text'

const picture = () =>
  new Uint8Array(encode({ width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), channels: 4, depth: 8 }))

test('text comes back, in any script, and the picture stays the same to a decoder that checks every checksum', () => {
  const text = JSON.stringify({ instruction: '给猫画一顶皇冠 👑' })
  const written = withPngText(picture(), 'photodoodle', text)
  expect(readPngText(written, 'photodoodle')).toBe(text)
  expect(decode(written, { checkCrc: true }).data).toEqual(decode(picture()).data)
})

test('other keywords, other files and damaged ones have no text', () => {
  const written = withPngText(picture(), 'photodoodle', 'x')
  expect(readPngText(written, 'photo')).toBeNull()
  expect(readPngText(picture(), 'photodoodle')).toBeNull()
  expect(readPngText(written.subarray(0, 50), 'photodoodle')).toBeNull()
  expect(readPngText(new TextEncoder().encode('no picture'), 'photodoodle')).toBeNull()
  expect(withPngText(new Uint8Array([1, 2, 3]), 'photodoodle', 'x')).toEqual(new Uint8Array([1, 2, 3]))
})
