import type { TextSpan } from './parts'

/**
 * Where words of a text stand once some of its words were changed: words before and after the change keep their place,
 * and what
 * touches the change takes in all of it.
 * @param span of `before`; whole words around it count
 * @returns characters of `after`
 */
export function movedSpan(span: TextSpan, before: string, after: string): TextSpan {
  const [old, now] = [wordsOf(before), wordsOf(after)]
  const same = (a: Word | undefined, b: Word | undefined): boolean => a !== undefined && a.word === b?.word
  let start = 0
  while (same(old[start], now[start])) start++
  let tail = 0
  while (
    tail < Math.min(old.length, now.length) - start &&
    same(old[old.length - 1 - tail], now[now.length - 1 - tail])
  )
    tail++
  const grown = now.length - old.length
  const changedEnd = old.length - tail
  const covered = old.flatMap((word, index) => (word.end > span.start && word.start < span.end ? [index] : []))
  const [first, last] = [covered[0], covered.at(-1)]
  if (first === undefined || last === undefined) return { start: 0, end: 0 }
  const from = first < changedEnd ? Math.min(first, start) : first + grown
  const to = last < start ? last : Math.max(last, changedEnd - 1) + grown
  return { start: now[from]?.start ?? 0, end: now[to]?.end ?? after.length }
}

interface Word extends TextSpan {
  readonly word: string
}

function wordsOf(text: string): readonly Word[] {
  return Array.from(text.matchAll(/\S+/g), ({ 0: word, index }) => ({ word, start: index, end: index + word.length }))
}
