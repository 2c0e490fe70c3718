import { PhotodoodleError } from '../core/errors'

/**
 * BERT's uncased WordPiece tokenizer. Source: github.com/google-research/bert, tokenization.py, in the variant of
 * Hugging Face's `tokenizers` (BertNormalizer, BertPreTokenizer, WordPiece), which the golden test compares with. A sweep
 * over all of Unicode found 671 characters that are split otherwise, all in rare scripts: its tables are those of Unicode 8.
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
      if (id === undefined) throw new PhotodoodleError('BadModel', `The vocabulary has no ${token}.`, 'Download the model again.')
      return id
    }
    this.cls = special('[CLS]')
    this.sep = special('[SEP]')
    this.unknown = special('[UNK]')
  }

  /** Ids without [CLS] and [SEP]. */
  encode(text: string): number[] {
    return words(text).flatMap((word) => this.pieces(word))
  }

  /** Longest known piece first; a word with any part unknown is unknown as a whole. */
  private pieces(word: string): number[] {
    const characters = [...word]
    if (characters.length > MAX_WORD) return [this.unknown]
    const ids: number[] = []
    for (let start = 0; start < characters.length; ) {
      let end = characters.length
      let id: number | undefined
      for (; end > start; end--) {
        id = this.vocabulary.get((start > 0 ? '##' : '') + characters.slice(start, end).join(''))
        if (id !== undefined) break
      }
      if (id === undefined) return [this.unknown]
      ids.push(id)
      start = end
    }
    return ids
  }
}

/** Characters; longer words are unknown. */
const MAX_WORD = 100

/** @param text a vocab.txt: one token a line, the line number its id */
export function parseVocabulary(text: string): Map<string, number> {
  return new Map(text.replace(/\r?\n$/, '').split(/\r?\n/).map((token, id) => [token, id]))
}

/** Lower-cased, without accents, split at spaces and around punctuation and CJK characters. */
function words(text: string): string[] {
  const cleaned = text
    .replace(/[\t\n\r]/g, ' ')
    .replace(/[\p{Cc}\p{Cf}\p{Co}\uFFFD]/gu, '')
    .replace(CJK, ' $& ')
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
  // Letter by letter: String.toLowerCase knows the final sigma, the reference does not.
  const lower = Array.from(cleaned, (character) => character.toLowerCase()).join('')
  return lower.replace(PUNCTUATION, ' $& ').split(/\s+/u).filter((word) => word !== '')
}

/** The blocks BERT calls CJK: ideographs, not kana or hangul. */
const CJK = /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu

/** Unicode punctuation and, though some are symbols to Unicode, all of ASCII's. */
const PUNCTUATION = /[\p{P}$+<=>^`|~]/gu
