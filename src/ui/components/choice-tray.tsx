import { useMemo, type KeyboardEvent } from 'react'
import { flushSync } from 'react-dom'
import { dropChoice, look, takeChoice } from '../actions/doodle'
import { strings } from '../i18n'
import { PreviewThumb } from '../layers/doodle-thumb'
import { TakeTile } from '../layers/take-tile'
import { cropAround } from '../project/crop'
import { choiceLook, editor, useEditor } from '../store'
import { CheckIcon } from './icons'

/** How far each key goes among the tiles. */
const STEPS: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** Drawings of the same words, as they come: look at each on the photo, take one. */
export function ChoiceTray() {
  const choice = useEditor((state) => state.choice)
  const photo = useEditor((state) => state.photo)
  const project = useEditor((state) => state.history.present)
  const preview = useEditor((state) => state.running?.preview ?? null)
  const secondsLeft = useEditor((state) => (state.running === null ? null : state.running.secondsLeft))
  const running = useEditor((state) => state.running !== null)
  const crop = useMemo(() => {
    if (choice === null || photo === null) return undefined
    const shown = choice.doodles.map((doodle) => ({
      elements: doodle.elements,
      look: choiceLook(choice, doodle, project, photo),
    }))
    return cropAround(shown, photo)
  }, [choice, photo, project])
  if (choice === null || crop === undefined) return null
  const { seeds, doodles, shown } = choice
  const words = strings.choice
  return (
    <section className="choice" aria-label={words.title}>
      {running && <p className="choice-progress">{words.progress(doodles.length + 1, seeds.length, secondsLeft)}</p>}
      <div className="takes" role="group" aria-label={words.title} aria-description={words.keys} onKeyDown={keys}>
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
              // One stop of Tab; arrow keys go on from there.
              tabIndex={index === shown ? 0 : -1}
              title={words.inColour(strings.layers.seed(seed), doodle?.colour)}
              aria-label={
                doodle === undefined ? words.waiting(index + 1) : words.inColour(words.look(index + 1), doodle.colour)
              }
              onClick={() => {
                if (doodle !== undefined) look(index)
              }}
            >
              {doodle !== undefined ? (
                <TakeTile doodle={doodle} crop={crop} />
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
          {words.drop}
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
          <span>{words.take}</span>
        </button>
      </div>
    </section>
  )
}

/** Arrow keys look at another one, Home and End at the first and last, Enter takes the one looked at. */
function keys(event: KeyboardEvent<HTMLElement>): void {
  const { choice } = editor.getState()
  if (choice === null || event.ctrlKey || event.metaKey || event.altKey) return
  const { doodles, shown } = choice
  const by = STEPS[event.key]
  const goal =
    event.key === 'Home' ? 0 : event.key === 'End' ? doodles.length - 1 : by === undefined ? null : shown + by
  if (goal !== null) {
    event.preventDefault()
    const next = Math.min(doodles.length - 1, Math.max(0, goal))
    if (next >= 0) flushSync(() => look(next))
    event.currentTarget.querySelectorAll<HTMLElement>('.take')[Math.max(0, next)]?.focus()
  } else if (event.key === 'Enter' && doodles[shown] !== undefined) {
    event.preventDefault()
    finish(takeChoice)
  }
}

/** The tray closes; the keyboard goes on at the Doodle button, or at the canvas while the panel is away. */
function finish(act: () => void): void {
  flushSync(act)
  const button = document.getElementById('doodle')
  button?.focus()
  if (document.activeElement !== button)
    document.querySelector<HTMLElement>('.canvas-host')?.focus({ preventScroll: true })
}
