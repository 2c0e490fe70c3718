import { expect, test } from 'vitest'
import { narrowColours } from './narrow-edges'
import { rgbaImage, type RgbaImage } from './rgba-image'

/** Rows of grey levels; undefined is transparent. */
function strip(levels: readonly (number | undefined)[]): RgbaImage {
  const image = rgbaImage(levels.length, 3)
  for (let y = 0; y < 3; y++) levels.forEach((level, x) => { if (level !== undefined) image.data.set([level, level, level, 255], (y * levels.length + x) * 4) })
  return image
}

const middle = ({ width, data }: RgbaImage): number[] => Array.from({ length: width }, (_, x) => data[(width + x) * 4]!)

test('an edge between colours gets narrower, and its ends stay', () => {
  const layer = strip([20, 20, 30, 60, 120, 180, 210, 220, 220])
  narrowColours(layer)
  const [first, , , low, half, high] = middle(layer)
  expect([first, half, middle(layer).at(-1)]).toEqual([20, 120, 220])
  expect(low).toBeLessThan(50)
  expect(high).toBeGreaterThan(190)
})

test('shading stays as it is', () => {
  const levels = [100, 104, 108, 112, 116, 120]
  const layer = strip(levels)
  narrowColours(layer)
  expect(middle(layer)).toEqual(levels)
})

test('what is transparent stays empty and does not darken its neighbours', () => {
  const layer = strip([undefined, undefined, 200, 200, 200])
  narrowColours(layer)
  expect([...layer.data]).toEqual([...strip([undefined, undefined, 200, 200, 200]).data])
})
