import { describe, expect, test } from 'vitest'
import { floatToHalf, halfToFloat } from '../core/float16'
import { gaussian } from '../core/random'
import { relativeL2 } from '../core/tensor'
import { dequantizeQ4, dequantizeQ8, quantizeQ4, quantizeQ8 } from './blocks'
import { storedBytes, toFloat32 } from './weight-store'

const kinds = [
  { dtype: 'Q4', quantize: quantizeQ4, dequantize: dequantizeQ4, levels: 8, perBlock: 16, measured: 0.0855 },
  { dtype: 'Q8', quantize: quantizeQ8, dequantize: dequantizeQ8, levels: 128, perBlock: 32, measured: 0.0049 },
] as const

describe.each(kinds)('$dtype', ({ dtype, quantize, dequantize, levels, perBlock, measured }) => {
  function expectWithinAStep(weight: Float32Array): void {
    const { bytes, scales } = quantize(weight)
    dequantize(bytes, scales).forEach((value, i) => {
      expect(Math.abs(value - weight[i]!)).toBeLessThanOrEqual(Math.abs(scales[i >> 5]!) * 1.001)
    })
  }

  test('error on normal weights is what it was measured to be', () => {
    const weight = gaussian(1, 64 * 256).map((x) => x * 0.02)
    const { bytes, scales } = quantize(weight)
    expect(bytes.length).toBe((weight.length / 32) * perBlock)
    expect(scales.length).toBe(weight.length / 32)
    const error = relativeL2(dequantize(bytes, scales), weight)
    expect(error).toBeGreaterThan(measured * 0.9)
    expect(error).toBeLessThan(measured * 1.1)
  })

  test('every weight is within half a step, the clipped ones within one', () => {
    const weight = gaussian(2, 32 * 64)
    expectWithinAStep(weight)
  })

  test('tiny weights, whose scales are subnormal halves, are not clipped', () => {
    const weight = gaussian(5, 32 * 64).map((x) => x * 2e-7 * levels)
    expectWithinAStep(weight)
  })

  test('scales are exact halves', () => {
    for (const scale of quantize(gaussian(3, 320)).scales) expect(halfToFloat(floatToHalf(scale))).toBe(scale)
  })

  test('values on the grid come back exactly', () => {
    // Steps of 2^-10 from -levels to levels - 1: the extreme is negative, so the scale is +2^-10.
    const grid = Float32Array.from({ length: 32 }, (_, i) => (Math.round((i / 31) * (2 * levels - 1)) - levels) / 1024)
    const { bytes, scales } = quantize(grid)
    expect([...dequantize(bytes, scales)]).toEqual([...grid])
    // The mirrored block has its extreme on the positive side and uses a negative scale.
    const mirrored = grid.map((x) => -x)
    const second = quantize(mirrored)
    expect(second.scales[0]).toBe(-1 / 1024)
    expect([...dequantize(second.bytes, second.scales)].map((x) => x + 0)).toEqual([...mirrored].map((x) => x + 0))
  })

  test('zeros stay zeros', () => {
    const { bytes, scales } = quantize(new Float32Array(32))
    expect([...dequantize(bytes, scales)]).toEqual([...new Float32Array(32)])
  })

  test.each([NaN, Infinity, 1e6])('%d is refused', (value) => {
    expect(() => quantize(new Float32Array(32).fill(value))).toThrow(
      expect.objectContaining({ name: 'ShapeMismatch' }) as Error,
    )
  })

  test('rows that do not fill blocks are refused', () => {
    expect(() => quantize(new Float32Array(33))).toThrow(expect.objectContaining({ name: 'ShapeMismatch' }) as Error)
    expect(() => storedBytes({ dtype, shape: [2, 48] })).toThrow(/multiple of 32/)
    expect(() => storedBytes({ dtype, shape: [64] })).toThrow(/multiple of 32/)
    expect(storedBytes({ dtype, shape: [3, 64] })).toBe(3 * 2 * perBlock)
  })

  test('through a stored tensor', () => {
    const { bytes, scales } = quantize(gaussian(4, 64))
    expect([...toFloat32({ dtype, shape: [2, 32], bytes, scales })]).toEqual([...dequantize(bytes, scales)])
    expect(() => toFloat32({ dtype, shape: [2, 32], bytes })).toThrow(/scales/)
  })
})

test('Q4 packs the even element into the low nibble', () => {
  const weight = new Float32Array(32)
  weight[0] = -8
  weight[1] = 7
  const { bytes, scales } = quantizeQ4(weight)
  expect(scales[0]).toBe(1)
  expect(bytes[0]).toBe(0xf0)
  expect(bytes[1]).toBe(0x88)
})
