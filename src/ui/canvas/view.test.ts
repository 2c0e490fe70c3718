import { expect, test } from 'vitest'
import { between, clamp, fit, levelFor, panBy, reaches, toImage, zoomAt } from './view'

const stage = { width: 1000, height: 800 }
const margins = { left: 20, top: 20, right: 20, bottom: 80 }
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

test('a painted picture is put where the same pixels of the photo are seen in another view', () => {
  const painted = { scale: 0.5, x: 40, y: -30 }
  const view = { scale: 0.6, x: -200, y: 90 }
  const { scale, x, y } = between(painted, view)
  const [px, py] = toImage(painted, [300, 200])
  expect(300 * scale + x).toBeCloseTo(px * view.scale + view.x)
  expect(200 * scale + y).toBeCloseTo(py * view.scale + view.y)
})

test('a painted picture reaches as far as its margin, either way', () => {
  const painted = { scale: 1, x: -2000, y: -1500 }
  const reached = (dx: number, dy: number) => reaches(painted, panBy(painted, dx, dy), photo, stage, 128)
  expect([reached(128, 0), reached(-128, 0), reached(0, 128), reached(0, -128)]).toEqual([true, true, true, true])
  expect([reached(129, 0), reached(-129, 0), reached(0, 129), reached(0, -129)]).toEqual([false, false, false, false])
})

test('where the photo ends nothing is missed, however far it is moved', () => {
  const painted = fit(photo, stage, margins)
  expect(reaches(painted, panBy(painted, 450, -300), photo, stage, 0)).toBe(true)
})

test('zooming is painted anew before blur or a bare edge would be seen', () => {
  const painted = { scale: 1, x: -2000, y: -1500 }
  const zoomed = (scale: number) => reaches(painted, zoomAt(painted, [500, 400], scale, 0.16), photo, stage, 128)
  expect([1.5, 1.51, 0.8, 0.75].map(zoomed)).toEqual([true, false, true, false])
  const whole = fit(photo, stage, margins)
  expect(reaches(whole, zoomAt(whole, [500, 400], whole.scale * 0.6, whole.scale), photo, stage, 128)).toBe(true)
})
