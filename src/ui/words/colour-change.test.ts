import { describe, expect, test } from 'vitest'
import { colourChanges } from './colour-change'
import { read } from './reading'

const named = (before: string, after: string, style?: string) =>
  colourChanges(before, after, style).map(({ from, to }) => [from?.name, to.name])

describe('a colour said anew', () => {
  test.each([
    ['a red crown', 'a blue crown', [['red', 'blue']]],
    ['a red crown', 'an orange crown', [['red', 'orange']]],
    ['add a golden crown on the head', 'add a silver crown on the head', [['golden', 'silver']]],
    ['a gold crown', 'a white crown', [['golden', 'white']]],
    ['a light blue bow', 'a blue bow', [['light blue', 'blue']]],
    ['a blue bow', 'a dark blue bow', [['blue', 'dark blue']]],
    ['a Red bow.', 'a gray bow', [['red', 'grey']]],
    [
      'red and white stripes',
      'blue and yellow stripes',
      [
        ['red', 'blue'],
        ['white', 'yellow'],
      ],
    ],
    ['red and white stripes', 'red and black stripes', [['white', 'black']]],
    ['a crown', 'a pink crown', [[undefined, 'pink']]],
    ['a pink-coloured crown', 'a black crown', [['pink', 'black']]],
  ])('%j, %j', (before, after, changes) => {
    expect(named(before, after)).toEqual(changes)
  })

  test.each([
    ['a red crown', 'a red crown'],
    ['a red crown', 'a blue hat'],
    ['a red crown', 'a crown'],
    ['a red crown', 'two blue crowns'],
    ['a gold crown', 'a golden crown'],
    ['an orange', 'an apple'],
    ['red and white stripes', 'red and white and blue stripes'],
  ])('%j, %j: none', (before, after) => {
    expect(named(before, after)).toEqual([])
  })

  test('a tone is lighter or darker than its colour', () => {
    const rgb = (words: string): number =>
      colourChanges('a red bow', words, undefined)[0]!.to.rgb.reduce((sum, value) => sum + value, 0)
    expect(rgb('a light green bow')).toBeGreaterThan(rgb('a green bow'))
    expect(rgb('a dark green bow')).toBeLessThan(rgb('a green bow'))
  })

  test('a style has its own crayons', () => {
    expect(colourChanges('a red bow', 'a blue bow', 'cloud')[0]!.to.rgb).toEqual([130, 166, 255])
    expect(colourChanges('a red bow', 'a grey bow', 'cloud')[0]!.to.rgb).toEqual([132, 132, 138])
  })
})

test('a colour in Chinese among English words is read in English', () => {
  expect(read('add a 白色 crown', null)).toEqual({ kind: 'translated', english: 'add a white crown', left: [] })
  expect(read('add a 浅蓝色crown on the head', null)).toEqual({
    kind: 'translated',
    english: 'add a light blue crown on the head',
    left: [],
  })
  expect(read('add a 灰色 忍者', null)).toEqual({ kind: 'foreign', left: ['忍者'] })
  expect(read('画一顶灰色的皇冠', null)).toEqual({ kind: 'translated', english: 'add a grey crown', left: [] })
})
