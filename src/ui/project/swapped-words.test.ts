import { expect, test } from 'vitest'
import { swappedWords } from './swapped-words'

test('a changed word is changed in the thing’s own words; what is said of its place stays out', () => {
  expect(swappedWords('a golden crown', 'add a golden crown on the head', 'add a silver crown on the head')).toBe(
    'a silver crown',
  )
  expect(swappedWords('a crown', 'add a crown on the head', 'put a crown on the head')).toBe('a crown')
  expect(swappedWords('a crown', 'a crown', 'a hat')).toBe('a hat')
  expect(swappedWords('one more star', 'add a crown', 'add a hat')).toBe('add a hat')
})
