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

describe('vocabulary', () => {
  test('line numbers are ids, whatever the line ends', () => {
    const expected = new Map([['[UNK]', 0], ['a', 1], ['##b', 2]])
    expect(parseVocabulary('[UNK]\na\n##b\n')).toEqual(expected)
    expect(parseVocabulary('[UNK]\r\na\r\n##b')).toEqual(expected)
  })

  test.each(['[CLS]', '[SEP]', '[UNK]'])('must have %s', (token) => {
    const without = new Map(vocabulary)
    without.delete(token)
    expect(() => new WordPiece(without)).toThrow(expect.objectContaining({ name: 'BadModel', message: expect.stringContaining(token) as string }) as Error)
  })
})
