import { createStore } from 'zustand/vanilla'
import { SETTINGS, type ElementPlan, type Place } from '../../workers/engine-api'
import type { Sprite } from '../../workers/picture-api'
import { engine } from '../actions/engine'
import { photoSource, picture, seenSource } from '../actions/picture'
import { correctedSubject } from '../actions/subject'
import { requestOf, shown, type Layer } from '../project/project'
import { editor, recipeOf } from '../store'
import type { Ghost } from './ghost'
import { ghostStore, plansOf, standing } from './ghosts-store'
import { LastWins } from './last-wins'
import { paceOf } from './pace'

/** What was drawn in a box while it can still be moved. */
export interface Preview {
  readonly ghostId: string
  /** The box that it was drawn in. */
  readonly box: Place
  /** As a layer of the project would be. */
  readonly layer: Layer
  readonly sprites: readonly Sprite[]
}

/** In the boxes' order. */
export const previews = createStore<{ readonly shown: readonly Preview[] }>()(() => ({ shown: [] }))

/** Longest side of the photo that they are painted for. */
const SIDE = 1024

interface Wanted {
  readonly ghosts: readonly Ghost[]
  readonly seed: number
}

/** Milliseconds. */
let last: number | null = null
let timer: ReturnType<typeof setTimeout> | undefined
/** What was asked for last. */
let asked: string | undefined

const drawing = new LastWins<Wanted>(draw)

/** Draws what stands in the boxes as they are moved and words change, at the machine's pace. @returns the end */
export function watchBoxes(): () => void {
  const look = (): void => {
    const ghosts = standing().filter(({ words }) => words.trim() !== '')
    if (ghosts.length === 0) return stop()
    const wanted = { ghosts, seed: seedNow() }
    const key = keyOf(wanted)
    if (key === asked) return
    asked = key
    clearTimeout(timer)
    const { wait, interrupt } = paceOf(last)
    timer = setTimeout(() => drawing.ask(wanted, interrupt), wait)
  }
  const stops = [editor.subscribe(look), ghostStore.subscribe(look)]
  look()
  return () => {
    for (const end of stops) end()
    stop()
    previews.setState({ shown: [] })
  }
}

/** What is drawn already stays in sight while the doodle itself is drawn. */
function stop(): void {
  clearTimeout(timer)
  asked = undefined
  drawing.stop()
  if (!ghostStore.getState().on && previews.getState().shown.length > 0) previews.setState({ shown: [] })
}

/** The doodle is drawn from the same noise: what is seen is what comes. */
function seedNow(): number {
  const { seedLocked, seed } = editor.getState()
  return seedLocked ? seed : ghostStore.getState().seed
}

function keyOf({ ghosts, seed }: Wanted): string {
  const { styles, cfgScale } = recipeOf(editor.getState())
  return JSON.stringify([plansOf(ghosts), seed, styles, cfgScale, editor.getState().history.present.layers.length])
}

async function draw({ ghosts, seed }: Wanted, signal: AbortSignal): Promise<void> {
  const state = editor.getState()
  const { photo } = state
  if (photo === null) return
  const begun = performance.now()
  const elements: readonly ElementPlan[] = plansOf(ghosts)
  const recipe = { ...recipeOf(state), region: [], elements, steps: SETTINGS.steps.min }
  const drawn = await engine.edit({
    request: requestOf(recipe, seed, undefined, await correctedSubject()),
    photo: photoSource(photo),
    source: seenSource(photo, shown(state.history.present.layers)),
    signal,
  })
  const made: Preview[] = []
  for (const [i, ghost] of ghosts.entries()) {
    const element = drawn.elements[i]
    if (element === undefined) continue
    const sprites = await picture.call((api) => api.sprites({ elements: [element], region: [], vector: false }, SIDE))
    const doodle = { id: ghost.id, seed, elements: [element], prompt: drawn.prompt, seconds: 0 }
    const layer: Layer = { id: ghost.id, recipe, doodle, others: [], visible: true, opacity: 1, erased: [] }
    made.push({ ghostId: ghost.id, box: ghost.box, layer, sprites })
  }
  last = performance.now() - begun
  const before = previews.getState().shown
  if (signal.aborted || !ghostStore.getState().on) return close(made)
  previews.setState({ shown: made })
  close(before)
}

function close(list: readonly Preview[]): void {
  for (const { sprites } of list)
    for (const { bitmap, behind } of sprites) {
      bitmap.close()
      behind?.close()
    }
}
