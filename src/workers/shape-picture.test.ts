import { expect, test } from 'vitest'
import { rgbaImage } from '../engine/image/rgba-image'
import { fillingBox, shaped } from './shape-picture'

/** A red square of 4 x 4 pixels on nothing. */
function square(left: number, top: number) {
  const picture = rgbaImage(20, 10)
  for (let y = top; y < top + 4; y++)
    for (let x = left; x < left + 4; x++) picture.data.set([255, 0, 0, 255], 4 * (y * 20 + x))
  return picture
}

test('a sticker is trimmed to what is seen, also where a rim goes past the photo’s edge', async () => {
  const bare = await shaped(square(0, 3), { sticker: { rim: 0 } })
  expect([bare.width, bare.height]).toEqual([4, 4])
  expect(bare.data.every((value, at) => value === [255, 0, 0, 255][at % 4])).toBe(true)
  const rimmed = await shaped(square(0, 3), { sticker: { rim: 0.1 } })
  expect(rimmed.width).toBeGreaterThanOrEqual(8)
  expect(rimmed.width).toBe(rimmed.height)
  // Two pixels left of the square the rim is white.
  const at = 4 * (Math.floor(rimmed.height / 2) * rimmed.width + (rimmed.width - 4) / 2 - 1)
  expect([...rimmed.data.subarray(at, at + 4)]).toEqual([255, 255, 255, 255])
  await expect(shaped(rgbaImage(3, 3), { sticker: { rim: 0 } })).rejects.toThrow('Nothing is seen')
})

test('what fills a frame has its shape, and shows the middle that was asked for where there is room', () => {
  const photo = { width: 400, height: 300 }
  expect(fillingBox(photo, { width: 100, height: 100, middle: [0.5, 0.5] })).toEqual({
    left: 50,
    top: 0,
    width: 300,
    height: 300,
  })
  expect(fillingBox(photo, { width: 100, height: 100, middle: [0, 0.2] })).toMatchObject({ left: 0, top: 0 })
  expect(fillingBox(photo, { width: 100, height: 100, middle: [0.45, 0.9] })).toMatchObject({ left: 30, top: 0 })
})

test('a picture that fills a frame has the frame’s size, in a preview a part of it', async () => {
  const frame = { width: 8, height: 8, fill: true, ground: 'white', middle: [0.5, 0.5] } as const
  const full = await shaped(square(8, 3), { frame })
  expect([full.width, full.height]).toEqual([8, 8])
  const preview = await shaped(square(8, 3), { frame }, 0.5)
  expect([preview.width, preview.height]).toEqual([4, 4])
})
