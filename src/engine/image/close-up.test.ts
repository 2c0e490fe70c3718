import { describe, expect, test } from 'vitest'
import { closeUp, closeUpBox } from './close-up'
import { boxOf } from './place'
import type { RegionMask } from './region'
import { rgbaImage } from './rgba-image'

/** 255 in a box of the mask. */
function region(size: { width: number; height: number }, left: number, top: number, width: number, height: number): RegionMask {
  const data = new Uint8Array(size.width * size.height)
  for (let y = top; y < top + height; y++) data.fill(255, y * size.width + left, y * size.width + left + width)
  return { ...size, data }
}

const square = { width: 500, height: 500 }

describe('the part of the photo that is looked at', () => {
  test('is a square of two and a half times the longer side, with the region in its middle', () => {
    expect(closeUpBox(region(square, 200, 240, 60, 20), square)).toEqual({ left: 155, top: 175, width: 150, height: 150 })
  })

  test('is moved inside at the edges of the photo', () => {
    expect(closeUpBox(region(square, 0, 0, 60, 60), square)).toEqual({ left: 0, top: 0, width: 150, height: 150 })
    expect(closeUpBox(region(square, 440, 430, 60, 60), square)).toEqual({ left: 350, top: 350, width: 150, height: 150 })
  })

  test('is as high as the photo where that is low', () => {
    expect(closeUpBox(region({ width: 1000, height: 200 }, 100, 60, 100, 80), { width: 1000, height: 200 })).toEqual({ left: 25, top: 0, width: 250, height: 200 })
  })

  test('is never less than 96 pixels, or a photo that is smaller', () => {
    expect(closeUpBox(region(square, 100, 100, 4, 4), square)).toEqual({ left: 54, top: 54, width: 96, height: 96 })
    expect(closeUpBox(region({ width: 90, height: 90 }, 40, 40, 4, 4), { width: 90, height: 90 })).toBeUndefined()
  })

  test('is the whole photo for a region that is large, empty, or hardly covered', () => {
    expect(closeUpBox(region(square, 100, 100, 140, 20), square)).toBeUndefined()
    expect(closeUpBox(region(square, 0, 0, 500, 500), square)).toBeUndefined()
    expect(closeUpBox(region(square, 0, 0, 0, 0), square)).toBeUndefined()
    const faint = region(square, 100, 100, 40, 40)
    expect(closeUpBox({ ...faint, data: faint.data.map((value) => value >> 1) }, square)).toBeUndefined()
  })

  test('follows from a region at any resolution', () => {
    const coarse = closeUpBox(region({ width: 100, height: 75 }, 10, 10, 10, 10), { width: 4000, height: 3000 })
    expect(coarse).toEqual(closeUpBox(region({ width: 400, height: 300 }, 40, 40, 40, 40), { width: 4000, height: 3000 }))
    expect(coarse).toEqual({ left: 100, top: 100, width: 1000, height: 1000 })
  })
})

test('photo and region are cut out alike, and the place leads back to the pixel', () => {
  const photo = rgbaImage(500, 400, Uint8ClampedArray.from({ length: 500 * 400 * 4 }, (_, at) => (at * 7) % 251))
  // Half the photo's resolution: each of its samples is two pixels wide.
  const mask = region({ width: 250, height: 200 }, 100, 120, 20, 15)
  const part = closeUp(photo, mask)!
  const box = boxOf(part.place, photo)
  expect(box).toEqual({ left: 170, top: 205, width: 100, height: 100 })
  for (const [x, y] of [[0, 0], [99, 0], [50, 50], [99, 99]] as const) {
    const [at, whole] = [(y * 100 + x) * 4, ((box.top + y) * 500 + box.left + x) * 4]
    expect([...part.photo.data.subarray(at, at + 4)]).toEqual([...photo.data.subarray(whole, whole + 4)])
  }
  const covered = Array.from({ length: 100 * 100 }, (_, i) => i).filter((i) => part.region.data[i] === 255)
  expect(covered).toHaveLength(40 * 30)
  expect([covered[0], covered.at(-1)]).toEqual([35 * 100 + 30, 64 * 100 + 69])
})
