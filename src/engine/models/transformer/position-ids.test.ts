import { expect, test } from 'vitest'
import { gridIds, sequenceIds } from './position-ids'

test('a picture starts at the origin, a part of one where it lies', () => {
  expect([...gridIds({ rows: 2, columns: 2 })]).toEqual([0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1])
  expect([...gridIds({ rows: 1, columns: 2, row: 7, column: 3 })]).toEqual([0, 7, 3, 0, 7, 4])
})

test('text stands at the origin, and the source where the noisy tokens stand', () => {
  const ids = sequenceIds(1, { rows: 1, columns: 2, row: 7, column: 3 })
  expect([...ids]).toEqual([0, 0, 0, 0, 7, 3, 0, 7, 4, 0, 7, 3, 0, 7, 4])
})
