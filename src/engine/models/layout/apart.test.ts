import { describe, expect, it } from 'vitest'
import { apart } from './apart'
import type { PlannedElement } from './elements'

const heart = { start: 6, end: 12 }
const element = (left: number, top: number, side = 0.2, words = heart, kind: PlannedElement['kind'] = 'front') => ({
  box: { left, top, width: side, height: side },
  kind,
  anchor: 'free' as const,
  words,
})
const lefts = (planned: readonly PlannedElement[]) => planned.map(({ box }) => Math.round(box.left * 1e6) / 1e6)

describe('apart', () => {
  it('moves two of one thing off each other, the nearer way', () => {
    const moved = apart([element(0.4, 0.4), element(0.5, 0.42)])
    expect(lefts(moved)).toEqual([0.36, 0.54])
    expect(moved.map(({ box }) => box.top)).toEqual([0.4, 0.42].map((top) => expect.closeTo(top, 12) as number))
  })

  it('keeps inside the photo what was inside', () => {
    const moved = apart([element(0, 0.4), element(0.05, 0.4)])
    expect(lefts(moved)[0]).toBe(0)
    // What one cannot give way, the other does in later rounds.
    expect(lefts(moved)[1]).toBeGreaterThan(0.14)
  })

  it('leaves what touches a little, other things, and what is as large as the photo', () => {
    for (const planned of [
      [element(0.4, 0.4), element(0.56, 0.4)],
      [element(0.4, 0.4), element(0.45, 0.4, 0.2, { start: 0, end: 5 })],
      [element(0, 0, 1, heart, 'whole'), element(0.4, 0.4)],
    ])
      expect(lefts(apart(planned))).toEqual(lefts(planned))
  })
})
