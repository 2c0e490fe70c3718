import type { KeyboardEvent } from 'react'
import { letGo, duplicate, hold, mirror, nudge, toggleDepth } from '../actions/objects'
import { move, remove } from '../actions/layers'
import { strings } from '../i18n'
import { editWords } from '../layers/edit-words'
import { shown, type Layer } from '../project/project'
import { editor, useEditor } from '../store'
import { buttonId } from './object-drag'

/** Of the photo's sides; ten times as much with Shift. */
const STEP = 0.004
const GROW = 1.05
const TURN = 5

/** Every object as a button, for Tab and for what reads the screen: in focus it is in hand, and keys move it. */
export function ObjectButtons() {
  const layers = useEditor((state) => state.history.present.layers)
  const held = useEditor((state) => (state.holding ? state.selectedId : null))
  const off = useEditor((state) => state.tool !== 'move' || state.running !== null || state.choice !== null)
  const readOnly = useEditor((state) => state.readOnly)
  if (off || readOnly) return null
  const seen = shown(layers)
  return (
    <div className="visually-hidden" role="group" aria-label={strings.objects.title}>
      {seen.map((layer, index) => (
        <button
          type="button"
          key={layer.id}
          id={buttonId(layer.id)}
          aria-label={strings.objects.label(layer.recipe.instruction, index + 1, seen.length)}
          aria-pressed={held === layer.id}
          aria-description={strings.objects.keys}
          onFocus={() => hold(layer.id)}
          onClick={() => hold(layer.id)}
          onKeyDown={(event) => keys(event, layer)}
        />
      ))}
    </div>
  )
}

function keys(event: KeyboardEvent, layer: Layer): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const step = STEP * (event.shiftKey ? 10 : 1)
  const acts: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => nudge({ x: -step }),
    ArrowRight: () => nudge({ x: step }),
    ArrowUp: () => nudge({ y: -step }),
    ArrowDown: () => nudge({ y: step }),
    '+': () => nudge({ scale: GROW }),
    '=': () => nudge({ scale: GROW }),
    '-': () => nudge({ scale: 1 / GROW }),
    ',': () => nudge({ turn: -TURN }),
    '.': () => nudge({ turn: TURN }),
    f: () => mirror(layer),
    d: () => duplicate(layer),
    b: () => toggleDepth(layer),
    e: () => editWords(layer),
    PageUp: () => move(layer.id, 1),
    PageDown: () => move(layer.id, -1),
    Delete: () => removeHeld(layer),
    Backspace: () => removeHeld(layer),
    Escape: () => {
      letGo()
      document.querySelector<HTMLElement>('.canvas-host')?.focus({ preventScroll: true })
    },
  }
  const act = acts[event.key] ?? acts[event.key.toLowerCase()]
  if (act === undefined) return
  event.preventDefault()
  event.stopPropagation()
  act()
}

/** The keyboard goes on at the next object, or at the canvas after the last. */
export function removeHeld(layer: Layer): void {
  remove(layer.id)
  const { selectedId } = editor.getState()
  requestAnimationFrame(() => {
    const next = selectedId === null ? null : document.getElementById(buttonId(selectedId))
    const there = next ?? document.querySelector<HTMLElement>('.canvas-host')
    if (next === null) letGo()
    there?.focus({ preventScroll: true })
  })
}
