import { describe, expect, test } from 'vitest'
import { drawable, read } from './reading'

const english = (text: string, subject: string | null = null) => drawable(read(text, subject))

describe('what is read', () => {
  test.each(['', '   ', '\n'])('nothing is drawn of %j', (text) => {
    expect(read(text, null)).toEqual({ kind: 'empty' })
    expect(english(text)).toBeUndefined()
  })

  test.each([
    'add a golden crown on the cat',
    'a halo',
    'give the dog a pair of big white wings',
    'surround the teapot with flowers',
    'draw a thick yellow outline around the cat',
    'make the background red',
    'turn the background blue',
    'replace the background with plain red',
    'put two pink hearts, one on each side of the man',
    'add three butterflies and some cherries',
    'make it rain hearts',
    'add a crown. Keep the rest of the photo unchanged.',
    'please add a red bow on her head',
    'add a big moon behind the head of the woman',
    'I want a dragon in the sky',
    'the dog with sunglasses',
  ])('%j is drawn as it stands', (text) => {
    expect(read(text, null)).toEqual({ kind: 'plain', english: text })
  })

  test.each([
    ['remove the man in the background, please', 'remove'],
    ['remove the hat', 'remove'],
    ['get rid of the leash', 'remove'],
    ['recolour the car', 'recolour'],
    ['make the dog blue', 'recolour'],
    ['change the colour of her hair', 'recolour'],
    ['turn the cat into a lion', 'turn'],
    ['replace the cup with a flower', 'turn'],
    ['blur the picture', 'adjust'],
  ])('%j: %s', (text, act) => {
    expect(read(text, null)).toEqual({ kind: 'cannot', act })
    expect(english(text)).toBeUndefined()
  })

  test.each([
    ['add a horse beside the house', 'horse', ['unicorn', 'cow', 'giraffe']],
    ['add a crwn', 'crwn', ['crown']],
    ['draw two tigers', 'tiger', ['lion', 'panda', 'fox']],
    ['a spaceship in the sky', 'spaceship', ['rocket', 'ufo', 'planet']],
    ['add a quibble', 'quibble', ['crown', 'heart', 'star']],
  ])('%j: the nearest is offered', (text, word, nearest) => {
    expect(read(text, null)).toEqual({ kind: 'unknown', english: text, word, nearest })
  })
})

describe('Chinese', () => {
  test.each([
    ['给猫戴上金色皇冠', 'cat', 'add a golden crown on the head'],
    ['在右上角画一个太阳', null, 'add a sun in the top right corner'],
    ['加三颗星星', null, 'add three stars'],
    ['给她加上白色翅膀', 'woman', 'add white wings'],
    ['身后画一道彩虹', 'dog', 'add a rainbow behind the dog'],
    ['狗的旁边放一个红色气球', null, 'add a red balloon beside the dog'],
    ['加一颗爱心和一只蝴蝶', null, 'add a heart and a butterfly'],
    ['画一个苹果', null, 'add an apple'],
    ['一个太阳在天上', null, 'add a sun in the sky'],
  ])('%s', (text, subject, expected) => {
    expect(read(text, subject)).toEqual({ kind: 'translated', english: expected, left: [] })
  })

  test('what is not understood is told, and nothing unrelated is drawn', () => {
    expect(read('加一个忍者和皇冠', null)).toEqual({ kind: 'translated', english: 'add a crown', left: ['忍者'] })
    expect(read('画一个忍者', null)).toEqual({ kind: 'foreign', left: ['忍者'] })
    expect(english('画一个忍者')).toBeUndefined()
    expect(read('去掉帽子', null)).toEqual({ kind: 'cannot', act: 'remove' })
    expect(read('把猫变成狮子', null)).toEqual({ kind: 'cannot', act: 'turn' })
  })
})
