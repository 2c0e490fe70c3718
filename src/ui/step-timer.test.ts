import { expect, test } from 'vitest'
import { stepTimer } from './step-timer'

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
