/** A text as an encoder of fixed length reads it. */
export interface FixedLengthIds {
  /** [length] */
  readonly ids: readonly number[]
  /** How many of them are not padding, the special ones included. */
  readonly tokens: number
  /** Whether the text's end was cut off. */
  readonly truncated: boolean
}

interface Framing {
  readonly start?: number
  readonly end: number
  readonly padding: number
}

/** Puts pieces between the special tokens, cutting their end off or padding after `end` to exactly `length`. */
export function fixedLength(
  pieces: readonly number[],
  length: number,
  { start, end, padding }: Framing,
): FixedLengthIds {
  const head = start === undefined ? [] : [start]
  const kept = pieces.slice(0, length - head.length - 1)
  const ids = [...head, ...kept, end]
  return {
    ids: [...ids, ...new Array<number>(length - ids.length).fill(padding)],
    tokens: ids.length,
    truncated: kept.length < pieces.length,
  }
}

/** Cuts a text at tokens that are recognised wherever they stand: texts and token ids alternate as in the text. */
export function splitAtTokens(text: string, tokens: ReadonlyMap<string, number>): (string | number)[] {
  if (tokens.size === 0) return [text]
  // Longest first: an alternation takes the first that fits.
  const literals = [...tokens.keys()]
    .sort((a, b) => b.length - a.length)
    .map((token) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return text.split(new RegExp(`(${literals.join('|')})`, 'u')).map((part) => tokens.get(part) ?? part)
}
