import { createStore, del, get, keys, set, type UseStore } from 'idb-keyval'
import type { MaskBuffer } from '../../workers/engine-api'
import type { History } from './history'
import type { Project } from './project'

/** All that a reload or a crash must not lose. Pixels shared by many steps of the history are stored once. */
export interface SavedProject {
  readonly photoId: string
  readonly name: string
  readonly subject: string | null
  readonly suggestion: string | null
  /** Of the photo's subject; absent in projects of earlier versions. */
  readonly matte?: MaskBuffer | null
  readonly history: History<Project>
  readonly typed: string | null
  readonly styleId: string | null
}

const PROJECT = 'project'
const ORIGINAL = 'original/'

/** Photos kept, so that a recipe opened later finds its own. The oldest go first. */
const ORIGINALS = 4

let opened: UseStore | undefined
const store = (): UseStore => (opened ??= createStore('photodoodle-project', 'project'))

/** Some private windows have no storage; then nothing is kept, and nothing else changes. */
async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch {
    return undefined
  }
}

/** Keeps a photo under its hash; the oldest photos make room. */
export async function keepOriginal(id: string, file: Blob): Promise<void> {
  await attempt(async () => {
    const order = ((await get<readonly string[]>('order', store())) ?? []).filter((other) => other !== id)
    const kept = [...order, id].slice(-ORIGINALS)
    await set(`${ORIGINAL}${id}`, file, store())
    await set('order', kept, store())
    const gone = (await keys<string>(store())).filter(
      (key) => key.startsWith(ORIGINAL) && !kept.includes(key.slice(ORIGINAL.length)),
    )
    await Promise.all(gone.map((key) => del(key, store())))
  })
}

export function originalOf(id: string): Promise<Blob | undefined> {
  return attempt(async () => get<Blob>(`${ORIGINAL}${id}`, store())).then((file) => file ?? undefined)
}

/** @returns false where the browser keeps nothing or is full */
export async function saveProject(project: SavedProject): Promise<boolean> {
  return (await attempt(() => set(PROJECT, project, store()).then(() => true))) ?? false
}

export function loadProject(): Promise<SavedProject | undefined> {
  return attempt(async () => get<SavedProject>(PROJECT, store()))
}

export async function forgetProject(): Promise<void> {
  await attempt(() => del(PROJECT, store()))
}
