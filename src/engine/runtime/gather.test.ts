import { expect, it } from 'vitest'
import { gatherFactor } from './gather'

const held = Float32Array.of(1, -2, 3, 0)
const region = Float32Array.of(1, 0, 0, 0)

it('divides by the share of the change that lies inside the region', () => {
  expect(gatherFactor(Float32Array.of(2, -2, 3, -1), held, region, 0.9)).toBe(2)
  expect(gatherFactor(Float32Array.of(2, -2.5, 3.5, 0), held, region, 0.9)).toBe(2)
  expect(gatherFactor(Float32Array.of(5, -2, 3, 0), held, region, 0.9)).toBe(1)
})

it('counts what is half inside by half', () => {
  expect(gatherFactor(Float32Array.of(2, -1, 3, 0), held, Float32Array.of(0.5, 0.5, 0, 0), 0.9)).toBe(2)
})

it('is bounded, and neutral where nothing changes inside or at all', () => {
  expect(gatherFactor(Float32Array.of(1.01, -2, 9, 9), held, region, 0.9)).toBe(4)
  expect(gatherFactor(Float32Array.of(1, -2, 9, 9), held, region, 0.9)).toBe(1)
  expect(gatherFactor(held, held, region, 0.9)).toBe(1)
})

it('leaves low noise levels alone, where shapes are settled', () => {
  expect(gatherFactor(Float32Array.of(2, -2, 3, -1), held, region, 0.5)).toBe(1)
})
