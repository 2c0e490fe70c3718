import { afterEach, describe, expect, it, vi } from 'vitest'
import { openManifest } from '../engine/formats/manifest'
import { writeManifest } from '../engine/formats/write-manifest'
import { floatTensor, memoryStore } from '../engine/runtime/testing'
import type { InstallProgress, ModelFile } from './engine-api'
import { ModelStorage } from './model-storage'
import { memoryFolder, type MemoryFolder } from './opfs-testing'

const PARTS = ['transformer', 'autoencoder', 'clip', 't5'] as const

/** A model folder of four parts, each in shards of its own; `salt` makes another transformer. */
async function modelFolder(version = '1', salt = 0): Promise<Map<string, Uint8Array<ArrayBuffer>>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  for (const [i, part] of PARTS.entries()) {
    const values = (name: number) =>
      floatTensor([300], new Float32Array(300).fill(i + name + (part === 'transformer' ? salt : 0)))
    await writeManifest(
      memoryStore(
        new Map([
          ['a', values(0.25)],
          ['b', values(0.5)],
        ]),
      ),
      (file, bytes) => Promise.resolve(void files.set(`${part}/${file}`, bytes)),
      { shardBytes: 1300 },
    )
  }
  const encode = (value: unknown): Uint8Array<ArrayBuffer> => new TextEncoder().encode(JSON.stringify(value))
  files.set('t5/tokenizer.json', encode({ model: 'unigram' }))
  files.set('transformer/convert-journal.jsonl', encode('not copied'))
  files.set(
    'model.json',
    encode({
      format: 'photodoodle-model/1',
      id: 'flux',
      name: 'FLUX',
      version,
      prediction: 'velocity',
      execution: 'blocks',
      sequential: true,
      transformer: { path: 'transformer', config: {} },
      autoencoder: { kind: 'autoencoder-kl', path: 'autoencoder' },
      textEncoder: { kind: 'clip-t5', clip: { path: 'clip', maxTokens: 77 }, t5: { path: 't5', maxTokens: 512 } },
      scheduler: {},
      defaults: { steps: 20, tokens: 1536 },
      latent_rgb: { weight: new Array(16).fill([0, 0, 0]), bias: [0, 0, 0] },
      styles: [],
    }),
  )
  return files
}

const asFiles = (folder: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): ModelFile[] =>
  [...folder].map(([path, bytes]) => ({ path, file: new File([bytes], path.split('/').at(-1)!) }))

function setUp(quota = 1e9): { storage: ModelStorage; disk: MemoryFolder } {
  vi.stubGlobal('navigator', { storage: { estimate: () => Promise.resolve({ quota, usage: 0 }) } })
  const disk = memoryFolder()
  return { storage: new ModelStorage(() => Promise.resolve(disk.handle)), disk }
}

const never = () => false
const quiet = () => undefined

afterEach(() => vi.unstubAllGlobals())

describe('ModelStorage', () => {
  it('installs a folder and reads it back', async () => {
    const { storage } = setUp()
    const folder = await modelFolder()
    const seen: InstallProgress[] = []
    const installed = await storage.install(asFiles(folder), (progress) => seen.push(progress), never)
    expect(installed).toMatchObject({ id: 'flux-1', description: { name: 'FLUX' } })
    expect(seen.at(-1)).toMatchObject({ done: installed.bytes, total: installed.bytes })
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).sort((a, b) => a - b))
    expect(await storage.list()).toEqual([installed])

    const tree = await storage.tree('flux-1')
    for (const [path, bytes] of folder) {
      if (path.endsWith('.jsonl')) await expect(tree.open(path)).rejects.toMatchObject({ name: 'MissingFile' })
      else expect(await (await tree.open(path)).read(0, bytes.length), path).toEqual(bytes)
    }
    expect((await (await openManifest(tree, 'transformer')).read('b')).bytes).toEqual(
      new Uint8Array(new Float32Array(300).fill(0.5).buffer),
    )
  })

  it('goes on where it was stopped, writing nothing twice', async () => {
    const { storage, disk } = setUp()
    const folder = await modelFolder()
    let left = 4
    await expect(storage.install(asFiles(folder), quiet, () => left-- === 0)).rejects.toMatchObject({
      name: 'Cancelled',
    })
    expect(await storage.list()).toEqual([])
    await expect(storage.tree('flux-1')).rejects.toMatchObject({ name: 'MissingFile' })
    const before = disk.writes()
    const seen: InstallProgress[] = []
    await storage.install(asFiles(folder), (progress) => seen.push(progress), never)
    expect(before).toBe(4)
    expect(seen[0]!.done).toBeGreaterThan(0)
    // Eight shards, four manifests, a tokenizer, model.json; and the index.
    expect(disk.writes()).toBe(14 + 1)
    expect((await storage.list()).map(({ id }) => id)).toEqual(['flux-1'])
  })

  it('writes a file that a crash left half written again', async () => {
    const { storage, disk } = setUp()
    const folder = await modelFolder()
    await storage.install(asFiles(folder), quiet, never)
    const [name, bytes] = disk.files('models/files').find(([, content]) => content.length === 1200)!
    disk.put(`models/files/${name}`, bytes.slice(0, 700))
    await storage.install(asFiles(folder), quiet, never)
    expect(new Map(disk.files('models/files')).get(name)).toEqual(bytes)
  })

  it('refuses a damaged shard by name and keeps what was right', async () => {
    const { storage, disk } = setUp()
    const folder = await modelFolder()
    const path = 'clip/shard-00001.bin'
    const original = folder.get(path)!
    folder.set(
      path,
      original.map((byte, i) => (i === 900 ? byte ^ 4 : byte)),
    )
    await expect(storage.install(asFiles(folder), quiet, never)).rejects.toMatchObject({
      name: 'BadShard',
      message: expect.stringContaining(path) as string,
    })
    expect(await storage.list()).toEqual([])
    expect(disk.writes()).toBeGreaterThan(3)
    folder.set(path, original.slice(0, 900))
    await expect(storage.install(asFiles(folder), quiet, never)).rejects.toMatchObject({
      name: 'BadShard',
      message: expect.stringContaining('900 bytes') as string,
    })
  })

  it('says what is missing, and that the storage is too small, before it writes', async () => {
    const folder = await modelFolder()
    for (const path of ['model.json', 'transformer/manifest.json', 't5/shard-00000.bin']) {
      const { storage, disk } = setUp()
      await expect(
        storage.install(
          asFiles(folder).filter((file) => file.path !== path),
          quiet,
          never,
        ),
      ).rejects.toMatchObject({ name: 'MissingFile', message: expect.stringContaining(path) as string })
      expect(disk.writes()).toBe(0)
    }
    const { storage, disk } = setUp(5000)
    await expect(storage.install(asFiles(folder), quiet, never)).rejects.toMatchObject({ name: 'StorageFull' })
    expect(disk.writes()).toBe(0)
  })

  it('shares what two models have in common, and deletes only what no other needs', async () => {
    const { storage, disk } = setUp()
    await storage.install(asFiles(await modelFolder()), quiet, never)
    const first = disk.files('models/files').length
    await storage.install(asFiles(await modelFolder('2', 10)), quiet, never)
    // Another model.json, another transformer: its manifest and two shards.
    expect(disk.files('models/files').length).toBe(first + 4)
    expect((await storage.list()).map(({ id }) => id)).toEqual(['flux-1', 'flux-2'])
    await storage.delete('flux-1')
    expect((await storage.list()).map(({ id }) => id)).toEqual(['flux-2'])
    const tree = await storage.tree('flux-2')
    for (const part of PARTS) await (await openManifest(tree, part)).read('a')
    await storage.delete('flux-2')
    expect(disk.files('models/files')).toEqual([])
  })

  it('leaves out a model of another version of the app, which can still be deleted', async () => {
    const { storage, disk } = setUp()
    await storage.install(asFiles(await modelFolder()), quiet, never)
    disk.put(
      'models/old.json',
      new TextEncoder().encode(
        JSON.stringify({
          description: { format: 'photodoodle-model/0' },
          files: { 'a.bin': { sha256: 'abc', bytes: 3 } },
        }),
      ),
    )
    disk.put('models/files/abc', new Uint8Array(3))
    expect((await storage.list()).map(({ id }) => id)).toEqual(['flux-1'])
    await storage.delete('old')
    expect(disk.files('models/files').map(([name]) => name)).not.toContain('abc')
    await openManifest(await storage.tree('flux-1'), 'transformer')
  })

  it('does not hash again what it stored verified', async () => {
    const { storage, disk } = setUp()
    await storage.install(asFiles(await modelFolder()), quiet, never)
    for (const [name, bytes] of disk.files('models/files'))
      if (bytes.length === 1200)
        disk.put(
          `models/files/${name}`,
          bytes.map((byte) => byte ^ 1),
        )
    const tree = await storage.tree('flux-1')
    expect((await (await openManifest(tree, 'transformer')).read('a')).bytes).toHaveLength(1200)
    await expect(
      openManifest(tree, 'transformer', { verify: true }).then((store) => store.read('a')),
    ).rejects.toMatchObject({ name: 'BadShard' })
  })

  it('verifies what is stored, names what is damaged, and forgets that alone', async () => {
    const { storage, disk } = setUp()
    const folder = await modelFolder()
    const { bytes } = await storage.install(asFiles(folder), quiet, never)
    const seen: InstallProgress[] = []
    await storage.verify('flux-1', (progress) => seen.push(progress), never)
    expect(seen.at(-1)).toMatchObject({ done: bytes, total: bytes })
    const [name, content] = disk.files('models/files').find(([, stored]) => stored.length === 1200)!
    disk.put(
      `models/files/${name}`,
      content.map((byte, i) => (i === 600 ? byte ^ 1 : byte)),
    )
    await expect(storage.verify('flux-1', quiet, never)).rejects.toMatchObject({
      name: 'BadShard',
      message: expect.stringMatching(/shard-\d+\.bin/) as string,
    })
    const writes = disk.writes()
    await storage.install(asFiles(folder), quiet, never)
    // The damaged shard and the index.
    expect(disk.writes() - writes).toBe(2)
    await storage.verify('flux-1', quiet, never)
    await expect(storage.verify('flux-1', quiet, () => true)).rejects.toMatchObject({ name: 'Cancelled' })
    await expect(storage.verify('none', quiet, never)).rejects.toMatchObject({ name: 'MissingFile' })
  })

  it('lists the models beside one whose index was cut off while it was written', async () => {
    const { storage, disk } = setUp()
    const installed = await storage.install(asFiles(await modelFolder()), quiet, never)
    disk.put('models/half.json', new TextEncoder().encode('{"description": {'))
    disk.put(
      'models/odd.json',
      new TextEncoder().encode('{"files": {"model.json": {"sha256": "../../secret", "bytes": 3}}}'),
    )
    expect(await storage.list()).toEqual([installed])
    await expect(storage.tree('half')).rejects.toMatchObject({ name: 'BadModel' })
    await expect(storage.tree('odd')).rejects.toMatchObject({ name: 'BadModel' })
  })

  it('goes on after the storage was full in the middle of an installation', async () => {
    const { storage, disk } = setUp()
    const files = asFiles(await modelFolder())
    disk.failAfter(3)
    await expect(storage.install(files, quiet, never)).rejects.toMatchObject({ name: 'StorageFull' })
    expect(await storage.list()).toEqual([])
    disk.failAfter(Infinity)
    const before = disk.writes()
    const installed = await storage.install(files, quiet, never)
    expect(await storage.list()).toEqual([installed])
    // What was stored before the storage was full is not copied again.
    expect(disk.writes() - before).toBe(new Set(disk.files('models/files').map(([name]) => name)).size - 3 + 1)
  })
})
