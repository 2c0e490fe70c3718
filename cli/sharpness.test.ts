import { expect, test } from 'vitest'
import { rgbaImage } from '../src/engine/image/rgba-image'
import { riseWidths, seams, sharpness } from './sharpness'

test('an edge that rises evenly over 20 pixels is 16 pixels wide from 10 to 90 %', () => {
  const profile = Array.from({ length: 60 }, (_, x) => Math.min(100, Math.max(0, 5 * (x - 20))))
  expect(riseWidths(profile)).toHaveLength(1)
  expect(riseWidths(profile)[0]).toBeCloseTo(16, 5)
  expect(riseWidths(profile.map((value) => 200 - value))[0]).toBeCloseTo(16, 5)
})

test('a step is under one pixel wide, small steps and noise are no edges', () => {
  expect(riseWidths([10, 10, 10, 90, 90, 90])[0]).toBeCloseTo(0.8, 5)
  expect(riseWidths([10, 11, 10, 12, 30, 29, 31])).toEqual([])
})

test('a blurred picture has wider edges and less energy than a sharp one; outside is not looked at', () => {
  const draw = (blur: number) => {
    const image = rgbaImage(100, 100)
    for (let i = 0; i < 10_000; i++) image.data.fill(255 * Math.min(1, Math.max(0, ((i % 100) - 50) / blur + 0.5)), 4 * i, 4 * i + 3)
    image.data.forEach((_, at) => { if (at % 4 === 3) image.data[at] = 255 })
    return image
  }
  const sharp = sharpness(draw(2), draw(2))
  const soft = sharpness(draw(30), draw(30))
  expect(soft.edgeWidth).toBeGreaterThan(8 * sharp.edgeWidth)
  expect(sharp.gradientEnergy).toBeGreaterThan(5 * soft.gradientEnergy)
  expect(sharpness(draw(2), rgbaImage(100, 100)).edges).toBe(0)
})

test('a step at a border of crops is a seam, the same step everywhere is none', () => {
  const plan = { factor: 2, windows: [{ row: 0, column: 0, rows: 4, columns: 4 }, { row: 0, column: 2, rows: 4, columns: 4 }], box: { row: 0, column: 0, rows: 4, columns: 6 } }
  const picture = (value: (x: number) => number) => {
    const image = rgbaImage(96, 64)
    for (let i = 0; i < 96 * 64; i++) image.data.set([value(i % 96), 0, 0, 255], 4 * i)
    return image
  }
  expect(seams(picture((x) => (x < 64 ? x % 2 : 40 + (x % 2))), plan)!.largest).toBeGreaterThan(10)
  expect(seams(picture((x) => x % 2), plan)!.largest).toBe(1)
  expect(seams(picture((x) => (x < 64 ? x % 2 : 40 + (x % 2))), plan)!.chance).toBeCloseTo(1 / 17)
  expect(seams(picture((x) => x % 2), plan)!.chance).toBe(1)
})
