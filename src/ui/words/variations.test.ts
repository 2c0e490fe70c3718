import { describe, expect, test } from 'vitest'
import { read, drawable } from './reading'
import { variations } from './variations'

const instructions = (typed: string, style?: string) =>
  variations(drawable(read(typed, null)) ?? '', typed, style, 4).map(({ instruction }) => instruction)
const second = (typed: string, style?: string) => instructions(typed, style)[1]

test('the first is as typed, the others say a colour each, far from each other', () => {
  expect(variations('add a crown on the cat', 'add a crown on the cat', 'magic', 4)).toEqual([
    { instruction: 'add a crown on the cat' },
    { instruction: 'add a pink crown on the cat', colour: 'pink' },
    { instruction: 'add a blue crown on the cat', colour: 'blue' },
    { instruction: 'add a green crown on the cat', colour: 'green' },
  ])
})

describe('a colour stands before the name of the first thing that has a choice of them', () => {
  test.each([
    ['a shiny crown', 'a shiny pink crown'],
    ['add an octopus', 'add a pink octopus'],
    ['Put an enormous bow on her head', 'Put an enormous pink bow on her head'],
    ['An octopus', 'A pink octopus'],
    ['Crown for the cat', 'Pink crown for the cat'],
    ['three hearts around the dog', 'three pink hearts around the dog'],
    ['lots of butterflies', 'lots of pink butterflies'],
    ['add scarves', 'add pink scarves'],
    ['add hearts and stars', 'add pink hearts and stars'],
    ['add a sun, a star and a heart', 'add a sun, a pink star and a heart'],
    ['add a zebra and a balloon', 'add a zebra and a pink balloon'],
    // Longer names first; worn things.
    ['a bow tie on the cat', 'a pink bow tie on the cat'],
    ['a hot air balloon', 'a pink hot air balloon'],
    ['put heart-shaped sunglasses on him', 'put pink heart-shaped sunglasses on him'],
    ['add a king’s crown', 'add a pink king’s crown'],
    ['add a pair of wings', 'add a pair of pink wings'],
    ['add a little bird', 'add a little pink bird'],
    ['give the cat glasses', 'give the cat pink glasses'],
    ['give her glasses', 'give her pink glasses'],
    ["a star on the cat's head", "a pink star on the cat's head"],
    // What is on the photo is not drawn, and may have a colour.
    ['put a scarf on the bird', 'put a pink scarf on the bird'],
    ['next to the car add a kite', 'next to the car add a pink kite'],
    ['above the big old car a kite', 'above the big old car a pink kite'],
    ["on the bird's bow tie a star", "on the bird's bow tie a pink star"],
    ['a crown on the brown dog', 'a pink crown on the brown dog'],
    ['a crown on the little white cat', 'a pink crown on the little white cat'],
  ])('%j: %j', (typed, expected) => {
    expect(second(typed)).toBe(expected)
  })

  test('with the article of a colour that begins with a vowel', () => {
    expect(instructions('a moustache')).toEqual([
      'a moustache',
      'an orange moustache',
      'a white moustache',
      'a moustache',
    ])
  })
})

describe('as typed stays', () => {
  test.each([
    'add a red crown',
    'add a golden crown and stars',
    'a crown in light blue',
    'a sky blue crown and a bow',
    'a colourful butterfly',
    'a rainbow-coloured kite',
    'a navy tie',
    'give the cat red glasses',
    // Things of one colour, unknown ones, and what is there.
    'add a sun',
    'add a pizza slice on the table',
    'add a zebra',
    'a santa hat on the bird',
    'outline the car',
    '',
  ])('%j', (typed) => {
    expect(new Set(instructions(typed, 'magic'))).toEqual(new Set([drawable(read(typed, null)) ?? '']))
  })
})

test('a colour that the thing has anyway is left out, and one that it was never drawn in', () => {
  const colours = (typed: string, count = 10) =>
    variations(typed, typed, 'magic', count).flatMap(({ colour }) => colour ?? [])
  expect(colours('a crown')).toEqual(['pink', 'blue', 'green', 'orange', 'purple', 'red', 'light blue'])
  expect(colours('a heart')).not.toContain('red')
  expect(colours('an apple')).toEqual(['green', 'yellow'])
  expect(colours('a necklace', 4)).toEqual(['pink', 'yellow', 'light blue'])
})

test('crayons and chalks draw all things in colours of their own', () => {
  expect(second('add a sun', 'edge')).toBe('add a pink sun')
  expect(second('add an umbrella', 'cloud')).toBe('add a pink umbrella')
  expect(second('add an umbrella', 'flat')).toBe('add an umbrella')
  expect(second('add a zebra', 'cloud')).toBe('add a zebra')
})

test('Chinese is coloured as it was read', () => {
  expect(instructions('给猫戴一顶皇冠').slice(1)).toEqual([
    'add a pink crown on the head',
    'add a blue crown on the head',
    'add a green crown on the head',
  ])
  expect(second('画一只章鱼')).toBe('add a pink octopus')
  expect(second('画彩虹和三颗星星')).toBe('add a rainbow and three pink stars')
  expect(second('给猫戴一顶红色的皇冠')).toBe('add a red crown on the head')
  // A red heart, though the red is not translated.
  expect(second('画一个红心')).toBe('add a heart')
})

test('in boxes the words of the first thing with a choice of colours change', () => {
  const box = { left: 0, top: 0, width: 1, height: 1 }
  const sun = { box, kind: 'front', words: 'a sun' } as const
  const star = { box, kind: 'behind', words: 'a star' } as const
  const typed = 'add a sun and a star'
  expect(variations(typed, typed, 'magic', 2, [sun, star])).toEqual([
    { instruction: typed, elements: [sun, star] },
    { instruction: 'add a sun and a pink star', elements: [sun, { ...star, words: 'a pink star' }], colour: 'pink' },
  ])
  expect(variations(typed, typed, 'magic', 2, [sun])[1]).toEqual({ instruction: typed, elements: [sun] })
  expect(variations(typed, typed, 'magic', 2, [star, { ...sun, words: 'a red sun' }])[1]!.colour).toBeUndefined()
})
