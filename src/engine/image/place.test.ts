import { describe, expect, test } from 'vitest'
import { boxOf, crop, paste, placeLayer, placeOf } from './place'
import { rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

/** Every sample tells where it is. */
function numbered(width: number, height: number): RgbaImage {
  return rgbaImage(
    width,
    height,
    Uint8ClampedArray.from({ length: width * height * 4 }, (_, at) => (at * 31 + (at >> 8)) % 256),
  )
}

const alphaBox = ({ width, data }: RgbaImage) => {
  const drawn = Array.from({ length: data.length / 4 }, (_, i) => i).filter((i) => data[4 * i + 3]! > 0)
  const xs = drawn.map((i) => i % width)
  const ys = drawn.map((i) => Math.floor(i / width))
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) }
}

test('a box comes back from its place to the pixel, whatever the sizes', () => {
  for (const [width, height] of [
    [512, 512],
    [4032, 3024],
    [997, 1009],
    [8000, 6000],
  ] as const) {
    for (const box of [
      { left: 0, top: 0, width: 97, height: 96 },
      { left: 137, top: 211, width: 230, height: 231 },
      { left: width - 101, top: height - 333, width: 101, height: 333 },
    ]) {
      expect(boxOf(placeOf(box, { width, height }), { width, height })).toEqual(box)
    }
  }
})

test('at other sizes a place is whole pixels inside the picture, at least one; without a place it is all of it', () => {
  const place = placeOf({ left: 2000, top: 10, width: 48, height: 3 }, { width: 2048, height: 1536 })
  expect(boxOf(place, { width: 8000, height: 6000 })).toEqual({ left: 7813, top: 39, width: 187, height: 12 })
  expect(boxOf(place, { width: 8, height: 6 })).toEqual({ left: 7, top: 0, width: 1, height: 1 })
  expect(boxOf(undefined, { width: 30, height: 20 })).toEqual({ left: 0, top: 0, width: 30, height: 20 })
})

describe('cutting out and putting back', () => {
  const box = { left: 3, top: 2, width: 4, height: 5 }

  test('moves no sample', () => {
    const photo = numbered(12, 9)
    const part = crop(photo, box)
    const back = paste(part, box, photo)
    for (let y = 0; y < 9; y++) {
      for (let x = 0; x < 12; x++) {
        const inside = x >= 3 && x < 7 && y >= 2 && y < 7
        const at = (y * 12 + x) * 4
        expect([...back.data.subarray(at, at + 4)]).toEqual(
          inside ? [...photo.data.subarray(at, at + 4)] : [0, 0, 0, 0],
        )
      }
    }
  })

  test('copies nothing where the box is all of the picture', () => {
    const photo = numbered(12, 9)
    const whole = { left: 0, top: 0, width: 12, height: 9 }
    expect(crop(photo, whole)).toBe(photo)
    expect(paste(photo, whole, photo)).toBe(photo)
  })
})

describe('a doodle laid over the photo', () => {
  const photo = rgbaImage(90, 70, new Uint8ClampedArray(90 * 70 * 4).fill(200))
  const square = rgbaImage(10, 10, new Uint8ClampedArray(400).fill(255))

  test('lies in its place to the pixel, edges of the photo included, with alpha 0 around it', () => {
    for (const box of [
      { left: 31, top: 17, width: 40, height: 40 },
      { left: 0, top: 0, width: 40, height: 40 },
      { left: 50, top: 30, width: 40, height: 40 },
    ]) {
      const layer = placeLayer({ ...square, place: placeOf(box, photo) }, photo)
      expect([layer.width, layer.height]).toEqual([90, 70])
      expect(alphaBox(layer)).toEqual({ left: box.left, top: box.top, right: box.left + 39, bottom: box.top + 39 })
    }
  })

  test('is what the enlarged doodle is on that part of the photo alone', () => {
    const box = { left: 31, top: 17, width: 40, height: 40 }
    const doodle = numbered(10, 10)
    const layer = placeLayer({ ...doodle, place: placeOf(box, photo) }, photo)
    expect(crop(layer, box).data).toEqual(upscaleLayer(doodle, 40, 40, crop(photo, box)).data)
  })

  test('without a place is stretched over the whole photo', () => {
    expect(placeLayer(numbered(10, 10), photo).data).toEqual(upscaleLayer(numbered(10, 10), 90, 70, photo).data)
  })
})
