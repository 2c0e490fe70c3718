import { createStore } from 'zustand/vanilla'
import { useStore } from 'zustand'
import type { ElementPlan, Place } from '../../workers/engine-api'
import { nameOfSubject } from '../project/project'
import { instructionOf, isVerbal, editor, type EditorState } from '../store'
import type { Ghost, Standing } from './ghost'

/** Boxes that show where things will be drawn. Of no interest to undo or autosave: nothing is drawn yet. */
interface GhostsState extends Standing {
  /** They are wanted, here or on their way. */
  readonly on: boolean
  readonly selectedId: string | null
  /** What they were laid out of; other than {@link EditorState} says now, they are asked for again. Null: not yet. */
  readonly of: string | null
  /** The noise that they were laid out of and are drawn from, while the seed is not locked. */
  readonly seed: number
  readonly asking: boolean
  /** One follows the pointer. */
  readonly inHand: boolean
  /** A box on its way to be one. */
  readonly draft: Place | null
}

const NONE: GhostsState = {
  on: false,
  ghosts: [],
  here: null,
  instruction: '',
  selectedId: null,
  of: null,
  seed: 0,
  asking: false,
  inHand: false,
  draft: null,
}

export const ghostStore = createStore<GhostsState>()(() => NONE)

export function useGhosts<T>(select: (state: GhostsState) => T): T {
  return useStore(ghostStore, select)
}

/** Whether boxes may stand on the photo now. A painted region is the box itself. */
export function mayStand(state: EditorState): boolean {
  const { photo, history, editingId, running, choice, readOnly } = state
  const free = running === null && choice === null && editingId === null && !readOnly
  return photo !== null && free && history.present.region.length === 0 && isVerbal(state)
}

const NOTHING: readonly Ghost[] = []

/** Those on the photo now. */
export function standing(state: EditorState = editor.getState()): readonly Ghost[] {
  const { on, ghosts } = ghostStore.getState()
  return on && mayStand(state) ? ghosts : NOTHING
}

export function selectedGhost(state: EditorState = editor.getState()): Ghost | undefined {
  const { selectedId } = ghostStore.getState()
  return standing(state).find(({ id }) => id === selectedId)
}

/** Asks for boxes. What asks is part of the canvas, see watch-ghosts.ts. */
export function wantGhosts(): void {
  ghostStore.setState({ ...NONE, on: true })
}

export function dropGhosts(): void {
  if (ghostStore.getState().on) ghostStore.setState(NONE)
  editor.setState(({ tool }) => (tool === 'box' ? { tool: 'move' } : {}))
}

/** None is selected; an object may be in hand. */
export function leaveGhosts(): void {
  if (ghostStore.getState().selectedId !== null) ghostStore.setState({ selectedId: null })
}

/** What draws just what stands there. */
export function plansOf(ghosts: readonly Ghost[]): readonly ElementPlan[] {
  return ghosts.flatMap(({ box, kind, words }) => (words.trim() === '' ? [] : [{ box, kind, words }]))
}

/** What boxes follow from. */
export function cause(state: EditorState): string {
  const { styleId, strength, mixId, mixStrength, seed, seedLocked, history } = state
  const subject = nameOfSubject(history.present.subject)
  return JSON.stringify([
    instructionOf(state),
    styleId,
    strength,
    mixId,
    mixStrength,
    seedLocked ? seed : null,
    subject,
  ])
}
