import { describe, expect, it } from 'vitest'
import { windowSums } from './window-sums'

/** Means of every square by their definition. */
function plain(samples: Float32Array, width: number, height: number, values: number, radius: number): number[] {
  const means: number[] = []
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < values; c++) {
        const seen: number[] = []
        for (let j = Math.max(0, y - radius); j <= Math.min(height - 1, y + radius); j++)
          for (let i = Math.max(0, x - radius); i <= Math.min(width - 1, x + radius); i++)
            seen.push(samples[(j * width + i) * values + c]!)
        means.push(seen.reduce((sum, one) => sum + one, 0) / seen.length)
      }
  return means
}

describe('windowSums', () => {
  it.each([
    { width: 9, height: 7, values: 5, radius: 2 },
    { width: 4, height: 3, values: 14, radius: 5 },
    { width: 1, height: 6, values: 1, radius: 1 },
  ])('gives the mean of every square of $width x $height pixels, its border cut off', (size) => {
    const { width, height, values, radius } = size
    const samples = Float32Array.from({ length: width * height * values }, (_, i) => ((i * 7919) % 101) / 101)
    function* rows() {
      for (let y = 0; y < height; y++) yield samples.slice(y * width * values, (y + 1) * width * values)
    }
    const means: number[] = []
    for (const { sums, share } of windowSums(rows(), { width, height }, values, radius))
      for (const sum of sums) means.push(sum * share)
    const expected = plain(samples, width, height, values, radius)
    expect(means).toHaveLength(expected.length)
    means.forEach((mean, i) => expect(mean).toBeCloseTo(expected[i]!, 6))
  })
})
