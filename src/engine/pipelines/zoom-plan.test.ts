import { expect, test } from 'vitest'
import { rgbaImage, type RgbaImage } from '../image/rgba-image'
import { planZoom, type ZoomPlan } from './zoom-plan'

const grid = { rows: 12, columns: 12 }
const large = { width: 4000, height: 4000 }

/** A doodle of 192 x 192 pixels, opaque in the given boxes [left, top, width, height]. */
function doodle(...boxes: readonly (readonly [number, number, number, number])[]): RgbaImage {
  const image = rgbaImage(192, 192)
  for (const [left, top, width, height] of boxes) {
    for (let y = top; y < top + height; y++) for (let x = left; x < left + width; x++) image.data[(y * 192 + x) * 4 + 3] = 255
  }
  return image
}

/** Every token that the doodle touches lies in a crop, and every crop in the picture. */
function expectCovered(plan: ZoomPlan, image: RgbaImage): void {
  const side = grid.rows * plan.factor
  for (const { row, column, rows, columns } of plan.windows) {
    expect([rows, columns]).toEqual([12, 12])
    expect(Math.min(row, column)).toBeGreaterThanOrEqual(0)
    expect(Math.max(row, column) + 12).toBeLessThanOrEqual(side)
  }
  for (let at = 0; at < 192 * 192; at++) {
    if (image.data[4 * at + 3] === 0) continue
    const y = Math.floor((Math.floor(at / 192) * plan.factor) / 16)
    const x = Math.floor(((at % 192) * plan.factor) / 16)
    if (!plan.windows.some(({ row, column }) => y >= row && y < row + 12 && x >= column && x < column + 12)) throw new Error(`token ${y}, ${x} is in no crop`)
  }
}

test('a small doodle is looked at in one crop, four times as large', () => {
  const image = doodle([70, 20, 30, 30])
  const plan = planZoom(image, grid, large)!
  expect(plan.factor).toBe(4)
  expect(plan.windows).toHaveLength(1)
  expectCovered(plan, image)
})

test('a doodle over the whole picture takes overlapping crops at a lesser enlargement', () => {
  const image = doodle([0, 0, 192, 192])
  const plan = planZoom(image, grid, large)!
  expect(plan.factor).toBe(3)
  expect(plan.windows).toHaveLength(16)
  expect(plan.box).toEqual({ row: 0, column: 0, rows: 36, columns: 36 })
  expectCovered(plan, image)
  const starts = [...new Set(plan.windows.map(({ row }) => row))].sort((a, b) => a - b)
  for (let i = 1; i < starts.length; i++) expect(starts[i]! - starts[i - 1]!).toBeLessThanOrEqual(9)
})

test('two doodles far apart are looked at by themselves, near ones together', () => {
  const apart = doodle([4, 4, 20, 20], [160, 160, 20, 20])
  const plan = planZoom(apart, grid, large)!
  expect(plan.factor).toBe(4)
  expect(plan.windows).toHaveLength(2)
  expectCovered(plan, apart)
  expect(planZoom(doodle([60, 60, 10, 10], [80, 60, 10, 10]), grid, large)!.windows).toHaveLength(1)
})

test('an outline around everything leaves its middle out', () => {
  const image = doodle([0, 0, 192, 6], [0, 186, 192, 6], [0, 0, 6, 192], [186, 0, 6, 192])
  const plan = planZoom(image, grid, large, { maxFactor: 3, maxWindows: 30 })!
  expect(plan.factor).toBe(3)
  expectCovered(plan, image)
  expect(plan.windows).toHaveLength(12)
})

test('nothing drawn, or a photo no larger than the model sees, needs no second look', () => {
  expect(planZoom(doodle(), grid, large)).toBeUndefined()
  expect(planZoom(doodle([70, 20, 30, 30]), grid, { width: 383, height: 2000 })).toBeUndefined()
  expect(planZoom(doodle([70, 20, 30, 30]), grid, { width: 600, height: 600 })!.factor).toBe(3)
})
