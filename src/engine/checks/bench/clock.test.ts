import { describe, expect, it } from 'vitest'
import { inTurn, median, medianCost, type Clock } from './clock'

describe('inTurn', () => {
  it('does all works in every round, leaves the first round out, and gives each its median', async () => {
    const done: string[] = []
    let now = 0
    const clock: Clock = () => Promise.resolve({ wall: now, processor: now / 2 })
    const takes = (name: string, times: readonly number[]) => (run: number) => {
      done.push(`${name}${run}`)
      now += times[run]!
    }
    const costs = await inTurn(clock, 3, { a: takes('a', [1000, 4, 2, 6]), b: takes('b', [1000, 10, 30, 20]) })
    expect(done).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2', 'a3', 'b3'])
    expect(costs).toEqual({ a: { wall: 4, processor: 2 }, b: { wall: 20, processor: 10 } })
  })
})

describe('medians', () => {
  it('are the middle, or the mean of both middles, and 0 of none', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([])]).toEqual([2, 2.5, 0])
  })

  it('know no processor where no cost does', () => {
    expect(medianCost([{ wall: 1 }, { wall: 3 }])).toEqual({ wall: 2 })
  })
})
