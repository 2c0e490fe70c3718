import { expect, test } from 'vitest'
import { sequenceIds } from './position-ids'

test('text stands at the origin, and the source where the noisy tokens stand', () => {
  expect([...sequenceIds(1, { rows: 2, columns: 2 })]).toEqual([
    0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1,
  ])
})
