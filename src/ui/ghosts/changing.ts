import { letGo } from '../actions/objects'
import { announce } from '../actions/toasts'
import { strings } from '../i18n'
import type { Place } from '../../workers/engine-api'
import { editor, instructionOf } from '../store'
import type { Ghost } from './ghost'
import { ghostStore, mayStand, selectedGhost, standing, wantGhosts } from './ghosts-store'

/** How far one more stands from the one it is of, as a share of its size. */
const BESIDE = 0.35

export const ghostButton = (id: string): string => `box-${id}`

export function selectGhost(id: string): void {
  letGo()
  ghostStore.setState({ selectedId: id })
}

/** @param inHand it follows the pointer, which is not at rest */
export function setBox(id: string, box: Place, inHand = false): void {
  ghostStore.setState(({ ghosts, here }) => {
    // The only one in the box for all that is said is that box.
    const all = here !== null && ghosts.length === 1
    return {
      ghosts: ghosts.map((ghost) => (ghost.id === id ? { ...ghost, box, moved: ghost.moved || !all } : ghost)),
      here: all ? box : here,
      inHand,
    }
  })
}

/**
 * A box drawn by hand: one more of what the selected one shows, or of all that is said; the only one is where all of it
 * goes.
 */
export function addBox(box: Place): Ghost | undefined {
  if (!mayStand(editor.getState())) return undefined
  const like = selectedGhost()
  const first = standing().length === 0
  if (first) wantGhosts()
  const { instruction } = ghostStore.getState()
  const words = like?.words ?? (instruction || instructionOf(editor.getState()).trim())
  const kind = like === undefined || like.kind === 'whole' ? 'front' : like.kind
  const ghost: Ghost = { id: `ghost-${crypto.randomUUID()}`, box, kind, words, moved: !first }
  letGo()
  ghostStore.setState(({ ghosts, here }) => ({
    ghosts: [...ghosts, ghost],
    here: first ? box : here,
    selectedId: ghost.id,
  }))
  announce(strings.where.added)
  return ghost
}

/** A copy beside it, on the side where there is more room, on the photo. */
export function oneMore({ box, kind }: Ghost): void {
  const room = box.left + box.width / 2 < 0.5 ? 1 : -1
  const whole = { left: 0.35, top: 0.35, width: 0.3, height: 0.3 }
  const beside = box.left + room * box.width * (1 + BESIDE)
  const left = Math.max(0, Math.min(1 - box.width, beside))
  const ghost = addBox(kind === 'whole' ? whole : { ...box, left })
  if (ghost !== undefined) focusGhost(ghost.id)
}

/**
 * Before or behind the subject. The model says so first: it was taught that what stands around somebody stands behind
 * them. What is said here counts as put there by hand, and stays.
 */
export function toggleGhostDepth({ id, kind }: Ghost): void {
  // What lies all over the photo knows no depth.
  if (kind === 'whole') return
  const depth = kind === 'behind' ? 'front' : 'behind'
  ghostStore.setState(({ ghosts }) => ({
    ghosts: ghosts.map((ghost) => (ghost.id === id ? { ...ghost, kind: depth, moved: true } : ghost)),
  }))
  announce(strings.objects.depthNow[depth])
}

/** The keyboard goes on at the next box, or at the canvas. */
export function removeGhost(id: string): void {
  const { ghosts } = ghostStore.getState()
  const at = ghosts.findIndex((ghost) => ghost.id === id)
  const rest = ghosts.filter((ghost) => ghost.id !== id)
  const next = rest[at] ?? rest[at - 1]
  ghostStore.setState(({ here }) => ({
    ghosts: rest,
    // Without any of what the box for all that is said was drawn for, it is gone, too.
    here: rest.every(({ moved }) => moved) ? null : here,
    selectedId: next?.id ?? null,
    ...(rest.length === 0 ? { on: false, of: null } : {}),
  }))
  announce(strings.where.removed)
  focusGhost(next?.id)
}

/** Its button has the keys; the canvas where there is none. */
export function focusGhost(id: string | undefined): void {
  requestAnimationFrame(() => {
    const button = id === undefined ? null : document.getElementById(ghostButton(id))
    const there = button ?? document.querySelector<HTMLElement>('.canvas-host')
    there?.focus({ preventScroll: true })
  })
}
