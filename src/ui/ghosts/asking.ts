import { engine } from '../actions/engine'
import { photoSource, seenSource } from '../actions/picture'
import { correctedSubject } from '../actions/subject'
import { announce, showError, showInfo } from '../actions/toasts'
import { wordsToDraw } from '../actions/words'
import { strings } from '../i18n'
import { requestOf, shown } from '../project/project'
import { editor, randomSeed, recipeOf } from '../store'
import { arranged, type Ghost } from './ghost'
import { cause, dropGhosts, ghostStore, mayStand, standing } from './ghosts-store'

/** Typing is not interrupted: nobody wants a box for half a word. */
const QUIET_MS = 450

interface Asking {
  readonly of: string
  readonly abort: AbortController
  readonly done: Promise<void>
}

let asking: Asking | undefined
let timer: ReturnType<typeof setTimeout> | undefined

/** Keeps the boxes in step with words, style and seed. @returns what ends it */
export function watchWords(): () => void {
  let seen: string | undefined
  const look = (): void => {
    const state = editor.getState()
    const { on, of } = ghostStore.getState()
    if (!on) {
      seen = undefined
      stopAsking()
      return
    }
    const now = cause(state)
    if (!mayStand(state) || now === of || now === seen) return
    seen = now
    clearTimeout(timer)
    timer = setTimeout(() => void ask(), of === null ? 0 : QUIET_MS)
  }
  const stops = [editor.subscribe(look), ghostStore.subscribe(look)]
  look()
  return () => {
    for (const stop of stops) stop()
    stopAsking()
  }
}

/** Those of the words as they are now. */
export async function settledGhosts(): Promise<readonly Ghost[]> {
  const { on, of } = ghostStore.getState()
  if (on && mayStand(editor.getState()) && of !== cause(editor.getState())) await ask()
  return standing()
}

function ask(): Promise<void> {
  clearTimeout(timer)
  const of = cause(editor.getState())
  if (asking?.of === of) return asking.done
  asking?.abort.abort()
  const abort = new AbortController()
  const done = layOut(of, abort.signal).finally(() => {
    if (asking?.abort !== abort) return
    asking = undefined
    ghostStore.setState({ asking: false })
  })
  asking = { of, abort, done }
  ghostStore.setState({ asking: true })
  return done
}

function stopAsking(): void {
  clearTimeout(timer)
  asking?.abort.abort()
  asking = undefined
}

async function layOut(of: string, signal: AbortSignal): Promise<void> {
  const state = editor.getState()
  const { photo, seedLocked } = state
  if (photo === null) return
  try {
    const instruction = await wordsToDraw()
    const seed = seedLocked ? state.seed : ghostStore.getState().seed || randomSeed()
    const plans =
      instruction === undefined
        ? []
        : await engine.layout({
            request: requestOf(
              { ...recipeOf(state), instruction, region: [] },
              seed,
              undefined,
              await correctedSubject(),
            ),
            photo: photoSource(photo),
            source: seenSource(photo, shown(state.history.present.layers)),
            signal,
          })
    if (signal.aborted) return
    const before = ghostStore.getState()
    const ghosts = arranged(before, plans, instruction ?? '', newId)
    const selected = ghosts.some(({ id }) => id === before.selectedId)
    ghostStore.setState({
      ghosts,
      of,
      seed,
      instruction: instruction ?? '',
      selectedId: selected ? before.selectedId : null,
    })
    told(ghosts, instruction)
  } catch (error) {
    if (signal.aborted) return
    dropGhosts()
    showError(error)
  }
}

/** Why there is none is said below the words, where it is because of them. */
function told(ghosts: readonly Ghost[], instruction: string | undefined): void {
  if (ghosts.length > 0) announce(strings.where.found(ghosts.length))
  else if (instruction !== undefined) showInfo(strings.where.none, strings.where.noneHint)
}

const newId = (): string => `ghost-${crypto.randomUUID()}`
