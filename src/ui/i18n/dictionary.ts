import type { StyleCopy, Strings } from './en'

/** All that is said in one language. */
export interface Dictionary {
  readonly strings: Strings
  readonly styles: Readonly<Record<string, StyleCopy>>
  /** Ideas for imported styles. */
  readonly imported: Pick<StyleCopy, 'examples' | 'shown'>
  /** What is on the sample photos. */
  readonly subjects: Readonly<Record<string, string>>
}
