import { expect, test } from 'vitest'
import { newHistory, record, redo, undo, type History } from './history'

const made = (...states: number[]): History<number> =>
  states.reduce((history, state) => record(history, state, `to ${state}`), newHistory(0))

test('everything is undone down to nothing and redone up to all, in order', () => {
  let history = made(1, 2, 3)
  const seen: number[] = []
  while (history.past.length > 0) seen.push((history = undo(history)).present)
  expect(seen).toEqual([2, 1, 0])
  expect(undo(history)).toEqual(history)
  while (history.future.length > 0) seen.push((history = redo(history)).present)
  expect(seen).toEqual([2, 1, 0, 1, 2, 3])
  expect(redo(history)).toEqual(history)
  expect(history.past.map(({ change }) => change)).toEqual(['to 1', 'to 2', 'to 3'])
})

test('a change after an undo forgets what was undone', () => {
  const history = record(undo(made(1, 2)), 7, 'to 7')
  expect(history.future).toEqual([])
  expect(undo(history).present).toBe(1)
})

test('the same state again is no step', () => {
  expect(made(1, 1, 1).past).toHaveLength(1)
})

test('changes with one key are one step, until another comes between or an undo', () => {
  const slide = (history: History<number>, state: number) => record(history, state, 'slide', 'slider')
  let history = slide(slide(slide(made(1), 2), 3), 4)
  expect(undo(history).present).toBe(1)
  history = slide(record(history, 5, 'other'), 6)
  expect([undo(history).present, undo(undo(history)).present]).toEqual([5, 4])
  expect(undo(slide(redo(undo(history)), 7)).present).toBe(6)
})

test('only so many steps are kept', () => {
  expect(made(...Array.from({ length: 500 }, (_, i) => i + 1)).past).toHaveLength(200)
})
