import { useEffect, useState } from 'react'
import { reading } from '../actions/words'
import { useLanguage } from '../i18n'
import { editor } from '../store'
import { noteWords } from './note-words'
import type { Reading } from './reading-kinds'

/** Typing is not interrupted; what is said of a half-written word would be wrong. */
const QUIET_MS = 350

/** Below the instruction: what cannot be drawn of it and what to do instead, or how it was understood. */
export default function WordsNote({ id, instruction }: { id: string; instruction: string }) {
  const words = noteWords[useLanguage(({ language }) => language)]
  const [read, setRead] = useState<{ readonly of: string; readonly reading: Reading } | null>(null)
  useEffect(() => {
    let wanted = true
    const timer = setTimeout(() => {
      void reading(instruction).then((one) => {
        if (wanted) setRead({ of: instruction, reading: one })
      })
    }, QUIET_MS)
    return () => {
      wanted = false
      clearTimeout(timer)
    }
  }, [instruction])
  const current = read?.of === instruction ? read.reading : null
  const ideas = current === null ? [] : suggestions(current, instruction)
  return (
    <div id={id} className="words-note" role="status" data-kind={current?.kind ?? 'plain'}>
      {current !== null && <p>{said(current, words)}</p>}
      {ideas.length > 0 && (
        <div className="chips" role="group" aria-label={words.instead}>
          {ideas.map(({ name, instruction: typed }) => (
            <button type="button" className="chip" key={name} title={typed} onClick={() => take(typed)}>
              {name}
            </button>
          ))}
        </div>
      )}
    </div>
  )
}

/** The chip goes with its note; the keyboard goes on at the words. */
function take(typed: string): void {
  editor.setState({ typed })
  document.getElementById('instruction')?.focus()
}

function said(reading: Reading, words: (typeof noteWords)['en']): string {
  switch (reading.kind) {
    case 'plain':
      return ''
    case 'empty':
      return words.empty
    case 'cannot':
      return words.cannot[reading.act]
    case 'unknown':
      return words.unknown(reading.word)
    case 'foreign':
      return words.foreign(reading.left)
    case 'translated':
      return words.translated(reading.english) + (reading.left.length === 0 ? '' : ` ${words.left(reading.left)}`)
  }
}

function suggestions(
  reading: Reading,
  instruction: string,
): readonly { readonly name: string; readonly instruction: string }[] {
  if (reading.kind === 'unknown')
    return reading.nearest.map((name) => ({ name, instruction: instead(instruction, reading.word, name) }))
  if (reading.kind === 'cannot') return INSTEAD[reading.act].map((name) => ({ name, instruction: name }))
  return []
}

/** The word exchanged, with the article that the new one takes. */
function instead(instruction: string, word: string, name: string): string {
  const noun = new RegExp(`\\b(?:(an?)\\s+)?((?:\\p{L}+ )*?)${word}(?:e?s)?\\b`, 'iu')
  return instruction.replace(noun, (_, article: string | undefined, looks: string) => {
    const phrase = `${looks}${name}`
    return article === undefined ? phrase : `${/^[aeio]/i.test(phrase) ? 'an' : 'a'} ${phrase}`
  })
}

/** What a model that only adds can do for those who want something else. In English: the model is told so. */
const INSTEAD = {
  remove: ['add a big sunflower in front of it', 'add a white cloud'],
  recolour: ['add a red bow on the head', 'add colourful butterfly wings'],
  turn: ['add cat ears on the head', 'add a lion beside it'],
  adjust: ['add sparkles around it', 'add a golden crown'],
} as const
