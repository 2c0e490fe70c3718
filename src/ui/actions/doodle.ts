import type { EditProgress, ElementPlan } from '../../workers/engine-api'
import { isEngineError, type EditRestart } from '../../workers/engine-client'
import { ghostStore, plansOf } from '../ghosts/ghosts-store'
import { strings } from '../i18n'
import {
  askedOf,
  layersBelow,
  recipeFor,
  requestOf,
  type Choice,
  type Doodle,
  type Layer,
  type Recipe,
  type Try,
} from '../project/project'
import { recipeHere } from '../project/objects'
import { swappedWords } from '../project/swapped-words'
import { without } from '../project/without'
import { secondsForAll, stepTimer } from '../step-timer'
import { editor, randomSeed, recipeOf, type Photo } from '../store'
import { commit, type Stand } from './commit'
import { engine, startEngine } from './engine'
import { busy } from './idle'
import { photoSource, picture, seenSource } from './picture'
import { correctedSubject } from './subject'
import { announce, showError, showInfo } from './toasts'
import { wordsToDraw } from './words'

/** The job under way. */
let running: AbortController | undefined

/** What the panel asks for: a new layer on what is seen, or the layer being edited drawn anew. */
export async function doodle(): Promise<void> {
  if (editor.getState().photo === null) return
  const instruction = await wordsToDraw()
  if (instruction === undefined) {
    // Why is said below the words.
    editor.setState(({ typed, sheet }) => ({
      tab: 'draw',
      sheet: sheet === 'peek' ? 'half' : sheet,
      typed: typed ?? '',
    }))
    document.getElementById('instruction')?.focus()
    return
  }
  const elements = await boxesStanding()
  const several = editor.getState().count === 1 ? undefined : await import('./variations')
  const state = editor.getState()
  const edited = state.history.present.layers.find(({ id }) => id === state.editingId)
  if (edited !== undefined && elements.length === 0) {
    const { isOnlyRecoloured } = await import('./recolour')
    if (isOnlyRecoloured(edited, instruction)) return drawWithWords(edited, instruction)
  }
  // Boxes show what comes of their seed.
  const free = elements.length > 0 ? ghostStore.getState().seed : randomSeed()
  const first = state.seedLocked ? state.seed : free
  if (state.running === null) editor.setState({ seed: first, choice: null })
  const recipe = { ...recipeOf(state), instruction, ...(elements.length > 0 && { elements }) }
  const seeds = seedsFrom(first, state.count)
  await draw(recipe, state.editingId, several?.triesOf(recipe, seeds) ?? seeds.map((seed) => ({ seed, recipe })))
}

/** What the boxes on the photo say; none where there are none, and the model finds places. */
async function boxesStanding(): Promise<readonly ElementPlan[]> {
  if (!ghostStore.getState().on) return []
  const { settledGhosts } = await import('../ghosts/asking')
  return plansOf(await settledGhosts())
}

/** The layer again, from other noise, where it stands now. */
export async function reroll(layer: Layer): Promise<void> {
  const { photo } = editor.getState()
  editor.setState({ choice: null })
  const here = photo === null ? undefined : recipeHere(layer, photo)
  await drawOnce(here ?? layer.recipe, layer.id, randomSeed())
}

/** The object again, from other noise and where that puts it. */
export async function drawElsewhere({ id, recipe }: Layer): Promise<void> {
  editor.setState({ choice: null })
  await drawOnce(without(without(recipe, 'layoutOf'), 'elements'), id, randomSeed(), 'free')
}

/**
 * The layer with other words from the same noise, in the layout that its first words gave: a chain of changed words
 * never drifts from what was drawn first.
 */
export async function changeWord(layer: Layer, typed: string): Promise<void> {
  const instruction = await wordsToDraw(typed)
  if (instruction === undefined) return showInfo(strings.layers.cannotSwap(typed), strings.layers.cannotSwapHint)
  await drawWithWords(layer, instruction)
}

/** It is shown in another colour at once where its words say one. If nothing comes of the drawing, it stays so. */
async function drawWithWords(layer: Layer, instruction: string): Promise<void> {
  const {
    id,
    recipe,
    doodle: { seed, elements },
  } = layer
  const { recolourAtOnce } = await import('./recolour')
  if (!mayDraw()) return
  editor.setState({ choice: null })
  const [plan] = recipe.elements ?? []
  const before = plan?.words ?? (elements.length === 1 ? elements[0]?.words : undefined) ?? recipe.instruction
  const words = swappedWords(before, recipe.instruction, instruction)
  const shown = recolourAtOnce(layer, before, words, cancel)
  const { layoutOf: first = recipe.instruction, ...same } = recipe
  const asked: Recipe =
    plan === undefined
      ? { ...same, instruction, ...(instruction === first ? {} : { layoutOf: first }) }
      : // Its place is known already.
        { ...recipe, instruction, elements: [{ ...plan, words }] }
  await drawOnce(asked, id, seed, 'kept', shown?.step)
  shown?.end()
}

function mayDraw(): boolean {
  const { photo, running: current, readOnly } = editor.getState()
  return photo !== null && current === null && !readOnly
}

export function cancel(): void {
  if (running === undefined) return
  running.abort()
  editor.setState(({ running: current }) => (current === null ? {} : { running: { ...current, stopping: true } }))
}

export function look(shown: number): void {
  editor.setState(({ choice }) => (choice === null ? {} : { choice: { ...choice, shown } }))
}

/** The drawing that is looked at becomes the layer; the others stay with it. */
export function takeChoice(): void {
  const { choice } = editor.getState()
  const chosen = choice?.doodles[choice.shown]
  if (choice === null || chosen === undefined) return
  cancel()
  commit(
    recipeFor(choice.recipe, chosen),
    choice.target,
    chosen,
    choice.doodles.filter((other) => other !== chosen),
  )
}

export function dropChoice(): void {
  cancel()
  editor.setState({ choice: null })
}

/** The n-th drawing has the n-th seed after the first, so that any of them can be had again. */
function seedsFrom(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => (first + i) >>> 0)
}

function drawOnce(recipe: Recipe, target: string, seed: number, stand?: Stand, step?: string): Promise<void> {
  return draw(recipe, target, [{ seed, recipe }], stand, step)
}

/**
 * @param recipe as typed
 * @param step of the history that what is drawn belongs to; null: one of its own
 */
async function draw(
  recipe: Recipe,
  target: string | null,
  tries: readonly Try[],
  stand: Stand = 'kept',
  step: string | null = null,
): Promise<void> {
  const { photo, history } = editor.getState()
  if (photo === null || !mayDraw()) return
  const abort = new AbortController()
  running = abort
  const several = tries.length > 1
  editor.setState(({ sheet }) => ({
    // What is drawn is looked at.
    sheet: sheet === 'full' ? 'half' : sheet,
    running: {
      phase: 'prepare',
      step: 0,
      steps: 0,
      secondsLeft: null,
      preview: null,
      region: recipe.region,
      target,
      stopping: false,
    },
    choice: several ? { recipe, target, seeds: tries.map(({ seed }) => seed), doodles: [], shown: 0 } : null,
  }))
  announce(strings.progress.prepare)
  try {
    const below = layersBelow(history.present, target)
    let ready = 0
    await busy(async () => {
      for (const one of tries) {
        const drawn = await drawSeen(photo, below, one, abort.signal)
        if (drawn === undefined) leaveOut(one.seed)
        else if (several) offer(drawn)
        else commit(recipe, target, drawn, [], stand, step)
        if (drawn !== undefined) ready++
      }
    })
    if (ready > 0) announce(several ? strings.choice.ready(ready) : strings.progress.done)
    else
      showInfo(
        strings.toast.blank,
        recipe.region.length === 0 ? strings.toast.blankHint : strings.toast.blankRegionHint,
      )
    editor.setState({ engine: { status: 'ready' } })
  } catch (error) {
    if (abort.signal.aborted || isEngineError(error, 'Cancelled')) announce(strings.progress.cancelled)
    else failed(error)
  } finally {
    running = undefined
    editor.setState(({ choice }) => ({ running: null, choice: drawnOf(choice) }))
  }
}

/** A drawing that can be seen: a blank one is drawn once more, from other noise. @returns undefined: blank again */
async function drawSeen(
  photo: Photo,
  below: readonly Layer[],
  one: Try,
  signal: AbortSignal,
): Promise<Doodle | undefined> {
  for (const seed of [one.seed, randomSeed()]) {
    const { drawn, empty } = await drawOne(photo, below, { ...one, seed }, signal)
    // A photo opened meanwhile has aborted this job; a drawing that was faster belongs to the other photo.
    signal.throwIfAborted()
    if (!empty) return drawn
  }
  return undefined
}

async function drawOne(
  photo: Photo,
  below: readonly Layer[],
  { recipe, seed, colour }: Try,
  signal: AbortSignal,
): Promise<{ readonly drawn: Doodle; readonly empty: boolean }> {
  const started = performance.now()
  const timer = stepTimer()
  const { region } = recipe
  const mask = region.length === 0 ? undefined : await picture.call((api) => api.mask(region))
  const { jobId, elements, prompt, empty } = await engine.edit({
    request: requestOf(recipe, seed, mask, await correctedSubject()),
    photo: photoSource(photo),
    source: seenSource(photo, below),
    signal,
    onProgress: (progress) => showProgress(progress, leftOfAll(timer(progress), (performance.now() - started) / 1000)),
    onRestart: restarted,
  })
  return {
    drawn: {
      id: `${jobId} ${seed} ${started}`,
      seed,
      elements,
      prompt,
      seconds: (performance.now() - started) / 1000,
      asked: askedOf(recipe),
      ...(colour === undefined ? {} : { colour }),
    },
    empty,
  }
}

/** For all drawings that were asked for. @param elapsed seconds of the one under way */
function leftOfAll(left: number | null, elapsed: number): number | null {
  const { choice } = editor.getState()
  if (choice === null) return left
  const took = choice.doodles.map(({ seconds }) => seconds)
  return secondsForAll(left, elapsed, took, Math.max(0, choice.seeds.length - took.length - 1))
}

/** A choice among what was drawn before it was stopped. */
function drawnOf(choice: Choice | null): Choice | null {
  return choice === null || choice.doodles.length === 0
    ? null
    : { ...choice, seeds: choice.seeds.slice(0, choice.doodles.length) }
}

/** A seed that nothing came of is none to choose from. */
function leaveOut(seed: number): void {
  editor.setState(({ choice }) => ({
    choice: choice === null ? null : { ...choice, seeds: choice.seeds.filter((other) => other !== seed) },
  }))
}

function offer(drawn: Doodle): void {
  editor.setState(({ choice, running: current }) => ({
    choice: choice === null ? null : ({ ...choice, doodles: [...choice.doodles, drawn] } satisfies Choice),
    running: current === null ? null : { ...current, phase: 'prepare', step: 0, secondsLeft: null, preview: null },
  }))
}

function showProgress({ phase, step, steps, preview }: EditProgress, secondsLeft: number | null): void {
  const { running: current } = editor.getState()
  if (current === null) return
  editor.setState({ running: { ...current, phase, step, steps, secondsLeft, preview: preview ?? current.preview } })
  announce(phase === 'draw' ? strings.progress.draw(step, steps) : strings.progress[phase])
}

/** The engine failed, and the drawing begins anew. Said once when the processor has to take over. */
function restarted({ onProcessor }: EditRestart): void {
  editor.setState(({ running: current }) =>
    current === null ? {} : { running: { ...current, phase: 'prepare', step: 0, secondsLeft: null, preview: null } },
  )
  announce(strings.progress.again)
  if (onProcessor) showInfo(strings.toast.onProcessor, strings.toast.onProcessorHint)
  // What the badge says follows; the model is loaded once, by whoever asks first.
  void startEngine()
}

function failed(error: unknown): void {
  showError(error)
  // The worker was replaced: load the model again behind the page.
  const names = ['EngineCrashed', 'DeviceLost', 'RuntimeFailed', 'OutOfMemory'] as const
  if (names.some((name) => isEngineError(error, name))) void startEngine()
}
