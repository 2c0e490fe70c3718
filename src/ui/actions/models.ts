import type { InstallProgress, ModelFile } from '../../workers/engine-api'
import { isEngineError } from '../../workers/engine-client'
import { strings } from '../i18n'
import { keepModel } from '../models/kept-model'
import { editor, type Manager } from '../store'
import type { Brought } from './brought'
import { engine, startEngine } from './engine'
import { busy } from './idle'
import { announce } from './toasts'

let running: AbortController | undefined

function set(change: Partial<Manager>): void {
  editor.setState(({ manager }) => (manager === null ? {} : { manager: { ...manager, ...change } }))
}

export async function openManager(): Promise<void> {
  editor.setState({ manager: { models: null, storage: null, job: null, outcome: null } })
  await attempt(refresh)
}

/** What is being copied goes on no further. */
export function closeManager(): void {
  running?.abort()
  editor.setState({ manager: null })
}

export function stopJob(): void {
  running?.abort()
}

/** @param files each with its path below the chosen folder */
export async function installFolder(files: readonly Brought[]): Promise<void> {
  await job('install', async (onProgress, signal) => {
    const { name } = await engine.installModel(modelFiles(files), onProgress, signal)
    return strings.models.installed(name)
  })
}

export async function verify(id: string, name: string): Promise<void> {
  await job('verify', async (onProgress, signal) => {
    await engine.verifyModel(id, onProgress, signal)
    return strings.models.verified(name)
  })
}

export async function forget(id: string, name: string): Promise<void> {
  await attempt(async () => {
    const inUse = editor.getState().manager?.models?.[0]?.id === id
    await engine.deleteModel(id)
    if (inUse) {
      keepModel(null)
      void startEngine()
    }
    await refresh()
    return strings.models.deleted(name)
  })
}

/** @param gigabytes most memory for a streamed model's weights; null: what the engine thinks fit */
export async function choose(id: string, name: string, gigabytes: number | null): Promise<void> {
  await attempt(async () => {
    const choice = { id, ...(gigabytes === null ? {} : { memoryBudget: Math.round(gigabytes * 1e9) }) }
    const { storedBytes } = await engine.useModel(choice)
    keepModel(storedBytes === null ? null : choice)
    void startEngine()
    await refresh()
    return strings.models.inUseNow(name)
  })
}

async function refresh(): Promise<void> {
  const [models, estimate, persisted] = await Promise.all([
    engine.models(),
    estimated(),
    navigator.storage?.persisted?.() ?? false,
  ])
  set({ models, storage: estimate === null ? null : { ...estimate, persisted } })
}

async function estimated(): Promise<{ usage: number; quota: number } | null> {
  const estimate = await navigator.storage?.estimate?.()
  return estimate?.usage === undefined || estimate.quota === undefined
    ? null
    : { usage: estimate.usage, quota: estimate.quota }
}

async function job(
  kind: 'install' | 'verify',
  work: (onProgress: (progress: InstallProgress) => void, signal: AbortSignal) => Promise<string>,
): Promise<void> {
  if (running !== undefined) return
  const abort = new AbortController()
  running = abort
  set({ job: { kind, progress: null }, outcome: null })
  await attempt(() =>
    busy(async () => {
      const message = await work((progress) => set({ job: { kind, progress } }), abort.signal)
      await refresh()
      return message
    }),
  )
  running = undefined
  set({ job: null })
}

/** Does it, and says in the manager what came of it: toasts lie under it. */
async function attempt(work: () => Promise<string | void>): Promise<void> {
  set({ outcome: null })
  try {
    const message = await work()
    if (typeof message !== 'string') return
    set({ outcome: { kind: 'done', name: 'Info', message } })
    announce(message)
  } catch (error) {
    const stopped = isEngineError(error, 'Cancelled')
    set({
      outcome: stopped
        ? { kind: 'done', name: 'Cancelled', message: strings.models.stopped }
        : {
            kind: 'error',
            name: error instanceof Error ? error.name : 'Error',
            message: error instanceof Error ? error.message : String(error),
          },
    })
  }
}

/** Paths relative to the folder that holds model.json, which may be the chosen one or lie in it. */
function modelFiles(files: readonly Brought[]): readonly ModelFile[] {
  const descriptions = files
    .map(({ path }) => path)
    .filter((path) => /(^|\/)model\.json$/.test(path))
    .sort((a, b) => a.length - b.length)
  const root = (descriptions[0] ?? '').slice(0, -'model.json'.length)
  return files
    .filter(({ path }) => path.startsWith(root))
    .map(({ path, file }) => ({ path: path.slice(root.length), file }))
}
