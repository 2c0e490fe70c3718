import { expect, test } from 'vitest'
import { gaussian } from '../core/random'
import { maxAbsDifference, tensor } from '../core/tensor'
import { TokenWindows } from './zoom-windows'

const box = { row: 3, column: 2, rows: 7, columns: 9 }
const windows = [
  { row: 3, column: 2, rows: 5, columns: 5 },
  { row: 5, column: 2, rows: 5, columns: 5 },
  { row: 3, column: 5, rows: 5, columns: 5 },
]
const field = tensor([63, 4], gaussian(1, 63 * 4))
const crops = new TokenWindows(box, windows)

test('crops that agree give back the field, tokens outside all crops included', () => {
  const merged = crops.merge(windows.map((window) => crops.cut(field, window)), field)
  expect(maxAbsDifference(merged.data, field.data)).toBeLessThan(1e-6)
})

test('a cut holds the tokens at its place', () => {
  const part = crops.cut(field, windows[1]!)
  expect(part.dims).toEqual([25, 4])
  // Row 2 of the box, column 0.
  expect(part.data.slice(0, 4)).toEqual(field.data.slice(2 * 9 * 4, 2 * 9 * 4 + 4))
})

test('crops that disagree pass smoothly into one another', () => {
  const side = 12
  const strip = { row: 0, column: 0, rows: side, columns: 20 }
  const pair = [{ row: 0, column: 0, rows: side, columns: side }, { row: 0, column: 8, rows: side, columns: side }]
  const constant = (value: number) => tensor([side * side, 1], new Float32Array(side * side).fill(value))
  const { data } = new TokenWindows(strip, pair).merge([constant(0), constant(1)], tensor([side * 20, 1]))
  const row = [...data.slice(5 * 20, 6 * 20)]
  expect(row.slice(0, 8)).toEqual(new Array(8).fill(0))
  expect(row.slice(12)).toEqual(new Array(8).fill(1))
  for (let x = 1; x < 20; x++) {
    expect(row[x]!).toBeGreaterThanOrEqual(row[x - 1]!)
    expect(row[x]! - row[x - 1]!).toBeLessThan(0.3)
  }
})
