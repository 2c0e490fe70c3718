import { expect, test } from 'vitest'
import { dotsPerInch, FIRST_CHOICE, frameSize, outputOf, printedSize } from './output'

const photo = { width: 4000, height: 3000 }
const middle = [0.4, 0.3] as const

test('each way out asks for its own size, ground and format', () => {
  const of = (way: Parameters<typeof outputOf>[0]['way']) => outputOf({ ...FIRST_CHOICE, way }, photo, middle)
  expect(of('picture')).toEqual({ format: 'png', quality: 0.92, withoutPhoto: false })
  expect(of('layer')).toEqual({ format: 'png', quality: 0.92, withoutPhoto: true })
  expect(of('sticker')).toMatchObject({ format: 'png', withoutPhoto: true, sticker: { rim: 0.012 } })
  expect(of('story')).toMatchObject({
    format: 'jpeg',
    frame: { width: 1080, height: 1920, fill: true, ground: 'soft', middle },
  })
  expect(of('square').frame).toMatchObject({ width: 1080, height: 1080 })
  expect(of('print').frame).toMatchObject({ width: 1772, height: 1181, ground: 'white' })
  expect(of('svg')).toMatchObject({ format: 'svg', withoutPhoto: true })
  const bare = outputOf({ ...FIRST_CHOICE, way: 'sticker', border: false }, photo, middle)
  expect(bare.sticker).toEqual({ rim: 0 })
})

test('paper lies as the photo does', () => {
  expect(frameSize({ way: 'print', paper: '20x30' }, photo)).toEqual({ width: 3543, height: 2362 })
  expect(frameSize({ way: 'print', paper: '20x30' }, { width: 3, height: 4 })).toEqual({ width: 2362, height: 3543 })
})

test('print sizes at 300 dpi, and the dots that a photo has for a paper', () => {
  expect(printedSize({ width: 4000, height: 3000 })).toEqual({ width: 33.9, height: 25.4 })
  expect(dotsPerInch(photo, { width: 1772, height: 1181 }, true)).toBe(677)
  expect(dotsPerInch({ width: 512, height: 512 }, { width: 1181, height: 1772 }, true)).toBe(87)
  expect(dotsPerInch({ width: 512, height: 512 }, { width: 1181, height: 1772 }, false)).toBe(130)
})
