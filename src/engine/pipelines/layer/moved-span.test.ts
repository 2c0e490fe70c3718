import { expect, test } from 'vitest'
import { movedSpan } from './moved-span'

test.each([
  ['a red crown', 'add a red crown and a star', 'add a blue crown and a star', 'a blue crown'],
  ['a star', 'add a red crown and a star', 'add a blue crown and a star', 'a star'],
  ['a star', 'add a red crown and a star', 'add a very big blue crown and a star', 'a star'],
  ['a red crown', 'add a red crown', 'add a golden paper crown', 'a golden paper crown'],
  ['crown', 'add a red crown', 'add a red top hat', 'top hat'],
  ['crown', 'add a very red crown', 'add a crown', 'crown'],
  ['whale', 'a whale', 'two cats', 'two cats'],
])('"%s" of "%s" in "%s" is "%s"', (words, before, after, expected) => {
  const start = before.indexOf(words)
  const span = movedSpan({ start, end: start + words.length }, before, after)
  expect(after.slice(span.start, span.end)).toBe(expected)
})

test('a span of nothing stays one', () => {
  expect(movedSpan({ start: 0, end: 0 }, 'a hat', 'a cap')).toEqual({ start: 0, end: 0 })
})
