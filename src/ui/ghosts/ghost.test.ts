import { describe, expect, test } from 'vitest'
import type { ElementPlan } from '../../workers/engine-api'
import { arranged, boxBetween, ghostAt, movedBox, poseBetween, scaledBox, SMALLEST, type Ghost } from './ghost'

const box = { left: 0.2, top: 0.3, width: 0.2, height: 0.4 }
const other = { left: 0.6, top: 0.1, width: 0.2, height: 0.2 }
const plan = (words: string, at = box): ElementPlan => ({ words, kind: 'front', box: at })
const ghost = (id: string, words: string, moved = false, at = box): Ghost => ({ ...plan(words, at), id, moved })

function counted(): () => string {
  let count = 0
  return () => `new ${++count}`
}

describe('boxes for other words', () => {
  const instruction = 'add a crown and a heart'
  const before = { ghosts: [], here: null, instruction }

  test('are what the model lays out', () => {
    expect(arranged(before, [plan('a crown'), plan('a heart', other)], instruction, counted())).toEqual([
      ghost('new 1', 'a crown'),
      ghost('new 2', 'a heart', false, other),
    ])
  })

  test('those a person moved stay while their words are said, in place of the model’s for the same words', () => {
    const ghosts = [ghost('c', 'a crown', true), ghost('h', 'a heart')]
    const next = 'add a crown and a star'
    expect(arranged({ ...before, ghosts }, [plan('a crown', other), plan('a star', other)], next, counted())).toEqual([
      ghost('new 1', 'a star', false, other),
      ghosts[0],
    ])
    // Whole words only.
    expect(arranged({ ...before, ghosts }, [plan('a crowned frog')], 'add a crowned frog', counted())).toEqual([
      ghost('new 1', 'a crowned frog'),
    ])
  })

  test('an unmoved one of the same words keeps its id, so that nothing flickers; two of the same are two', () => {
    const ghosts = [ghost('a', 'a star'), ghost('b', 'a star', true)]
    const plans = [plan('a star', other), plan('a star', other), plan('a star', other)]
    expect(arranged({ ...before, ghosts }, plans, 'add a star, a star', counted()).map(({ id }) => id)).toEqual([
      'a',
      'new 1',
      'b',
    ])
  })

  test('a box for all that is said takes all of the new words, shared as the photo was', () => {
    const here = { left: 0.5, top: 0.5, width: 0.4, height: 0.2 }
    const state = { ghosts: [ghost('here', 'a crown', false, here)], here, instruction: 'add a crown' }
    expect(arranged(state, [plan('a heart')], 'add a heart', counted())).toEqual([
      ghost('here', 'a heart', false, here),
    ])
    const two = arranged(state, [plan('a crown'), plan('a heart', other)], instruction, counted())
    expect(two.map(({ id }) => id)).toEqual(['here', 'new 1'])
    expect(Math.min(...two.map((one) => one.box.left))).toBeCloseTo(0.5)
    expect(Math.max(...two.map((one) => one.box.left + one.box.width))).toBeCloseTo(0.9)
    // Nothing found, or something that would cover the photo: the words as they are.
    const whole: ElementPlan = { words: 'frame', kind: 'whole', box: { left: 0, top: 0, width: 1, height: 1 } }
    for (const plans of [[], [whole]])
      expect(arranged(state, plans, 'a frame', counted())).toEqual([ghost('here', 'a frame', false, here)])
  })

  test('in a box drawn by hand a thing is seen: before the subject, unless “behind” is said', () => {
    const state = { ...before, here: box }
    const behind = [{ ...plan('a heart'), kind: 'behind' as const }]
    const kindOf = (instruction: string): string | undefined => arranged(state, behind, instruction, counted())[0]?.kind
    expect([kindOf('add a heart'), kindOf('add a heart behind the cat')]).toEqual(['front', 'behind'])
    expect(arranged(before, behind, 'add a heart', counted())[0]?.kind).toBe('behind')
  })

  test('one more of the whole instruction follows it', () => {
    const ghosts = [ghost('more', instruction, true)]
    expect(arranged({ ...before, ghosts }, [], 'add a star', counted())).toEqual([ghost('more', 'add a star', true)])
  })
})

test('a box is moved and scaled, never out of sight nor too small', () => {
  expect(movedBox(box, 0.1, -0.1)).toEqual({ ...box, left: 0.2 + 0.1, top: 0.3 - 0.1 })
  const far = movedBox(box, 9, -9)
  expect(far.left).toBeLessThan(1)
  expect(far.top + far.height).toBeGreaterThan(0)
  const wide = scaledBox(box, 2, 1)
  expect([wide.left, wide.top, wide.width, wide.height].map((value) => Number(value.toFixed(6)))).toEqual([
    0.1, 0.3, 0.4, 0.4,
  ])
  expect(scaledBox(box, 1e-6, 1).width).toBe(SMALLEST)
})

test('a box is drawn from any corner to any other, on the photo; a shaken press draws none', () => {
  const drawn = boxBetween([0.5, 0.9], [0.25, 1.5])
  expect(drawn?.left).toBe(0.25)
  expect(drawn?.top).toBe(0.9)
  expect(drawn?.width).toBe(0.25)
  expect(drawn?.height).toBeCloseTo(0.1)
  expect(boxBetween([0.5, 0.5], [0.501, 0.9])).toBeUndefined()
})

test('a press takes the selected box, else the smallest, never one all over the photo', () => {
  const small = ghost('small', 'a star', false, { left: 0.25, top: 0.4, width: 0.05, height: 0.05 })
  const large = ghost('large', 'a crown')
  const whole: Ghost = { ...ghost('whole', 'a frame', false, { left: 0, top: 0, width: 1, height: 1 }), kind: 'whole' }
  const all = [large, small, whole]
  expect(ghostAt(all, [0.27, 0.42], null)).toBe(small)
  expect(ghostAt(all, [0.27, 0.42], 'large')).toBe(large)
  expect(ghostAt(all, [0.9, 0.9], 'whole')).toBeUndefined()
})

test('what was drawn in one box is shown in the middle of another, as large as that', () => {
  const pose = poseBetween(box, { left: 0.5, top: 0.3, width: 0.4, height: 0.8 })
  expect(pose.x).toBeCloseTo(0.4)
  expect(pose.y).toBeCloseTo(0.2)
  expect(pose.scale).toBeCloseTo(2)
})
