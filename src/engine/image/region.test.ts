import { expect, test } from 'vitest'
import { confine, resizeRegion, type RegionMask } from './region'
import { rgbaImage } from './rgba-image'

/** 255 where `inside` says so. */
function region(width: number, height: number, inside: (x: number, y: number) => boolean): RegionMask {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => (inside(i % width, Math.floor(i / width)) ? 255 : 0)),
  }
}

const opaque = (width: number, height: number) =>
  rgbaImage(width, height, new Uint8ClampedArray(width * height * 4).fill(255))
const alphaAt = (image: { width: number; data: Uint8ClampedArray }, x: number, y: number): number =>
  image.data[(y * image.width + x) * 4 + 3]!

test('alpha is exactly 0 outside the region, whole deep inside, and rises from the edge inwards', () => {
  const inside = (x: number, y: number) => x >= 60 && x < 300 && y >= 40 && y < 200
  const layer = confine(opaque(360, 240), region(360, 240, inside))
  const strays = Array.from(
    { length: 360 * 240 },
    (_, i) => !inside(i % 360, Math.floor(i / 360)) && layer.data[4 * i + 3] !== 0,
  )
  expect(strays.filter(Boolean)).toEqual([])
  expect(alphaAt(layer, 180, 120)).toBe(255)
  const edge = [60, 61, 62, 63].map((x) => alphaAt(layer, x, 120))
  expect(edge[0]).toBeGreaterThan(0)
  expect(edge[0]).toBeLessThan(255)
  expect(edge).toEqual([...edge].sort((a, b) => a - b))
})

test('a coarse region on a large layer stays within its own cells', () => {
  const layer = confine(
    opaque(80, 60),
    region(8, 6, (x, y) => x >= 2 && x < 6 && y >= 1 && y < 5),
  )
  expect(alphaAt(layer, 19, 30)).toBe(0)
  expect(alphaAt(layer, 60, 30)).toBe(0)
  expect(alphaAt(layer, 40, 30)).toBe(255)
})

test('an empty region leaves nothing and a full one leaves the layer', () => {
  const layer = opaque(20, 10)
  expect(
    confine(
      layer,
      region(20, 10, () => false),
    ).data.some((value, i) => i % 4 === 3 && value !== 0),
  ).toBe(false)
  expect(
    confine(
      layer,
      region(20, 10, () => true),
    ).data,
  ).toEqual(layer.data)
})

test('coverage is averaged when a region is made smaller', () => {
  expect([
    ...resizeRegion(
      region(4, 2, (x) => x < 1),
      2,
      1,
    ),
  ]).toEqual([127.5, 0])
})
