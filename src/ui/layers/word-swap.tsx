import { useId, useState, type FormEvent } from 'react'
import { changeWord } from '../actions/doodle'
import { PenIcon } from '../components/icons'
import { strings } from '../i18n'
import type { Layer } from '../project/project'
import { useEditor } from '../store'

/**
 * The doodle's words as buttons: one becomes a text box, and the doodle is drawn again with the new word in the old
 * layout.
 */
export function WordSwap({ layer, onDrawn }: { layer: Layer; onDrawn: () => void }) {
  const hint = useId()
  const before = layer.recipe.instruction.trim().split(/\s+/)
  const [words, setWords] = useState(before)
  const [chosen, setChosen] = useState<number | null>(null)
  const busy = useEditor((state) => state.running !== null)
  const ready =
    !busy && words.some((word) => word.trim() !== '') && words.some((word, index) => word.trim() !== before[index])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!ready) return
    onDrawn()
    void changeWord(
      layer,
      words
        .map((word) => word.trim())
        .filter((word) => word !== '')
        .join(' '),
    )
  }
  return (
    <form className="word-swap" aria-label={strings.layers.swap} onSubmit={submit}>
      <p id={hint} className="quiet">
        {strings.layers.swapHint}
      </p>
      <div className="swap-words">
        {words.map((word, index) =>
          index === chosen ? (
            <input
              key={index}
              type="text"
              value={word}
              maxLength={60}
              autoFocus
              size={Math.max(3, word.length + 1)}
              aria-label={strings.layers.newWord(before[index] ?? '')}
              aria-describedby={hint}
              autoComplete="off"
              spellCheck
              onFocus={(event) => event.target.select()}
              onChange={(event) => setWords(words.with(index, event.target.value))}
            />
          ) : (
            <button
              key={index}
              type="button"
              className="chip"
              aria-label={strings.layers.swapWord(word)}
              data-changed={word !== before[index]}
              onClick={() => setChosen(index)}
            >
              {word}
            </button>
          ),
        )}
      </div>
      <button type="submit" className="button small strong" aria-disabled={!ready}>
        <PenIcon />
        <span>{strings.layers.swapDraw}</span>
      </button>
    </form>
  )
}
