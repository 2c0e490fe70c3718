import { wrap, type Remote } from 'comlink'
import type { EngineApi, ErrorName, ModelChoice, ProviderName } from './engine-api'
import { Life } from './life'

/** What the client needs of a worker; a `Worker`, or a message port in tests. */
export type EngineWorker = Pick<Worker, 'postMessage' | 'addEventListener' | 'removeEventListener'> & {
  terminate(): void
}

/** One life of the worker. */
export interface Session {
  readonly worker: EngineWorker
  readonly api: Remote<EngineApi>
  /** Ends when the worker dies. */
  readonly life: Life
  readonly kill: (error: Error) => void
  /** The photo and the picture this worker holds; another life does not know them. */
  photoId: string | undefined
  sourceId: string | undefined
  /** The model it was told to use. */
  choice: ModelChoice | undefined
  /** Where it runs, once started. */
  provider: ProviderName | undefined
}

/**
 * Without a sign of life for this long while the page is awake, or for ten times the longest silence before, an edit is
 * stuck.
 */
const SILENCE_MS = 600_000
const WATCH_MS = 15_000

/** Begins a life of the worker. @param crashed told when it stopped by itself */
export function openSession(worker: EngineWorker, crashed: (error: Error) => void): Session {
  const life = new Life()
  const kill = (error: Error): void => {
    worker.terminate()
    life.end(error)
  }
  const stopped = (event: Event): void => {
    const { message = '' } = event as Partial<ErrorEvent>
    const detail = message === '' ? '' : ` (${message})`
    crashed(engineError('EngineCrashed', `The engine stopped unexpectedly${detail}. Your photo is safe; try again.`))
  }
  worker.addEventListener('error', stopped)
  worker.addEventListener('messageerror', stopped)
  const fresh = { photoId: undefined, sourceId: undefined, choice: undefined, provider: undefined }
  return { worker, api: wrap<EngineApi>(worker), life, kill, ...fresh }
}

/** An error as the engine's own arrive: known by its name. */
export function engineError(name: ErrorName, message: string): Error {
  const error = new Error(message)
  error.name = name
  return error
}

/** Counts time in which this page was awake only: a tab that was frozen finds its engine as it left it. */
export function watchdog(stuck: () => void): { readonly alive: () => void; readonly stop: () => void } {
  let [silent, longest] = [0, 0]
  const timer = setInterval(() => {
    silent += WATCH_MS
    if (silent >= Math.max(SILENCE_MS, 10 * longest)) stuck()
  }, WATCH_MS)
  const alive = (): void => {
    longest = Math.max(longest, silent)
    silent = 0
  }
  return { alive, stop: () => clearInterval(timer) }
}

export function spawnEngine(): EngineWorker {
  return new Worker(new URL('./engine.worker.ts', import.meta.url), { type: 'module', name: 'photodoodle-engine' })
}
