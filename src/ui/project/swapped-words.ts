import { movedSpan } from '../../workers/engine-api'

/**
 * A thing's own words once a word of its instruction was changed. @param words a part of `before`; all of the
 * instruction where they are none
 */
export function swappedWords(words: string, before: string, after: string): string {
  const start = before.toLowerCase().indexOf(words.toLowerCase())
  if (start < 0 || words === before) return after
  const { start: from, end } = movedSpan({ start, end: start + words.length }, before, after)
  return after.slice(from, end).trim() || after
}
