import { describe, expect, test } from 'vitest'
import { bytesSource, type FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { gaussian } from '../core/random'
import { expectWeights } from './expect-weights'
import { openManifest, parseManifest, type Manifest } from './manifest'
import { recode, type WeightDType } from './recode'
import { openSafetensors, writeSafetensors } from './safetensors'
import { readTensor, type StoredTensor, type WeightStore } from './weight-store'
import { writeManifest } from './write-manifest'

type Files = Map<string, Uint8Array<ArrayBuffer>>
const treeOf = (files: Files, opened: string[] = []): FileTree => ({
  open: (path) => {
    opened.push(path)
    const bytes = files.get(path)
    return bytes === undefined
      ? Promise.reject(new PhotodoodleError('MissingFile', `There is no ${path}.`, 'Install the model again.'))
      : Promise.resolve(bytesSource(bytes))
  },
})

const f32 = (shape: number[], seed: number): StoredTensor => {
  const data = gaussian(
    seed,
    shape.reduce((n, d) => n * d, 1),
  )
  return { dtype: 'F32', shape, bytes: new Uint8Array(data.buffer) }
}
const source = (): Promise<WeightStore> =>
  openSafetensors(
    bytesSource(
      writeSafetensors(
        [
          ['big', f32([64, 96], 1)],
          ['odd', f32([70, 70], 2)],
          ['small', f32([8, 32], 3)],
          ['bias', f32([64], 4)],
          ['scalar', f32([], 5)],
          ['ids', { dtype: 'I32', shape: [2], bytes: new Uint8Array(Int32Array.of(7, -9).buffer) }],
        ],
        { note: 'kept' },
      ),
    ),
  )

async function write(store: WeightStore, folder = 'm', shardBytes?: number): Promise<Files> {
  const files: Files = new Map()
  await writeManifest(
    store,
    (file, bytes) => {
      files.set(`${folder}/${file}`, bytes)
      return Promise.resolve()
    },
    shardBytes === undefined ? {} : { shardBytes },
  )
  return files
}

test.each<[WeightDType, Record<string, string>, number]>([
  ['F32', { big: 'F32', odd: 'F32', small: 'F32', bias: 'F32', scalar: 'F32', ids: 'I32' }, 0],
  ['F16', { big: 'F16', odd: 'F16', small: 'F16', bias: 'F16', scalar: 'F16', ids: 'I32' }, 5e-4],
  ['Q8', { big: 'Q8', odd: 'F16', small: 'F16', bias: 'F16', scalar: 'F16', ids: 'I32' }, 6e-3],
  ['Q4', { big: 'Q4', odd: 'F16', small: 'F16', bias: 'F16', scalar: 'F16', ids: 'I32' }, 0.1],
])('what is written as %s is read', async (dtype, dtypes, tolerance) => {
  const original = await source()
  const store = await openManifest(treeOf(await write(recode(original, dtype))), 'm')
  expect(store.config).toEqual({ note: 'kept' })
  expect(Object.fromEntries(store.names().map((name) => [name, store.info(name).dtype]))).toEqual(dtypes)
  await expectWeights(store, original, tolerance)
})

test('shards stay below the limit, each tensor aligned, the manifest written last', async () => {
  const files = await write(recode(await source(), 'F32'), 'm', 20_000)
  expect([...files.keys()].at(-1)).toBe('m/manifest.json')
  const manifest = parse(files)
  expect(manifest.shards.map(({ file }) => file)).toEqual(['shard-00000.bin', 'shard-00001.bin', 'shard-00002.bin'])
  // The first tensor alone is larger than the limit.
  expect(manifest.shards.map(({ bytes }) => bytes > 20_000)).toEqual([true, false, false])
  for (const tensor of manifest.tensors.values()) expect(tensor.offset % 64).toBe(0)
  const store = await openManifest(treeOf(files), 'm')
  const original = await source()
  for (const name of store.names()) expect(await readTensor(store, name)).toEqual(await readTensor(original, name))
})

test('at the root of a tree; a shard is opened once and only when needed', async () => {
  const files = new Map([...(await write(await source(), 'm', 20_000))].map(([path, bytes]) => [path.slice(2), bytes]))
  const opened: string[] = []
  const store = await openManifest(treeOf(files, opened), '')
  expect(opened).toEqual(['manifest.json'])
  await Promise.all([store.read('bias'), store.read('scalar')])
  await store.read('bias')
  expect(opened).toEqual(['manifest.json', 'shard-00002.bin'])
})

test('values that do not fit are refused, not clipped', async () => {
  const huge = await openSafetensors(
    bytesSource(
      writeSafetensors([['w', { dtype: 'F32', shape: [2], bytes: new Uint8Array(Float32Array.of(1, 1e6).buffer) }]]),
    ),
  )
  await expect(recode(huge, 'F16').read('w')).rejects.toMatchObject({
    name: 'UnsupportedDType',
    message: expect.stringMatching(/w holds 1000000.*f32/) as string,
  })
  expect((await readTensor(recode(huge, 'F32'), 'w')).data[1]).toBe(1e6)
})

const decoder = new TextDecoder()
const encode = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))
const parse = (files: Files): Manifest => parseManifest(decoder.decode(files.get('m/manifest.json')))

describe('bad folders', () => {
  interface Json {
    format: string
    tensors: Record<string, Record<string, unknown> & { scales: Record<string, unknown> }>
    shards: Record<string, unknown>[]
  }
  type Damage = (json: Json, files: Files) => unknown
  const wrongHash = 'a'.repeat(64)
  test.each<[string, Damage, string, RegExp]>([
    ['no manifest', (_, files) => files.delete('m/manifest.json'), 'MissingFile', /manifest\.json/],
    ['not JSON', (_, files) => files.set('m/manifest.json', encode('{')), 'BadManifest', /valid JSON/],
    ['not UTF-8', (_, files) => files.set('m/manifest.json', Uint8Array.of(0xff)), 'BadManifest', /UTF-8/],
    ['a list', (_, files) => files.set('m/manifest.json', encode('[]')), 'BadManifest', /object/],
    ['another format', (json) => (json.format = 'photodoodle-manifest/2'), 'BadManifest', /manifest\/2/],
    ['no tensors', (json) => Reflect.deleteProperty(json, 'tensors'), 'BadManifest', /tensors/],
    ['no shards', (json) => Reflect.deleteProperty(json, 'shards'), 'BadManifest', /shards/],
    ['wrong hash', (json) => (json.shards[0]!['sha256'] = wrongHash), 'BadShard', /SHA-256/],
    ['hash that is none', (json) => (json.shards[0]!['sha256'] = 'abc'), 'BadManifest', /SHA-256/],
    ['one flipped bit', (_, files) => (files.get('m/shard-00000.bin')![5]! ^= 1), 'BadShard', /damaged/],
    [
      'truncated shard',
      (_, files) => files.set('m/shard-00000.bin', files.get('m/shard-00000.bin')!.slice(0, -1)),
      'BadShard',
      /instead of/,
    ],
    ['missing shard', (_, files) => files.delete('m/shard-00000.bin'), 'MissingFile', /shard-00000/],
    ['path traversal', (json) => (json.shards[0]!['file'] = '../secret.bin'), 'BadManifest', /plain file name/],
    [
      'path traversal, Windows',
      (json) => (json.shards[0]!['file'] = '..\\secret.bin'),
      'BadManifest',
      /plain file name/,
    ],
    ['absolute path', (json) => (json.shards[0]!['file'] = '/etc/passwd'), 'BadManifest', /plain file name/],
    ['URL', (json) => (json.shards[0]!['file'] = 'https://example.org/x'), 'BadManifest', /plain file name/],
    ['dots', (json) => (json.shards[0]!['file'] = '..'), 'BadManifest', /plain file name/],
    ['unknown dtype', (json) => (json.tensors['big']!['dtype'] = 'Q3'), 'BadManifest', /Q3/],
    [
      'wrong size for the shape',
      (json) => (json.tensors['big']!['shape'] = [64, 64]),
      'BadManifest',
      /big 3072 bytes.*needs 2048/,
    ],
    [
      'shape that cannot be quantised',
      (json) => (json.tensors['big']!['shape'] = [96, 60]),
      'ShapeMismatch',
      /multiple of 32/,
    ],
    ['shard that is not there', (json) => (json.tensors['big']!['shard'] = 3), 'BadManifest', /shard 3 of 1/],
    ['negative shard', (json) => (json.tensors['big']!['shard'] = -1), 'BadManifest', /shard -1/],
    ['offset past the end', (json) => (json.tensors['big']!['offset'] = 2 ** 20), 'BadManifest', /past the end/],
    ['unaligned offset', (json) => (json.tensors['big']!['offset'] = 8), 'BadManifest', /multiple of 64/],
    ['negative offset', (json) => (json.tensors['big']!['offset'] = -64), 'BadManifest', /-64/],
    ['no scales', (json) => Reflect.deleteProperty(json.tensors['big']!, 'scales'), 'BadManifest', /scales/],
    ['too few scales', (json) => (json.tensors['big']!.scales['bytes'] = 2), 'BadManifest', /scales of big/],
    ['scales past the end', (json) => (json.tensors['big']!.scales['offset'] = 2 ** 20), 'BadManifest', /past the end/],
  ])('%s', async (_, damage, name, message) => {
    const files = await write(recode(await source(), 'Q4'))
    const json = JSON.parse(decoder.decode(files.get('m/manifest.json'))) as Json
    const before = files.get('m/manifest.json')
    damage(json, files)
    if (files.get('m/manifest.json') === before && before !== undefined) files.set('m/manifest.json', encode(json))
    const error: unknown = await openManifest(treeOf(files), 'm')
      .then((store) => store.read('big'))
      .catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name, remedy: expect.stringMatching(/\w{3}/) as string })
    expect((error as Error).message).toMatch(message)
  })

  test('verification can be left to whoever stored the files', async () => {
    const files = await write(await source())
    files.get('m/shard-00000.bin')![5]! ^= 1
    await expect(
      openManifest(treeOf(files), 'm', { verify: false }).then((store) => store.read('big')),
    ).resolves.toMatchObject({ dtype: 'F32' })
  })

  test('a missing tensor', async () => {
    const store = await openManifest(treeOf(await write(await source())), 'm')
    expect(() => store.info('absent')).toThrow(expect.objectContaining({ name: 'MissingWeight' }) as Error)
  })

  test('a fetch that failed is tried again', async () => {
    const files = await write(await source())
    const shard = files.get('m/shard-00000.bin')!
    files.delete('m/shard-00000.bin')
    const store = await openManifest(treeOf(files), 'm')
    await expect(store.read('bias')).rejects.toMatchObject({ name: 'MissingFile' })
    files.set('m/shard-00000.bin', shard)
    await expect(store.read('bias')).resolves.toMatchObject({ shape: [64] })
  })
})
