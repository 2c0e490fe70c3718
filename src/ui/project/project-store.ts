import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Doodle } from './project'
import { isDoodle, packed, RECORD_VERSION, unpacked, type Snapshot, type StateRecord } from './project-record'

/** What the gallery shows of a project: one for each photo, whose SHA-256 is its id. */
export interface ProjectEntry {
  readonly id: string
  readonly version: number
  readonly name: string
  /** What is on the photo, and an idea that came with it; see Photo. */
  readonly subject: string | null
  readonly suggestion: string | null
  /** Milliseconds since 1970. */
  readonly changedAt: number
  /** Kept for a while, for those who think again. */
  readonly deletedAt: number | null
  /** Counts its saves: a tab that did not see the last one must not write. */
  readonly revision: number
  readonly layers: number
  /** WebP, small. */
  readonly thumbnail: Uint8Array<ArrayBuffer> | null
  /** Of photo and doodles, roughly. */
  readonly bytes: number
}

/** What a save has to be told beside photo and doodles. */
type Saving = Pick<ProjectEntry, 'id' | 'name' | 'subject' | 'suggestion' | 'revision'>

interface StoredPhoto {
  readonly id: string
  /** Bytes where the browser refuses Blobs. */
  readonly file: Blob | Uint8Array<ArrayBuffer>
  readonly type: string
}

interface DoodleRecord {
  readonly projectId: string
  readonly id: string
  readonly doodle: Doodle
}

export interface ProjectsSchema extends DBSchema {
  projects: { key: string; value: ProjectEntry }
  states: { key: string; value: StateRecord }
  doodles: { key: [projectId: string, id: string]; value: DoodleRecord }
  photos: { key: string; value: StoredPhoto }
}

export const DATABASE = 'photodoodle-projects'
const STORES = ['projects', 'states', 'doodles', 'photos'] as const

/** Photos on which nothing was drawn; the oldest make room. */
const UNTOUCHED = 4

/** After which a deleted project is gone for good. */
const DELETED_MS = 24 * 3600 * 1000

/** Why a save failed. `stale`: another tab has saved since this one opened the project. */
export type SaveFailure = 'full' | 'forbidden' | 'stale'

export class ProjectStore {
  #opened: Promise<IDBPDatabase<ProjectsSchema>> | undefined

  /** Newest first, the deleted ones too; without records that cannot be read. @throws when the browser keeps nothing */
  async list(): Promise<readonly ProjectEntry[]> {
    const all = await (await this.#database()).getAll('projects')
    return all.filter(isEntry).sort((a, b) => b.changedAt - a.changedAt)
  }

  /** @returns undefined when there is none, or it was deleted */
  async entry(id: string): Promise<ProjectEntry | undefined> {
    const entry: unknown = await (await this.#database()).get('projects', id)
    return isEntry(entry) && entry.deletedAt === null ? entry : undefined
  }

  async photo(id: string): Promise<Blob | undefined> {
    const stored = await (await this.#database()).get('photos', id)
    if (stored === undefined) return undefined
    return stored.file instanceof Blob ? stored.file : new Blob([stored.file], { type: stored.type })
  }

  /** @returns undefined when nothing but the photo was saved; @throws BadProject */
  async load(id: string): Promise<{ readonly snapshot: Snapshot; readonly lost: number } | undefined> {
    const database = await this.#database()
    const state = await database.get('states', id)
    if (state === undefined) return undefined
    const doodles = new Map<string, Doodle>()
    for (const key of await database.getAllKeys('doodles', allOf(id))) {
      // One by one: a record that the browser cannot read any more costs itself only.
      const record = await database.get('doodles', key).catch(() => undefined)
      if (isDoodle(record?.doodle)) doodles.set(record.doodle.id, record.doodle)
    }
    return unpacked(state, doodles)
  }

  /**
   * Writes a project in one transaction: all of it is there afterwards, or what was there before.
   * @param about `revision` of the save before, 0 for a new project
   * @returns the new revision; @throws an error whose `failure` is a {@link SaveFailure}
   */
  async save(about: Saving, photo: Blob, snapshot: Snapshot): Promise<number> {
    try {
      return await this.#saveSomehow(about, photo, snapshot)
    } catch (error) {
      if (isFull(error) && (await this.purge(0)) > 0) return this.#saveSomehow(about, photo, snapshot).catch(failed)
      return failed(error)
    }
  }

  /** Some browsers, and private windows, keep no Blobs. */
  async #saveSomehow(about: Saving, photo: Blob, snapshot: Snapshot): Promise<number> {
    try {
      return await this.#save(about, photo, snapshot, photo)
    } catch (error) {
      if (isFull(error) || isSaveFailure(error)) throw error
      return this.#save(about, photo, snapshot, new Uint8Array(await photo.arrayBuffer()))
    }
  }

  async #save(
    { id, revision, name, subject, suggestion }: Saving,
    photo: Blob,
    snapshot: Snapshot,
    file: StoredPhoto['file'],
  ): Promise<number> {
    const database = await this.#database()
    const { state, doodles } = packed(id, snapshot)
    const transaction = database.transaction(STORES, 'readwrite')
    const writes: Promise<unknown>[] = []
    try {
      const before: unknown = await transaction.objectStore('projects').get(id)
      const known = isEntry(before) && before.deletedAt === null ? before : undefined
      if (known !== undefined && known.revision !== revision)
        throw Object.assign(new Error('Another tab has changed this picture since.'), {
          failure: 'stale' satisfies SaveFailure,
        })
      if ((await transaction.objectStore('photos').getKey(id)) === undefined)
        writes.push(transaction.objectStore('photos').put({ id, file, type: photo.type }))
      const stored = new Set(
        (await transaction.objectStore('doodles').getAllKeys(allOf(id))).map(([, doodle]) => doodle),
      )
      for (const [key, doodle] of doodles)
        if (!stored.has(key)) writes.push(transaction.objectStore('doodles').put({ projectId: id, id: key, doodle }))
      for (const key of stored) if (!doodles.has(key)) writes.push(transaction.objectStore('doodles').delete([id, key]))
      writes.push(transaction.objectStore('states').put(state))
      writes.push(
        transaction.objectStore('projects').put({
          // Field by field: callers hand over whole photos, and an entry is small.
          id,
          name,
          subject,
          suggestion,
          version: RECORD_VERSION,
          changedAt: Date.now(),
          deletedAt: null,
          revision: revision + 1,
          layers: snapshot.history.present.layers.length,
          thumbnail: known?.thumbnail ?? null,
          bytes:
            photo.size +
            [...doodles.values()].reduce(
              (sum, { elements }) => sum + elements.reduce((all, { data }) => all + data.length, 0),
              0,
            ),
        }),
      )
      await Promise.all([...writes, transaction.done])
      return revision + 1
    } catch (error) {
      // What was asked for before the fault would be kept without the rest.
      abort(transaction)
      await Promise.allSettled([...writes, transaction.done])
      throw error
    }
  }

  async saveThumbnail(id: string, thumbnail: Uint8Array<ArrayBuffer>): Promise<void> {
    const transaction = (await this.#database()).transaction('projects', 'readwrite')
    const entry = await transaction.store.get(id)
    if (entry !== undefined) await transaction.store.put({ ...entry, thumbnail })
    await transaction.done
  }

  /** Out of the gallery; it can be had back for a day. */
  delete(id: string): Promise<void> {
    return this.#mark(id, Date.now())
  }

  restore(id: string): Promise<void> {
    return this.#mark(id, null)
  }

  /**
   * Forgets what was deleted longer ago than this, and all but a few photos that nothing was drawn on. @returns how
   * many went
   */
  async purge(age = DELETED_MS, except?: string): Promise<number> {
    const all = await this.list()
    const untouched = all
      .filter(({ layers, revision, deletedAt }) => layers === 0 && revision <= 2 && deletedAt === null)
      .slice(UNTOUCHED)
    const gone = [
      ...all.filter(({ deletedAt }) => deletedAt !== null && deletedAt <= Date.now() - age),
      ...untouched,
    ].filter(({ id }) => id !== except)
    for (const { id } of gone) await this.#forget(id)
    return gone.length
  }

  /** The connection is closed; the next call opens another. */
  async close(): Promise<void> {
    ;(await this.#opened?.catch(() => undefined))?.close()
    this.#opened = undefined
  }

  async #forget(id: string): Promise<void> {
    const transaction = (await this.#database()).transaction(STORES, 'readwrite')
    await Promise.all([
      transaction.objectStore('projects').delete(id),
      transaction.objectStore('states').delete(id),
      transaction.objectStore('doodles').delete(allOf(id)),
      transaction.objectStore('photos').delete(id),
      transaction.done,
    ])
  }

  async #mark(id: string, deletedAt: number | null): Promise<void> {
    const transaction = (await this.#database()).transaction('projects', 'readwrite')
    const entry = await transaction.store.get(id)
    if (entry !== undefined) await transaction.store.put({ ...entry, deletedAt })
    await transaction.done
  }

  #database(): Promise<IDBPDatabase<ProjectsSchema>> {
    if (this.#opened !== undefined) return this.#opened
    const forget = (): void => {
      this.#opened = undefined
    }
    this.#opened = openDB<ProjectsSchema>(DATABASE, 1, {
      upgrade(database) {
        database.createObjectStore('projects', { keyPath: 'id' })
        database.createObjectStore('states', { keyPath: 'id' })
        database.createObjectStore('doodles', { keyPath: ['projectId', 'id'] })
        database.createObjectStore('photos', { keyPath: 'id' })
      },
      // A later version in another tab: this one gives way, and opens again when it is reloaded.
      blocking: (_, __, event) => (event.target as IDBDatabase).close(),
      // The browser has dropped the connection, or the data.
      terminated: forget,
    })
    this.#opened.catch(forget)
    return this.#opened
  }
}

function allOf(projectId: string): IDBKeyRange {
  return IDBKeyRange.bound([projectId], [projectId, []])
}

function isEntry(value: unknown): value is ProjectEntry {
  const { id, version, name, changedAt, revision, deletedAt } = (value ?? {}) as Partial<ProjectEntry>
  return (
    typeof id === 'string' &&
    typeof version === 'number' &&
    version <= RECORD_VERSION &&
    typeof name === 'string' &&
    Number.isFinite(changedAt) &&
    Number.isInteger(revision) &&
    (deletedAt === null || Number.isFinite(deletedAt))
  )
}

function isFull(error: unknown): boolean {
  return error instanceof Error && error.name === 'QuotaExceededError'
}

const isSaveFailure = (error: unknown): boolean => error instanceof Error && 'failure' in error

/** One that has ended by itself stays as it is. */
function abort(transaction: { abort(): void }): void {
  try {
    transaction.abort()
  } catch (error) {
    if ((error as Error).name !== 'InvalidStateError') throw error
  }
}

function failed(error: unknown): never {
  if (isSaveFailure(error)) throw error
  throw Object.assign(new Error('The picture could not be saved.', { cause: error }), {
    failure: (isFull(error) ? 'full' : 'forbidden') satisfies SaveFailure,
  })
}
