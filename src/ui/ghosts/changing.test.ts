import { afterEach, beforeEach, expect, test } from 'vitest'
import { newHistory } from '../project/history'
import { emptyProject } from '../project/project'
import { editor, type Photo } from '../store'
import { addBox, removeGhost, setBox, toggleGhostDepth } from './changing'
import { cause, dropGhosts, ghostStore, mayStand, plansOf, selectedGhost, standing } from './ghosts-store'

const photo: Photo = {
  id: 'p',
  file: new Blob(),
  name: 'p',
  width: 100,
  height: 100,
  subject: null,
  suggestion: null,
}
const box = { left: 0.1, top: 0.1, width: 0.2, height: 0.2 }
const initial = editor.getState()

beforeEach(() => {
  globalThis.requestAnimationFrame = () => 0
  editor.setState({ ...initial, photo, typed: 'add a crown' }, true)
})
afterEach(() => dropGhosts())

test('the first box drawn by hand is where all that is said goes, also once it is moved', () => {
  const ghost = addBox(box)!
  expect(ghostStore.getState()).toMatchObject({ on: true, here: box, selectedId: ghost.id })
  expect(plansOf(standing())).toEqual([{ box, kind: 'front', words: 'add a crown' }])
  const there = { ...box, left: 0.5 }
  setBox(ghost.id, there)
  expect([ghostStore.getState().here, standing()[0]!.moved]).toEqual([there, false])
})

test('one more is for what the selected one shows, stays where it is put, and outlives the first', () => {
  const first = addBox(box)!
  ghostStore.setState(({ ghosts }) => ({ ghosts: ghosts.map((one) => ({ ...one, words: 'a crown' })) }))
  const second = addBox({ ...box, left: 0.6 })!
  expect(second).toMatchObject({ words: 'a crown', moved: true })
  setBox(first.id, { ...box, top: 0.5 })
  expect(ghostStore.getState().here).toEqual(box)
  removeGhost(first.id)
  expect(selectedGhost()).toBe(standing()[0])
  expect([standing().map(({ id }) => id), ghostStore.getState().here]).toEqual([[second.id], null])
  removeGhost(second.id)
  expect(ghostStore.getState().on).toBe(false)
})

test('a painted region is the box itself: others wait until it is gone', () => {
  addBox(box)
  const region = [{ mode: 'add', size: 9, points: [5, 5] }] as const
  editor.setState({ history: newHistory({ ...emptyProject, region }) })
  expect([standing(), mayStand(editor.getState()), addBox(box)]).toEqual([[], false, undefined])
  editor.setState({ history: newHistory(emptyProject) })
  expect(standing()).toHaveLength(1)
})

test('boxes follow from words, styles and a locked seed, not from one that is drawn anew', () => {
  const of = cause(editor.getState())
  editor.setState({ seed: 5 })
  expect(cause(editor.getState())).toBe(of)
  for (const change of [{ typed: 'add a hat' }, { styleId: 'flat' }, { seedLocked: true }]) {
    editor.setState({ ...initial, photo, typed: 'add a crown', ...change }, true)
    expect(cause(editor.getState())).not.toBe(of)
  }
})

test('a box goes behind the subject and back, and keeps that when other words are laid out', () => {
  const ghost = addBox(box)!
  toggleGhostDepth(ghost)
  expect(plansOf(standing())).toEqual([{ box, kind: 'behind', words: 'add a crown' }])
  expect(standing()[0]!.moved).toBe(true)
  toggleGhostDepth(standing()[0]!)
  expect(standing()[0]!.kind).toBe('front')
  toggleGhostDepth({ ...standing()[0]!, kind: 'whole' })
  expect(standing()[0]!.kind).toBe('front')
})
