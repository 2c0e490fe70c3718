import { PhotodoodleError } from '../core/errors'

/**
 * BERT's uncased WordPiece tokenizer. Source: github.com/google-research/bert, tokenization.py, in the variant of
 * Hugging Face's `tokenizers` (BertNormalizer, BertPreTokenizer, WordPiece), which the golden test compares with. A
 * sweep
 * over all of Unicode found 671 characters that are split otherwise, all in rare scripts: its tables are those of
 * Unicode 8.
 * Unlike there, special tokens spelt out in a text ("[SEP]") are ordinary characters: an instruction cannot forge them.
 */
export class WordPiece {
  readonly cls: number
  readonly sep: number
  readonly unknown: number

  /**
   * @param vocabulary token -> id; pieces inside a word begin with ##
   * @throws BadModel when a special token is missing
   */
  constructor(private readonly vocabulary: ReadonlyMap<string, number>) {
    const special = (token: string): number => {
      const id = vocabulary.get(token)
      if (id === undefined)
        throw new PhotodoodleError('BadModel', `The vocabulary has no ${token}.`, 'Download the model again.')
      return id
    }
    this.cls = special('[CLS]')
    this.sep = special('[SEP]')
    this.unknown = special('[UNK]')
  }

  /** Ids without [CLS] and [SEP]. */
  encode(text: string): number[] {
    return this.pieces(text).map(({ id }) => id)
  }

  /** Pieces without [CLS] and [SEP], each with its place in the text as it was given. */
  pieces(text: string): Piece[] {
    return words(text).flatMap((word) => this.wordPieces(word))
  }

  /** Longest known piece first; a word with any part unknown is unknown as a whole. */
  private wordPieces(word: readonly Letter[]): Piece[] {
    const unknown = [piece(this.unknown, word)]
    if (word.length > MAX_WORD) return unknown
    const pieces: Piece[] = []
    for (let start = 0; start < word.length;) {
      let end = word.length
      let id: number | undefined
      for (; end > start; end--) {
        id = this.vocabulary.get(
          (start > 0 ? '##' : '') +
            word
              .slice(start, end)
              .map(({ character }) => character)
              .join(''),
        )
        if (id !== undefined) break
      }
      if (id === undefined) return unknown
      pieces.push(piece(id, word.slice(start, end)))
      start = end
    }
    return pieces
  }
}

/** Characters [start, end) of a text, in UTF-16 units as `slice` takes them. */
export interface TextSpan {
  readonly start: number
  readonly end: number
}

export interface Piece extends TextSpan {
  readonly id: number
}

/** A normalised character (a code point) and what of the text it comes from. */
interface Letter extends TextSpan {
  readonly character: string
}

/** @param letters at least one */
function piece(id: number, letters: readonly Letter[]): Piece {
  return { id, start: letters[0]!.start, end: letters.at(-1)!.end }
}

/** Characters; longer words are unknown. */
const MAX_WORD = 100

/** @param text a vocab.txt: one token a line, the line number its id */
export function parseVocabulary(text: string): Map<string, number> {
  return new Map(
    text
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)
      .map((token, id) => [token, id]),
  )
}

/** Lower-cased, without accents, split at spaces and around punctuation and CJK characters. */
function words(text: string): Letter[][] {
  const found: Letter[][] = []
  // Whether the next letter begins a word.
  let apart = true
  let start = 0
  for (const original of text) {
    const end = start + original.length
    const normal = normalised(original)
    // An accent after its letter belongs to it, though it is not read.
    const last = found.at(-1)?.at(-1)
    if (normal === '' && ACCENTS.test(original) && last?.end === start) found.at(-1)!.splice(-1, 1, { ...last, end })
    for (const character of normal) {
      const alone = PUNCTUATION.test(character) || CJK.test(original)
      if (/\s/u.test(character)) {
        apart = true
        continue
      }
      if (apart || alone) found.push([])
      found.at(-1)!.push({ character, start, end })
      apart = alone
    }
    start = end
  }
  return found
}

/** What is read of a character: nothing, itself, or several letters. */
function normalised(original: string): string {
  if (/[\t\n\r]/.test(original)) return ' '
  const letters = original
    .replace(/[\p{Cc}\p{Cf}\p{Co}\uFFFD]/u, '')
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
  // Letter by letter: String.toLowerCase knows the final sigma, the reference does not.
  return Array.from(letters, (character) => character.toLowerCase()).join('')
}

const ACCENTS = /^\p{Mn}$/u

/** The blocks BERT calls CJK: ideographs, not kana or hangul. */
const CJK = new RegExp(
  String.raw`[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}` +
    String.raw`\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]`,
  'u',
)

/** Unicode punctuation and, though some are symbols to Unicode, all of ASCII's. */
const PUNCTUATION = /[\p{P}$+<=>^`|~]/u
