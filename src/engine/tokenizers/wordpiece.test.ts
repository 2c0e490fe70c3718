import { describe, expect, test } from 'vitest'
import fixture from './wordpiece.fixture.json'
import { parseVocabulary, WordPiece } from './wordpiece'

const vocabulary = new Map(Object.entries(fixture.vocabulary))
const tokenizer = new WordPiece(vocabulary)

test('the table is large enough to mean something', () => {
  expect(fixture.cases.length).toBeGreaterThanOrEqual(200)
  expect(fixture.cases.some(([, ids]) => (ids as number[]).includes(100))).toBe(true)
})

test.each(fixture.cases as [string, number[]][])('%j', (text, ids) => {
  expect(tokenizer.encode(text)).toEqual(ids)
})

test('special tokens in a text are ordinary characters', () => {
  const ids = tokenizer.encode('a [SEP] b [CLS]')
  expect(ids).not.toContain(tokenizer.sep)
  expect(ids).not.toContain(tokenizer.cls)
  expect(tokenizer.encode('[SEP]')).toEqual(tokenizer.encode('[ sep ]'))
})

describe('places of pieces in the text', () => {
  const texts = (text: string) => tokenizer.pieces(text).map(({ start, end }) => text.slice(start, end))

  // Knows no word, so that every word is one piece.
  const wordByWord = new WordPiece(parseVocabulary('[CLS]\n[SEP]\n[UNK]'))

  test.each([
    ['a Red hat', ['a', 'Red', 'hat']],
    ['  two\tspaces \n', ['two', 'spaces']],
    ['Café, naïve!', ['Café', ',', 'naïve', '!']],
    ['a cafe\u0301 hat', ['a', 'cafe\u0301', 'hat']],
    ['a \u{10FFFD}thing', ['a', 'thing']],
    ['\u200Ba \u00ADhat', ['a', 'hat']],
    ['猫と', ['猫', 'と']],
    ['hat🦄hat', ['hat🦄hat']],
    ['$5', ['$', '5']],
  ])('%j', (text, expected) => {
    expect(wordByWord.pieces(text).map(({ start, end }) => text.slice(start, end))).toEqual(expected)
  })

  test('pieces of a word follow one another without gaps', () => {
    expect(texts('Unfurnishable').length).toBeGreaterThan(1)
    expect(texts('Unfurnishable').join('')).toBe('Unfurnishable')
  })

  test('an unknown word is one piece over all of it', () => {
    const long = 'x'.repeat(101)
    expect(tokenizer.pieces(`a ${long} b`)[1]).toEqual({ id: tokenizer.unknown, start: 2, end: 103 })
  })

  test('pieces of any text lie in order and inside it', () => {
    for (const [text] of fixture.cases as [string, number[]][]) {
      let last = 0
      for (const { start, end } of tokenizer.pieces(text)) {
        expect(start, text).toBeGreaterThanOrEqual(last)
        expect(end, text).toBeGreaterThan(start)
        expect(end, text).toBeLessThanOrEqual(text.length)
        // A character that decomposes may be cut, so a piece may begin where the one before it did.
        last = start
      }
    }
  })
})

describe('vocabulary', () => {
  test('line numbers are ids, whatever the line ends', () => {
    const expected = new Map([
      ['[UNK]', 0],
      ['a', 1],
      ['##b', 2],
    ])
    expect(parseVocabulary('[UNK]\na\n##b\n')).toEqual(expected)
    expect(parseVocabulary('[UNK]\r\na\r\n##b')).toEqual(expected)
  })

  test.each(['[CLS]', '[SEP]', '[UNK]'])('must have %s', (token) => {
    const without = new Map(vocabulary)
    without.delete(token)
    expect(() => new WordPiece(without)).toThrow(
      expect.objectContaining({ name: 'BadModel', message: expect.stringContaining(token) as string }) as Error,
    )
  })
})
