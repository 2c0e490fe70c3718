import { flushSync } from 'react-dom'
import { dropChoice, look, takeChoice } from '../actions/doodle'
import { strings } from '../i18n'
import { DoodleThumb, PreviewThumb } from '../layers/doodle-thumb'
import { useEditor } from '../store'
import { CheckIcon } from './icons'

/** Four drawings of the same words, as they come: look at each on the photo, take one. */
export function ChoiceTray() {
  const choice = useEditor((state) => state.choice)
  const preview = useEditor((state) => state.running?.preview ?? null)
  if (choice === null) return null
  const { seeds, doodles, shown } = choice
  return (
    <section className="choice" aria-label={strings.choice.title}>
      <div className="takes" role="group" aria-label={strings.choice.title}>
        {seeds.map((seed, index) => {
          const doodle = doodles[index]
          const pixels = index === doodles.length ? preview : null
          return (
            <button
              type="button"
              key={seed}
              className="take"
              aria-pressed={doodle !== undefined && index === shown}
              aria-disabled={doodle === undefined}
              title={strings.layers.seed(seed)}
              aria-label={doodle === undefined ? strings.choice.waiting(index + 1) : strings.choice.look(index + 1)}
              onClick={() => {
                if (doodle !== undefined) look(index)
              }}
            >
              {doodle !== undefined ? (
                <DoodleThumb elements={doodle.elements} />
              ) : pixels === null ? (
                <span className="number">{index + 1}</span>
              ) : (
                <PreviewThumb pixels={pixels} />
              )}
            </button>
          )
        })}
      </div>
      <div className="choice-actions">
        <button type="button" className="button quiet-button" onClick={() => finish(dropChoice)}>
          {strings.choice.drop}
        </button>
        <button
          type="button"
          className="button strong"
          aria-disabled={doodles[shown] === undefined}
          onClick={() => {
            if (doodles[shown] !== undefined) finish(takeChoice)
          }}
        >
          <CheckIcon />
          <span>{strings.choice.take}</span>
        </button>
      </div>
    </section>
  )
}

/** The tray closes; the keyboard goes on at the Doodle button. */
function finish(act: () => void): void {
  flushSync(act)
  document.getElementById('doodle')?.focus()
}
