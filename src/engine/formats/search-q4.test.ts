import { expect, test } from 'vitest'
import { floatToHalf, halfToFloat } from '../core/float16'
import { gaussian } from '../core/random'
import { relativeL2 } from '../core/tensor'
import { BLOCK, dequantizeQ4, quantizeQ4 } from './blocks'
import { searchQ4 } from './search-q4'

const searched = (weight: Float32Array) => {
  const { bytes, scales } = searchQ4(weight)
  return dequantizeQ4(bytes, scales)
}
const signed = (weight: Float32Array) => {
  const { bytes, scales } = quantizeQ4(weight)
  return dequantizeQ4(bytes, scales)
}
/** The textbook way: the block's largest magnitude on code 7. */
const nearest = (weight: Float32Array) =>
  weight.map((value, i) => {
    const block = weight.subarray(i - (i % BLOCK), i - (i % BLOCK) + BLOCK)
    const scale = Math.max(...block.map(Math.abs)) / 7
    return scale === 0 ? 0 : Math.round(value / scale) * scale
  })

test.each([1, 2, 3])('weights of a bell curve come out closer than rounded to nearest (seed %d)', (seed) => {
  const weight = gaussian(seed, 2 ** 13)
  const error = relativeL2(searched(weight), weight)
  expect(error).toBeLessThan(0.88 * relativeL2(nearest(weight), weight))
  expect(error).toBeLessThan(0.97 * relativeL2(signed(weight), weight))
})

test('no block is much worse than with the extreme weight alone, and scales are halves', () => {
  const weight = gaussian(7, 512 * BLOCK)
  const { bytes, scales } = searchQ4(weight)
  const ours = dequantizeQ4(bytes, scales)
  const plain = signed(weight)
  for (let start = 0; start < weight.length; start += BLOCK) {
    const cut = (values: Float32Array) => values.subarray(start, start + BLOCK)
    expect(relativeL2(cut(ours), cut(weight))).toBeLessThan(1.001 * relativeL2(cut(plain), cut(weight)))
  }
  for (const scale of scales) expect(halfToFloat(floatToHalf(scale))).toBe(scale)
})

test.each([[0], [1e-9], [1e-6], [3e-4], [1], [6e4], [-2]])('a block of one weight %d among zeros', (value) => {
  const weight = new Float32Array(BLOCK)
  weight[5] = value
  const stored = searched(weight)
  expect(Math.abs(stored[5]! - value)).toBeLessThanOrEqual(Math.max(2 ** -23, 2e-3 * Math.abs(value)))
  stored[5] = 0
  expect(stored.every((zero) => zero === 0)).toBe(true)
})

test('blocks do not depend on one another', () => {
  const weight = gaussian(3, 8 * BLOCK)
  const whole = searchQ4(weight)
  const part = searchQ4(weight.subarray(2 * BLOCK, 5 * BLOCK))
  expect(part.bytes).toEqual(whole.bytes.slice(2 * 16, 5 * 16))
  expect(part.scales).toEqual(whole.scales.slice(2, 5))
})

test('weights that a half cannot hold are refused', () => {
  expect(() => searchQ4(new Float32Array(BLOCK).fill(7e4))).toThrow(/quantised/)
  expect(() => searchQ4(new Float32Array(BLOCK).fill(NaN))).toThrow(/quantised/)
  expect(() => searchQ4(new Float32Array(BLOCK + 1))).toThrow(/blocks/)
})
