import { expect, test } from 'vitest'
import { bfloatsToFloats, floatsToHalves, floatToHalf, halfToFloat, halvesToFloats } from './float16'

/** The definition, in float64. */
function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const mantissa = half & 0x3ff
  if (exponent === 31) return mantissa === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1024 + mantissa) * 2 ** (exponent - 25)
}

test('every half decodes to its value and encodes back', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i)
  const floats = halvesToFloats(all)
  const back = floatsToHalves(floats)
  for (let i = 0; i < 65536; i++) {
    const expected = halfValue(i)
    if (!Object.is(floats[i], expected)) throw new Error(`half ${i}: ${floats[i]} is not ${expected}`)
    if (Number.isNaN(expected)) expect(halfToFloat(back[i]!)).toBeNaN()
    else if (back[i] !== i) throw new Error(`half ${i} came back as ${back[i]}`)
  }
})

test('the middle of two halves goes to the even one, anything else to the nearest', () => {
  for (let i = 0; i < 0x7bff; i++) {
    const low = halfValue(i)
    const high = halfValue(i + 1)
    const middle = (low + high) / 2
    const nudge = (high - low) / 64
    if (
      floatToHalf(middle) !== i + (i & 1) ||
      floatToHalf(middle - nudge) !== i ||
      floatToHalf(middle + nudge) !== i + 1
    )
      throw new Error(`wrong rounding after half ${i}`)
  }
})

test('out of range', () => {
  expect(halfToFloat(floatToHalf(65519))).toBe(65504)
  expect(halfToFloat(floatToHalf(65520))).toBe(Infinity)
  expect(halfToFloat(floatToHalf(-1e30))).toBe(-Infinity)
  expect(floatToHalf(-1e-30)).toBe(0x8000)
  expect(floatToHalf(2 ** -25)).toBe(0)
  expect(floatToHalf(2 ** -25 * 1.001)).toBe(1)
})

test('bfloat16 is the upper half of a float32', () => {
  expect([...bfloatsToFloats(Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001, 0x3e80))]).toEqual([
    1,
    -2,
    Infinity,
    2 ** -133,
    0.25,
  ])
})
