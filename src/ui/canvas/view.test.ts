import { expect, test } from 'vitest'
import { clamp, fit, levelFor, toImage, zoomAt } from './view'

const stage = { width: 1000, height: 800 }
const margins = { x: 20, top: 20, bottom: 80 }
const photo = { width: 6000, height: 4000 }

test('the whole photo lies inside the margins, in the middle', () => {
  const { scale, x, y } = fit(photo, stage, margins)
  expect(scale).toBeCloseTo(960 / 6000)
  expect([x, x + 6000 * scale]).toEqual([20, 980])
  expect(y - 20).toBeCloseTo(800 - 80 - (y + 4000 * scale))
})

test('small photos are shown at twice their size, a single pixel large enough to see', () => {
  expect(fit({ width: 200, height: 100 }, stage, margins).scale).toBe(2)
  expect(fit({ width: 1, height: 1 }, stage, margins).scale).toBe(240)
})

test('zooming keeps what is under the pointer under the pointer', () => {
  const view = fit(photo, stage, margins)
  const before = toImage(view, [700, 300])
  const [x, y] = toImage(zoomAt(view, [700, 300], 1, view.scale), [700, 300])
  expect(x).toBeCloseTo(before[0])
  expect(y).toBeCloseTo(before[1])
})

test('zooming ends at half of the fitted size and at sixteen times', () => {
  const view = fit(photo, stage, margins)
  expect(zoomAt(view, [0, 0], 1e-6, view.scale).scale).toBeCloseTo(view.scale / 2)
  expect(zoomAt(view, [0, 0], 1e6, view.scale).scale).toBe(16)
})

test('the photo cannot be lost beyond the stage', () => {
  const view = clamp({ scale: 0.1, x: 5000, y: -5000 }, photo, stage)
  expect(view.x).toBe(500)
  expect(view.y + 400).toBe(400)
})

test('the level is the coarsest that still has a pixel for each screen pixel', () => {
  expect([2, 1, 0.6, 0.5, 0.3, 0.25, 0.13].map((scale) => levelFor(scale, photo))).toEqual([0, 0, 0, 1, 1, 2, 2])
  expect(levelFor(0.001, { width: 4, height: 1 })).toBe(2)
})
