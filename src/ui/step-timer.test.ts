import { expect, test } from 'vitest'
import { secondsForAll, stepTimer } from './step-timer'

test('seconds left fall from step to step and the slow first step is left out', () => {
  let clock = 0
  const timer = stepTimer(() => clock)
  const at = (ms: number, step: number) => {
    clock = ms
    return timer({ phase: 'draw', step, steps: 4 })
  }
  expect(timer({ phase: 'prepare', step: 0, steps: 4 })).toBeNull()
  expect(at(9000, 1)).toBeNull()
  expect(at(11000, 2)).toBe(6)
  expect(at(13000, 3)).toBe(4)
  expect(at(15000, 4)).toBe(2)
})

test('several drawings take what the finished ones took, or what the first seems to take', () => {
  expect(secondsForAll(3, 1, [], 0)).toBe(3)
  expect(secondsForAll(null, 1, [], 3)).toBeNull()
  expect(secondsForAll(4, 2, [], 3)).toBe(4 + 3 * 6)
  expect(secondsForAll(4, 2, [5, 7], 1)).toBe(4 + 6)
  expect(secondsForAll(null, 2, [5, 7], 1)).toBe(4 + 6)
})
