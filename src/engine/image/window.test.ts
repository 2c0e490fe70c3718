import { expect, test } from 'vitest'
import { rgbaImage } from './rgba-image'
import { windowColours, windowMatte } from './window'

/** Red tells the column, green the row. */
const image = rgbaImage(4, 3)
for (let i = 0; i < 12; i++) image.data.set([10 * (i % 4), 10 * Math.floor(i / 4), 7, 0], 4 * i)
const reds = (window: Parameters<typeof windowColours>[1], width: number, height: number) =>
  [...windowColours(image, window, { width, height })].filter((_, i) => i % 3 === 0)

test('a window of whole pixels is a copy, whatever their alpha', () => {
  expect([...windowColours(image, { left: 1, top: 1, width: 2, height: 1 }, { width: 2, height: 1 })]).toEqual([
    10, 10, 7, 20, 10, 7,
  ])
})

test('beyond the picture its border repeats', () => {
  expect(reds({ left: -2, top: 0, width: 8, height: 1 }, 8, 1)).toEqual([0, 0, 0, 10, 20, 30, 30, 30])
  expect(reds({ left: 9, top: -7, width: 2, height: 2 }, 2, 2)).toEqual([30, 30, 30, 30])
})

test('what shrinks is the mean of what it covers', () => {
  expect(reds({ left: 0, top: 0, width: 4, height: 2 }, 2, 1)).toEqual([5, 25])
  const [first, second] = reds({ left: 0.5, top: 0, width: 3, height: 3 }, 2, 1)
  expect(first).toBeCloseTo((0.5 * 0 + 10) / 1.5, 5)
  expect(second).toBeCloseTo((20 + 0.5 * 30) / 1.5, 5)
})

test('what grows is linear between pixel centres', () => {
  expect(reds({ left: 1, top: 0, width: 2, height: 1 }, 4, 1)).toEqual([7.5, 12.5, 17.5, 22.5])
})

test('a matte comes as shares', () => {
  const { values } = windowMatte(
    { width: 2, height: 1, alpha: Uint8Array.of(0, 255) },
    { left: 0, top: 0, width: 2, height: 1 },
    { width: 1, height: 1 },
  )
  expect([...values]).toEqual([0.5])
})
