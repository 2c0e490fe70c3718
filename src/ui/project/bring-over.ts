import { deleteDB, openDB } from 'idb'
import type { MaskBuffer } from '../../workers/engine-api'
import { newHistory, type History } from './history'
import { currentHistory } from './older-versions'
import { emptyProject, type Project } from './project'
import type { ProjectStore } from './project-store'

/** Until 0.7 there was one project, and the last few photos beside it. */
const FORMER = 'photodoodle-project'
const ORIGINAL = 'original/'

interface FormerProject {
  readonly photoId: string
  readonly name: string
  readonly subject: string | null
  readonly suggestion: string | null
  readonly matte?: MaskBuffer | null
  readonly history: History<Project>
  readonly typed: string | null
  readonly styleId: string | null
}

/**
 * Moves what an earlier version kept into the gallery, once: the project, and photos without one as pictures that
 * nothing is drawn on yet. What it came from is deleted when all of it has been saved.
 * @returns whether options had to be dropped that no longer exist
 */
export async function bringOver(projects: ProjectStore): Promise<boolean> {
  // Older browsers do not list their databases; there an empty one is made and deleted again.
  const known = await (indexedDB as Partial<IDBFactory>).databases?.call(indexedDB)
  if (known?.some(({ name }) => name === FORMER) === false) return false
  const all = await everything()
  const former = all.get('project') as FormerProject | undefined
  let dropped = false
  for (const [key, photo] of all) {
    if (!key.startsWith(ORIGINAL) || !(photo instanceof Blob)) continue
    const id = key.slice(ORIGINAL.length)
    if ((await projects.entry(id)) !== undefined) continue
    if (former?.photoId === id) {
      const { name, subject, suggestion, matte = null, typed, styleId } = former
      const current = currentHistory(former.history)
      dropped = current.dropped
      await projects.save({ id, name, subject, suggestion, revision: 0 }, photo, {
        matte,
        history: current.history,
        typed,
        styleId,
        choice: null,
      })
    } else {
      const name = `photo.${photo.type.split('/')[1] ?? 'jpg'}`
      await projects.save({ id, name, subject: null, suggestion: null, revision: 0 }, photo, {
        matte: null,
        history: newHistory(emptyProject),
        typed: null,
        styleId: null,
        choice: null,
      })
    }
  }
  await deleteDB(FORMER)
  return dropped
}

async function everything(): Promise<ReadonlyMap<string, unknown>> {
  const database = await openDB(FORMER)
  try {
    if (!database.objectStoreNames.contains('project')) return new Map()
    const { store } = database.transaction('project')
    const [keys, values] = await Promise.all([store.getAllKeys(), store.getAll()])
    return new Map(keys.flatMap((key, i) => (typeof key === 'string' ? [[key, values[i] as unknown] as const] : [])))
  } finally {
    // An open connection would keep it from being deleted.
    database.close()
  }
}
