import { PhotodoodleError } from '../core/errors'
import { isCount, isObject } from '../formats/json'
import { fixedLength, splitAtTokens, type FixedLengthIds } from './fixed-length'
import { PrecompiledCharsmap } from './precompiled-charsmap'

const SPACE = '\u2581'
/** How much worse than the rarest piece an unknown character is (SentencePiece's kUnkPenalty). */
const UNKNOWN_PENALTY = 10

interface Piece {
  readonly id: number
  /** log probability */
  readonly score: number
}

interface Best {
  readonly score: number
  readonly id: number
  readonly from: number
}

interface T5Vocabulary {
  readonly pieces: ReadonlyMap<string, Piece>
  readonly unknown: number
  /** Tokens recognised wherever they stand in a text, as it was typed. */
  readonly special: ReadonlyMap<string, number>
  readonly charsmap: PrecompiledCharsmap
}

/**
 * T5's unigram tokenizer (SentencePiece, Kudo 2018), from the tokenizer.json of a FLUX.1 download (tokenizer_2). Ids
 * are those of
 * T5Tokenizer in transformers 5; T5TokenizerFast before it differed on U+0085 alone.
 */
export class T5Unigram {
  readonly end: number
  readonly padding: number
  private readonly unknownScore: number
  private readonly longest: number

  /** @throws BadModel when a special token is missing */
  constructor(private readonly vocabulary: T5Vocabulary) {
    const special = (token: string): number => {
      const id = vocabulary.special.get(token)
      if (id === undefined) throw bad(`It has no ${token}.`)
      return id
    }
    this.end = special('</s>')
    this.padding = special('<pad>')
    let [lowest, longest] = [0, 1]
    for (const [text, { score }] of vocabulary.pieces) {
      lowest = Math.min(lowest, score)
      longest = Math.max(longest, Array.from(text).length)
    }
    this.unknownScore = lowest - UNKNOWN_PENALTY
    this.longest = longest
  }

  /**
   * Ids without the end token and padding; the special tokens' own spelling in a text gives their ids, as in the
   * reference.
   */
  encode(text: string): number[] {
    return splitAtTokens(text, this.vocabulary.special).flatMap((part) =>
      typeof part === 'number' ? part : this.words(part).flatMap((word) => this.segment(word)),
    )
  }

  /** @param length what the model reads, 512 in FLUX.1-dev */
  encodeFixed(text: string, length: number): FixedLengthIds {
    return fixedLength(this.encode(text), length, { end: this.end, padding: this.padding })
  }

  /** Words with the mark of a space before each. */
  private words(text: string): string[] {
    const words = this.vocabulary.charsmap
      .normalise(text)
      .split(/\p{White_Space}+/u)
      .filter((word) => word !== '')
    return words.flatMap((word) => (word.startsWith(SPACE) ? word : SPACE + word).split(/(?=\u2581)/))
  }

  /**
   * The most probable pieces of one word (Viterbi); of equally probable ones, those found first by start, then length.
   */
  private segment(word: string): number[] {
    const { pieces, unknown } = this.vocabulary
    const characters = Array.from(word)
    const best: (Best | undefined)[] = [{ score: 0, id: unknown, from: 0 }]
    const offer = (to: number, candidate: Best): void => {
      const known = best[to]
      if (known === undefined || candidate.score > known.score) best[to] = candidate
    }
    for (let from = 0; from < characters.length; from++) {
      // Every character is a piece or unknown, so every place is reached.
      const { score } = best[from]!
      const room = Math.min(this.longest, characters.length - from)
      let text = ''
      for (let length = 1; length <= room; length++) {
        text += characters[from + length - 1]!
        const piece = pieces.get(text)
        if (piece) offer(from + length, { score: score + piece.score, id: piece.id, from })
        else if (length === 1) offer(from + 1, { score: score + this.unknownScore, id: unknown, from })
      }
    }
    const ids: number[] = []
    for (let at = characters.length; at > 0; at = best[at]!.from) {
      const { id } = best[at]!
      // Neighbouring unknown characters are one unknown token.
      if (id !== unknown || ids.at(-1) !== unknown) ids.push(id)
    }
    return ids.reverse()
  }
}

/**
 * @param text of tokenizer.json: a Unigram model with a Precompiled normaliser
 * @throws BadModel when it is not of that form
 */
export function parseT5Unigram(text: string): T5Unigram {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw bad('It is not valid JSON.', { cause })
  }
  if (!isObject(json)) throw bad('It is not an object.')
  const { model, added_tokens: added, normalizer } = json
  if (!isObject(model) || !Array.isArray(model['vocab']) || !isCount(model['unk_id']))
    throw bad('It has no unigram model.')
  const pieces = new Map(
    model['vocab'].map((entry: unknown, id): [string, Piece] => {
      if (!Array.isArray(entry) || typeof entry[0] !== 'string' || typeof entry[1] !== 'number')
        throw bad(`Its piece ${id} has no text and score.`)
      return [entry[0], { id, score: entry[1] }]
    }),
  )
  const special = new Map(
    (Array.isArray(added) ? added : []).map((token: unknown): [string, number] => {
      if (!isObject(token) || typeof token['content'] !== 'string' || token['content'] === '' || !isCount(token['id']))
        throw bad('It has a special token without text and id.')
      return [token['content'], token['id']]
    }),
  )
  return new T5Unigram({ pieces, unknown: model['unk_id'], special, charsmap: parseCharsmap(normalizer) })
}

function parseCharsmap(normalizer: unknown): PrecompiledCharsmap {
  const steps: unknown[] =
    isObject(normalizer) && Array.isArray(normalizer['normalizers']) ? normalizer['normalizers'] : [normalizer]
  const step = steps.filter(isObject).find(({ type }) => type === 'Precompiled')
  const base64 = step?.['precompiled_charsmap']
  if (typeof base64 !== 'string') throw bad('It has no precompiled normalisation.')
  let binary: string
  try {
    binary = atob(base64)
  } catch (cause) {
    throw bad('Its normalisation is not base64.', { cause })
  }
  return new PrecompiledCharsmap(Uint8Array.from(binary, (character) => character.charCodeAt(0)))
}

function bad(what: string, options?: ErrorOptions): PhotodoodleError {
  return new PhotodoodleError(
    'BadModel',
    `T5's tokenizer.json cannot be read. ${what}`,
    'Convert the model again from a complete download.',
    options,
  )
}
