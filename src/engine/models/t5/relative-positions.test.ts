import { describe, expect, it } from 'vitest'
import { relativePositionBuckets } from './relative-positions'

// First distance of each bucket, by T5Attention._relative_position_bucket of transformers 5.23 for distances 0 to 599.
const FIRST: readonly (readonly [buckets: number, maxDistance: number, first: readonly number[]])[] = [
  [32, 128, [0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91]],
  [16, 64, [0, 1, 2, 3, 4, 8, 16, 32]],
  [
    64,
    256,
    [
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 20, 23, 27, 32, 39, 46, 54, 64, 77, 91, 108, 128, 153,
      182, 216,
    ],
  ],
  [32, 100, [0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 21, 29, 39, 54, 73]],
]

describe('relativePositionBuckets', () => {
  it.each(FIRST)("has the reference's bounds: %i buckets, distances to %i", (buckets, maxDistance, first) => {
    const table = relativePositionBuckets(600, buckets, maxDistance)
    const row = Array.from(table.subarray(0, 600))
    const expected = row.map((_, distance) => first.findLastIndex((from) => from <= distance))
    expect(row).toEqual(expected.map((bucket, distance) => (distance === 0 ? 0 : bucket + buckets / 2)))
    // Looking back: the first column.
    expect(row.map((_, from) => table[from * 600])).toEqual(expected)
  })
})
