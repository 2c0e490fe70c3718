import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseClipBpe } from './clip-bpe'
import { parseT5Unigram } from './t5-unigram'

interface Fixture {
  readonly texts: readonly string[]
  readonly clip: {
    readonly vocab: Readonly<Record<string, number>>
    readonly merges: string
    readonly ids: readonly (readonly number[])[]
  }
  readonly t5: { readonly tokenizer: Readonly<Record<string, unknown>>; readonly ids: readonly (readonly number[])[] }
}

// By transformers' CLIPTokenizer and T5Tokenizer, versions in the table.
const fixture = JSON.parse(
  gunzipSync(readFileSync(new URL('flux-tokenizers.fixture.json.gz', import.meta.url))).toString('utf8'),
) as Fixture
const { texts } = fixture
const clip = parseClipBpe(JSON.stringify(fixture.clip.vocab), fixture.clip.merges)
const t5 = parseT5Unigram(JSON.stringify(fixture.t5.tokenizer))

it('is compared on 500 different texts, among them empty, cut and unknown ones', () => {
  expect(new Set(texts).size).toBe(500)
  expect(texts).toContain('')
  expect(fixture.t5.ids.filter((ids) => ids.at(-1) === 1).length).toBeGreaterThan(4)
  expect(fixture.t5.ids.filter((ids) => ids.includes(2)).length).toBeGreaterThan(50)
  expect(fixture.clip.ids.filter((ids) => ids[75] !== 49407).length).toBeGreaterThan(20)
})

describe('CLIP', () => {
  it('gives the ids of transformers for every text', () => {
    expect(texts.filter((text, i) => clip.encodeFixed(text, 77).ids.join() !== fixture.clip.ids[i]!.join())).toEqual([])
  })

  it('says what is padding and what was cut', () => {
    expect(clip.encodeFixed('', 77)).toMatchObject({ tokens: 2, truncated: false })
    expect(clip.encodeFixed('a '.repeat(75), 77)).toMatchObject({ tokens: 77, truncated: false })
    expect(clip.encodeFixed('a '.repeat(76), 77)).toMatchObject({ tokens: 77, truncated: true })
  })

  it('names what is wrong with its files', () => {
    const vocab = JSON.stringify(fixture.clip.vocab)
    for (const [vocabulary, merges] of [
      ['{', ''],
      ['[]', ''],
      ['{"a": -1}', ''],
      ['{"a": 1}', ''],
      [vocab, '#version: 0.2\nno such\n'],
    ] as const) {
      expect(() => parseClipBpe(vocabulary, merges)).toThrowError(expect.objectContaining({ name: 'BadModel' }))
    }
  })
})

describe('T5', () => {
  it('gives the ids of transformers for every text', () => {
    expect(texts.filter((text, i) => t5.encodeFixed(text, 512).ids.join() !== fixture.t5.ids[i]!.join())).toEqual([])
  })

  it('says what is padding and what was cut', () => {
    expect(t5.encodeFixed('', 512)).toMatchObject({ tokens: 1, truncated: false })
    expect(t5.encodeFixed('a '.repeat(600), 512)).toMatchObject({ tokens: 512, truncated: true })
  })

  it('names what is wrong with its file', () => {
    const { tokenizer } = fixture.t5
    const short = btoa('\u0010\u0000\u0000\u0000')
    for (const wrong of [
      '{',
      '[]',
      {},
      { ...tokenizer, model: { vocab: [['a']], unk_id: 0 } },
      { ...tokenizer, added_tokens: [] },
      { ...tokenizer, normalizer: null },
      { ...tokenizer, normalizer: { type: 'Precompiled', precompiled_charsmap: '!' } },
      { ...tokenizer, normalizer: { type: 'Precompiled', precompiled_charsmap: short } },
    ]) {
      expect(() => parseT5Unigram(typeof wrong === 'string' ? wrong : JSON.stringify(wrong))).toThrowError(
        expect.objectContaining({ name: 'BadModel' }),
      )
    }
  })
})
