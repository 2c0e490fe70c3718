import { expect, test } from 'vitest'
import { shiftedSigmas } from './shifted-sigmas'

test('run from 1 to 0, bent by the shift', () => {
  expect(shiftedSigmas(1, 3)).toEqual([1, 0])
  expect(shiftedSigmas(4, 1)).toEqual([1, 0.75, 0.5, 0.25, 0])
  expect(shiftedSigmas(2, 3)).toEqual([1, 0.75, 0])
})

test.each([0, 1.5, -1, Number.NaN, 1001])('%d steps are refused', (steps) => {
  expect(() => shiftedSigmas(steps, 2)).toThrow(expect.objectContaining({ name: 'BadRequest' }) as Error)
})
