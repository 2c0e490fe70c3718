import { useEffect, useRef, type KeyboardEvent } from 'react'
import { announce } from '../actions/toasts'
import type { View } from '../canvas/view'
import { useView } from '../canvas/view-store'
import { CloseIcon } from '../components/icons'
import { strings } from '../i18n'
import { useEditor, type Photo } from '../store'
import type { Place } from '../../workers/engine-api'
import { watchWords } from './asking'
import { focusGhost, ghostButton, oneMore, removeGhost, selectGhost, setBox, toggleGhostDepth } from './changing'
import { movedBox, scaledBox, type Ghost } from './ghost'
import { dropGhosts, ghostStore, mayStand, useGhosts } from './ghosts-store'
import { watchBoxes } from './live'

/** Of the photo's sides. */
const STEP = 0.01
const GROW = 1.08

/** Screen pixels above a box that its label takes. */
const LABEL = 30

/** Boxes as dashed ghosts with their words. Each is a button, for Tab and for what reads the screen. */
export function GhostBoxes({ photo }: { photo: Photo }) {
  const stage = useRef<HTMLDivElement>(null)
  const may = useEditor(mayStand)
  const ghosts = useGhosts((state) => state.ghosts)
  const selectedId = useGhosts((state) => state.selectedId)
  const drawing = useGhosts(({ draft }) => draft !== null)
  useEffect(() => {
    const stops = [watchWords(), watchBoxes()]
    return () => {
      for (const stop of stops) stop()
      dropGhosts()
    }
  }, [photo])
  // Moved outside React: a box that is dragged renders no component.
  useEffect(() => {
    const place = (): void => {
      if (stage.current !== null) placeAll(stage.current, photo)
    }
    place()
    const stops = [useView.subscribe(place), ghostStore.subscribe(place)]
    return () => {
      for (const stop of stops) stop()
    }
  })
  const seen = may ? ghosts : []
  return (
    <div
      ref={stage}
      className="ghosts"
      role="group"
      aria-label={strings.where.title}
      hidden={seen.length === 0 && !drawing}
    >
      {seen.map((ghost, index) => (
        <button
          type="button"
          key={ghost.id}
          id={ghostButton(ghost.id)}
          className="ghost"
          data-box={ghost.id}
          data-behind={ghost.kind === 'behind'}
          aria-label={strings.where.label(ghost.words || strings.where.nothing, index + 1, seen.length)}
          aria-pressed={ghost.id === selectedId}
          aria-description={strings.where.keys}
          onFocus={() => selectGhost(ghost.id)}
          onClick={() => selectGhost(ghost.id)}
          onKeyDown={(event) => keys(event, ghost.id)}
        />
      ))}
      {seen.map(({ id, words }) => (
        <span key={id} className="ghost-label" data-label={id} data-selected={id === selectedId}>
          <span aria-hidden="true">{words || strings.where.nothing}</span>
          <button
            type="button"
            tabIndex={-1}
            aria-label={strings.where.removeOne(words)}
            onClick={() => removeGhost(id)}
          >
            <CloseIcon />
          </button>
        </span>
      ))}
      {drawing && <span className="ghost" data-box="draft" aria-hidden="true" />}
    </div>
  )
}

function placeAll(stage: HTMLElement, photo: Photo): void {
  const { ghosts, draft } = ghostStore.getState()
  const { view } = useView.getState()
  const boxes = new Map<string, Place>(ghosts.map(({ id, box }) => [id, box]))
  if (draft !== null) boxes.set('draft', draft)
  for (const element of stage.children) {
    if (!(element instanceof HTMLElement)) continue
    const { box: named, label } = element.dataset
    const box = boxes.get(named ?? label ?? '')
    if (box === undefined) continue
    const { x, y, width, height } = onStage(box, photo, view)
    if (named !== undefined)
      Object.assign(element.style, {
        width: `${width}px`,
        height: `${height}px`,
        transform: `translate(${x}px, ${y}px)`,
      })
    else {
      // Above its box, or inside it where there is no room.
      const { clientWidth } = stage
      const left = Math.max(2, Math.min(x, clientWidth - element.offsetWidth - 2))
      element.style.transform = `translate(${left}px, ${y < LABEL + 2 ? y + 4 : y - LABEL}px)`
    }
  }
}

function onStage({ left, top, width, height }: Place, photo: Photo, { scale, x, y }: View) {
  return {
    x: left * photo.width * scale + x,
    y: top * photo.height * scale + y,
    width: width * photo.width * scale,
    height: height * photo.height * scale,
  }
}

function keys(event: KeyboardEvent, id: string): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const ghost = ghostStore.getState().ghosts.find((one) => one.id === id)
  if (ghost === undefined) return
  const act = actsOf(ghost, event.shiftKey)[event.key] ?? actsOf(ghost, event.shiftKey)[event.key.toLowerCase()]
  if (act === undefined) return
  event.preventDefault()
  event.stopPropagation()
  act()
}

function actsOf(ghost: Ghost, scaling: boolean): Readonly<Record<string, () => void>> {
  const { id, box, kind } = ghost
  const set = (next: Place): void => {
    // What lies all over the photo has no other place.
    if (kind !== 'whole') setBox(id, next)
  }
  const arrow = (dx: number, dy: number) => (): void =>
    set(scaling ? scaledBox(box, GROW ** dx, GROW ** dy) : movedBox(box, dx * STEP, dy * STEP))
  return {
    ArrowLeft: arrow(-1, 0),
    ArrowRight: arrow(1, 0),
    ArrowUp: arrow(0, scaling ? 1 : -1),
    ArrowDown: arrow(0, scaling ? -1 : 1),
    '+': () => set(scaledBox(box, GROW, GROW)),
    '=': () => set(scaledBox(box, GROW, GROW)),
    '-': () => set(scaledBox(box, 1 / GROW, 1 / GROW)),
    b: () => toggleGhostDepth(ghost),
    d: () => oneMore(ghost),
    Delete: () => removeGhost(id),
    Backspace: () => removeGhost(id),
    Escape: () => {
      dropGhosts()
      announce(strings.where.dropped)
      focusGhost(undefined)
    },
  }
}
