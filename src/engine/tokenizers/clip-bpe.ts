import { PhotodoodleError } from '../core/errors'
import { isCount, isObject } from '../formats/json'
import { fixedLength, splitAtTokens, type FixedLengthIds } from './fixed-length'

const START = '<|startoftext|>'
const END = '<|endoftext|>'
const WORD_END = '</w>'

/**
 * CLIP's byte-level BPE (Radford et al. 2021), the files of a FLUX.1 download: tokenizer/vocab.json and merges.txt.
 * Ids are those of CLIPTokenizer in transformers 5 and of CLIPTokenizerFast before it. The slow CLIPTokenizer of
 * transformers 4
 * set CJK characters apart and dropped control characters, which OpenAI's own code does not; letters, digits and
 * punctuation
 * give the same ids in all of them. What a letter is depends on the engine's Unicode version.
 */
export class ClipBpe {
  readonly start: number
  readonly end: number
  /** One character stands for each byte; its id inside a word, and at a word's end. */
  private readonly inner: readonly number[]
  private readonly last: readonly number[]

  /**
   * @param merges by (left id, right id), see {@link pairKey}; the lowest rank merges first
   * @throws BadModel when the vocabulary has no special token or misses a byte
   */
  constructor(
    vocabulary: ReadonlyMap<string, number>,
    private readonly merges: ReadonlyMap<number, Merge>,
  ) {
    const id = (token: string): number => {
      const found = vocabulary.get(token)
      if (found === undefined) throw bad(`The vocabulary has no ${token}.`)
      return found
    }
    this.start = id(START)
    this.end = id(END)
    this.inner = BYTE_CHARACTERS.map(id)
    this.last = BYTE_CHARACTERS.map((character) => id(character + WORD_END))
  }

  /**
   * Ids without start, end and padding; the special tokens' own spelling in a text gives their ids, as in the
   * reference.
   */
  encode(text: string): number[] {
    return splitAtTokens(text, new Map([[END, this.end]])).flatMap((part) => {
      if (typeof part === 'number') return part
      return splitAtTokens(normalise(part), new Map([[START, this.start]])).flatMap((inside) =>
        typeof inside === 'number' ? inside : this.words(inside),
      )
    })
  }

  /** @param length what the model reads, 77 */
  encodeFixed(text: string, length: number): FixedLengthIds {
    return fixedLength(this.encode(text), length, { start: this.start, end: this.end, padding: this.end })
  }

  private words(text: string): number[] {
    return (text.match(WORDS) ?? [])
      .flatMap((word) => (word === END ? ['<|', 'endoftext', '|>'] : [word]))
      .flatMap((word) => this.pieces(word))
  }

  /** Merges the best-ranked neighbours, leftmost first, until no neighbours merge. */
  private pieces(word: string): number[] {
    const bytes = new TextEncoder().encode(word)
    const ids = Array.from(bytes, (byte, i) => (i === bytes.length - 1 ? this.last : this.inner)[byte]!)
    const merges = ids.slice(1).map((right, i) => this.merges.get(pairKey(ids[i]!, right)))
    for (;;) {
      let best = -1
      for (let i = 0; i < merges.length; i++)
        if ((merges[i]?.rank ?? Infinity) < (merges[best]?.rank ?? Infinity)) best = i
      const merge = merges[best]
      if (merge === undefined) return ids
      ids.splice(best, 2, merge.id)
      merges.splice(best, 1)
      if (best > 0) merges[best - 1] = this.merges.get(pairKey(ids[best - 1]!, merge.id))
      if (best < merges.length) merges[best] = this.merges.get(pairKey(merge.id, ids[best + 1]!))
    }
  }
}

interface Merge {
  readonly rank: number
  readonly id: number
}

/** Ids stay below 2^20. */
const pairKey = (left: number, right: number): number => left * 2 ** 20 + right

/**
 * @param vocabulary text of vocab.json: token -> id
 * @param merges text of merges.txt: one pair a line, best first
 * @throws BadModel when a file is not of that form or they do not belong together
 */
export function parseClipBpe(vocabulary: string, merges: string): ClipBpe {
  const ids = parseVocabulary(vocabulary)
  const table = new Map<number, Merge>()
  const lines = merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version'))
  for (const [rank, line] of lines.entries()) {
    const [left = '', right = ''] = line.split(' ')
    const [leftId, rightId, id] = [ids.get(left), ids.get(right), ids.get(left + right)]
    if (leftId === undefined || rightId === undefined || id === undefined)
      throw bad(`Line ${rank + 1} of merges.txt joins what vocab.json does not know: ${JSON.stringify(line)}.`)
    table.set(pairKey(leftId, rightId), { rank, id })
  }
  return new ClipBpe(ids, table)
}

function parseVocabulary(text: string): Map<string, number> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw bad('vocab.json is not valid JSON.', { cause })
  }
  if (!isObject(json)) throw bad('vocab.json is not a table.')
  return new Map(
    Object.entries(json).map(([token, id]) => {
      if (!isCount(id) || id >= 2 ** 20) throw bad(`vocab.json has no valid id for ${JSON.stringify(token)}.`)
      return [token, id]
    }),
  )
}

function bad(what: string, options?: ErrorOptions): PhotodoodleError {
  return new PhotodoodleError(
    'BadModel',
    `CLIP's tokenizer cannot be read: ${what}`,
    'Convert the model again from a complete download.',
    options,
  )
}

/**
 * NFC, white space as single spaces, lower case letter by letter (String.toLowerCase knows the final sigma, the
 * reference does not).
 */
function normalise(text: string): string {
  return Array.from(text.normalize('NFC').replace(/\p{White_Space}+/gu, ' '), (character) =>
    character.toLowerCase(),
  ).join('')
}

/**
 * The end token can still come in here, where lower-casing brought about its spelling; a second cut (GPT-2's) then
 * takes it apart.
 */
const WORDS = /<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^ \p{L}\p{N}]+/gu
/** GPT-2's printable stand-ins: visible Latin-1 characters for themselves, the others from U+0100 on, in order. */
const BYTE_CHARACTERS: readonly string[] = (() => {
  let next = 0x100
  return Array.from({ length: 256 }, (_, byte) => {
    const visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    return String.fromCodePoint(visible ? byte : next++)
  })
})()
