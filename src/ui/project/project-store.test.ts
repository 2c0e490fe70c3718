import 'fake-indexeddb/auto'
import { IDBFactory } from 'fake-indexeddb'
import { openDB } from 'idb'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { bringOver } from './bring-over'
import { undo } from './history'
import type { OldDoodle } from './older-versions'
import { addLayer, emptyProject } from './project'
import { DATABASE, ProjectStore, type ProjectsSchema } from './project-store'
import { doodle, drawn, recipe, snapshot } from './testing'

const photo = new Blob(['a photo'], { type: 'image/jpeg' })
const about = (id: string, revision = 0) => ({ id, name: `${id}.jpg`, subject: null, suggestion: null, revision })
const open = () => openDB<ProjectsSchema>(DATABASE)
const names = (history: ReturnType<typeof drawn>): string[] => history.present.layers.map(({ id }) => id)

let store: ProjectStore
beforeEach(() => {
  vi.restoreAllMocks()
  globalThis.indexedDB = new IDBFactory()
  store = new ProjectStore()
})

describe('a saved project', () => {
  test('comes back whole: layers, history, variations, words, photo', async () => {
    const history = undo(drawn('a', 'b', 'c'))
    const second = { ...doodle('y'), seed: 2 }
    const choice = { recipe, target: null, seeds: [1, 2], doodles: [doodle('x'), second], shown: 1 }
    const matte = { width: 1, height: 1, data: Uint8Array.of(7) }
    const saved = snapshot(history, { choice, matte, typed: 'add a hat' })
    expect(await store.save(about('one'), photo, saved)).toBe(1)
    expect(await new ProjectStore().load('one')).toEqual({ snapshot: saved, lost: 0 })
    expect(await (await store.photo('one'))?.text()).toBe('a photo')
    expect(await store.list()).toMatchObject([{ id: 'one', name: 'one.jpg', layers: 2, revision: 1 }])
  })

  test('variations that were not drawn yet are not waited for after a reload', async () => {
    const drawnSoFar = [doodle('x'), { ...doodle('y'), seed: 9 }]
    const choice = { recipe, target: null, seeds: [1, 2, 3, 4], doodles: drawnSoFar, shown: 1 }
    await store.save(about('one'), photo, snapshot(drawn('a'), { choice }))
    // The second had been blank and was drawn once more, from another seed.
    expect((await store.load('one'))?.snapshot.choice).toEqual({ ...choice, seeds: [1, 9] })
  })

  test('keeps fields that only a later version knows', async () => {
    const history = drawn('a')
    const [layer] = history.present.layers
    const moved = {
      ...history,
      present: { ...history.present, layers: [{ ...layer!, arranged: [{ turn: 0.25, behind: true }] }] },
    }
    await store.save(about('one'), photo, snapshot(moved))
    expect((await store.load('one'))?.snapshot.history.present.layers[0]).toMatchObject({
      arranged: [{ turn: 0.25, behind: true }],
    })
  })

  test('writes a doodle once, and forgets those that nothing refers to', async () => {
    const revision = await store.save(about('one'), photo, snapshot(drawn('a', 'b')))
    const put = vi.spyOn(IDBObjectStore.prototype, 'put')
    await store.save(about('one', revision), photo, snapshot(drawn('b', 'c')))
    expect(
      put.mock.calls.filter(([value]) => 'doodle' in (value as object)).map(([value]) => (value as { id: string }).id),
    ).toEqual(['c'])
    expect((await (await open()).getAllKeys('doodles')).map(([, id]) => id)).toEqual(['b', 'c'])
  })

  test('is never replaced by another photo’s, and each has its own doodles', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a')))
    await store.save(about('two'), photo, snapshot(drawn('b')))
    expect(names((await store.load('one'))!.snapshot.history)).toEqual(['layer a'])
    expect((await store.list()).map(({ id }) => id).sort()).toEqual(['one', 'two'])
  })

  test('is not overwritten by a tab that did not see the last save', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a')))
    await store.save(about('one', 1), photo, snapshot(drawn('a', 'b')))
    await expect(store.save(about('one', 1), photo, snapshot(drawn('z')))).rejects.toMatchObject({ failure: 'stale' })
    expect(names((await store.load('one'))!.snapshot.history)).toEqual(['layer a', 'layer b'])
  })
})

describe('deleting', () => {
  test('can be undone, until it is purged', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a')))
    await store.delete('one')
    expect(await store.entry('one')).toBeUndefined()
    expect(await store.purge()).toBe(0)
    await store.restore('one')
    expect(await store.entry('one')).toMatchObject({ layers: 1 })
    await store.delete('one')
    expect(await store.purge(0)).toBe(1)
    const database = await open()
    for (const name of ['projects', 'states', 'doodles', 'photos'] as const) expect(await database.count(name)).toBe(0)
  })

  test('photos that nothing was drawn on make room, those drawn on never', async () => {
    await store.save(about('drawn'), photo, snapshot(drawn('a')))
    for (let i = 0; i < 6; i++) await store.save(about(`plain ${i}`), photo, snapshot(drawn()))
    expect(await store.purge()).toBe(2)
    expect(await store.entry('drawn')).toBeDefined()
  })
})

describe('damage costs one record only', () => {
  test('of a doodle: its layer', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a', 'b')))
    const broken = doodle('a')
    await (
      await open()
    ).put('doodles', {
      projectId: 'one',
      id: 'a',
      doodle: { ...broken, elements: [{ ...broken.elements[0]!, data: new Uint8ClampedArray(3) }] },
    })
    const loaded = await store.load('one')
    expect(loaded?.lost).toBe(1)
    expect(names(loaded!.snapshot.history)).toEqual(['layer b'])
  })

  test('of a state: the doodles of its project', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a')))
    await store.save(about('two'), photo, snapshot(drawn('b')))
    const database = await open()
    await database.put('states', { id: 'one', version: 1, history: 'gone' } as never)
    await expect(store.load('one')).rejects.toMatchObject({ name: 'BadProject' })
    expect(await store.photo('one')).toBeDefined()
    expect(names((await store.load('two'))!.snapshot.history)).toEqual(['layer b'])
    await database.put('states', { id: 'one', version: 99 } as never)
    await expect(store.load('one')).rejects.toMatchObject({ name: 'BadProject' })
  })

  test('of an entry: itself', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a')))
    await (await open()).put('projects', { id: 'two', name: 4 } as never)
    expect((await store.list()).map(({ id }) => id)).toEqual(['one'])
  })
})

describe('storage that fails', () => {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its own store below
  const original = IDBObjectStore.prototype.put
  const refuse = (name: string, when: (value: unknown) => boolean) =>
    vi.spyOn(IDBObjectStore.prototype, 'put').mockImplementation(function put(this: IDBObjectStore, value, key) {
      if (when(value)) throw new DOMException('refused', name)
      return original.call(this, value, key)
    })

  test('a Blob that is refused is kept as bytes', async () => {
    refuse('DataCloneError', (value) => Object.values(value as object).some((part) => part instanceof Blob))
    await store.save(Object.assign(about('one'), { file: photo }), photo, snapshot(drawn('a')))
    const kept = await store.photo('one')
    expect([await kept?.text(), kept?.type]).toEqual(['a photo', 'image/jpeg'])
  })

  test('a save that fails at its last command keeps nothing of a new project, its photo neither', async () => {
    const refused = refuse('UnknownError', (value) => 'revision' in (value as object))
    await expect(store.save(about('one'), photo, snapshot(drawn('a', 'b')))).rejects.toMatchObject({
      failure: 'forbidden',
    })
    refused.mockRestore()
    const database = await open()
    for (const name of ['projects', 'states', 'doodles', 'photos'] as const)
      expect(await database.count(name), name).toBe(0)
    database.close()
  })

  test('a full storage leaves what was saved before, and says so', async () => {
    await store.save(about('one'), photo, snapshot(drawn('a')))
    const full = refuse('QuotaExceededError', (value) => (value as { id: string }).id === 'c')
    await expect(store.save(about('one', 1), photo, snapshot(drawn('a', 'b', 'c')))).rejects.toMatchObject({
      failure: 'full',
    })
    full.mockRestore()
    expect(names((await store.load('one'))!.snapshot.history)).toEqual(['layer a'])
    expect(await store.save(about('one', 1), photo, snapshot(drawn('a', 'b', 'c')))).toBe(2)
  })

  test('deleted projects make room first', async () => {
    await store.save(about('old'), photo, snapshot(drawn('a')))
    await store.delete('old')
    let left = 1
    refuse('QuotaExceededError', (value) => 'doodle' in (value as object) && left-- > 0)
    expect(await store.save(about('one'), photo, snapshot(drawn('b')))).toBe(1)
    expect((await store.list()).map(({ id }) => id)).toEqual(['one'])
  })

  test('one that is forbidden says so', async () => {
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('no', 'SecurityError')
    })
    await expect(store.save(about('one'), photo, snapshot(drawn('a')))).rejects.toMatchObject({ failure: 'forbidden' })
    await expect(store.list()).rejects.toThrow()
  })
})

describe('what an earlier version kept', () => {
  /** As idb-keyval wrote it. */
  async function keep(values: Readonly<Record<string, unknown>>): Promise<void> {
    const former = await openDB('photodoodle-project', 1, {
      upgrade: (database) => void database.createObjectStore('project'),
    })
    for (const [key, value] of Object.entries(values)) await former.put('project', value, key)
    former.close()
  }
  const oldDoodle = {
    id: 'd',
    seed: 1,
    prompt: '',
    seconds: 1,
    pixels: { width: 1, height: 1, data: new Uint8ClampedArray(4) },
  } as unknown as OldDoodle & ReturnType<typeof doodle>

  test('becomes an entry with its history, its doodles of today’s form, and the photos beside it', async () => {
    const history = {
      past: [],
      future: [],
      present: addLayer(emptyProject, {
        id: 'layer',
        recipe: { ...recipe, zoomPass: true } as never,
        doodle: oldDoodle,
      }),
    }
    const project = {
      photoId: 'one',
      name: 'cat.jpg',
      subject: 'cat',
      suggestion: null,
      history,
      typed: 'add a crown',
      styleId: 'magic',
    }
    await keep({ project, order: ['two', 'one'], 'original/one': photo, 'original/two': photo })
    expect(await bringOver(store)).toBe(true)
    const loaded = await store.load('one')
    expect(loaded?.snapshot).toMatchObject({ typed: 'add a crown', styleId: 'magic' })
    expect(loaded?.snapshot.history.present.layers[0]?.doodle.elements).toHaveLength(1)
    expect((await store.list()).map(({ id, name }) => [id, name]).sort()).toEqual([
      ['one', 'cat.jpg'],
      ['two', 'photo.jpeg'],
    ])
    // Once: it is gone afterwards.
    expect((await indexedDB.databases()).map(({ name }) => name)).toEqual([DATABASE])
    expect(await bringOver(store)).toBe(false)
  })

  test('nothing is made where there was nothing', async () => {
    expect(await bringOver(store)).toBe(false)
    expect(await indexedDB.databases()).toEqual([])
  })
})
