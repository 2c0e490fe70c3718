import { expect, it } from 'vitest'
import { Scratch } from './scratch'

it('gives planes that do not overlap, and the same room to the next call unless it is large', () => {
  const scratch = new Scratch()
  const [some, others] = scratch.planes(3, 2)
  some.fill(1)
  others.fill(2)
  expect([...some, ...others]).toEqual([1, 1, 1, 2, 2])
  const [large] = scratch.planes(2 ** 20 + 1)
  expect(large).toHaveLength(2 ** 20 + 1)
  expect([...scratch.planes(4)[0]]).toEqual([1, 1, 1, 2])
})
