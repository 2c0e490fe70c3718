import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeL2 } from '../../src/engine/core/tensor'
import type { FluxSizes } from '../../src/engine/formats/flux-layers'
import { expectWeights } from '../../src/engine/formats/expect-weights'
import { openManifest } from '../../src/engine/formats/manifest'
import { openSafetensors, writeSafetensors } from '../../src/engine/formats/safetensors'
import type { StoredTensor } from '../../src/engine/formats/weight-store'
import { readLora } from '../../src/engine/lora/read-lora'
import { convert, registerConvert, type ConvertOptions } from './convert'
import { fileSource, nodeFiles } from '../shared/node-files'

const weights = 'tests/parity/transformer-guidance/weights.safetensors'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = (name: string, extra: Partial<ConvertOptions> = {}): ConvertOptions => ({
  out: join(folder, name),
  dtype: 'f16',
  names: 'auto',
  shardMb: 256,
  ...extra,
})
const openOut = (name: string) => openManifest(nodeFiles(folder), name)

test.each([
  ['f32', 0, 1.95e6],
  ['f16', 5e-4, 0.98e6],
  ['q8', 1e-2, 0.55e6],
  ['q4', 0.12, 0.33e6],
] as const)('%s', async (dtype, tolerance, largest) => {
  const seen: number[] = []
  const { tensors, bytes } = await convert([weights], options(dtype, { dtype }), (done) => seen.push(done))
  const original = await openSafetensors(await fileSource(weights))
  const store = await openOut(dtype)
  expect(tensors).toBe(original.names().length)
  expect(seen).toEqual(Array.from({ length: tensors }, (_, i) => i + 1))
  expect(bytes).toBeLessThan(largest)
  expect([...store.names()].sort()).toEqual([...original.names()].sort())
  await expectWeights(store, original, tolerance)
})

test('as a command, in shards, replacing only when told to', async () => {
  const run = (...more: string[]) => {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
    registerConvert(program)
    program.commands[0]!.exitOverride().configureOutput({ writeErr: () => undefined })
    return program.parseAsync(['convert', weights, '--out', join(folder, 'command'), ...more], { from: 'user' })
  }
  await run('--dtype', 'f32', '--shard-mb', '0.5')
  const files = (await readdir(join(folder, 'command'))).filter((file) => file !== 'manifest.json')
  expect(files.length).toBeGreaterThanOrEqual(4)
  for (const file of files) expect((await fileSource(join(folder, 'command', file))).size).toBeLessThanOrEqual(2 ** 19)
  await expect(run()).rejects.toMatchObject({
    name: 'BadRequest',
    message: expect.stringContaining('--force') as string,
  })
  await run('--force', '--dtype', 'q4')
  expect((await readdir(join(folder, 'command'))).sort()).toEqual(['manifest.json', 'shard-00000.bin'])
  await expect(run('--dtype', 'q3')).rejects.toThrow(/q3/)
  await expect(run('--shard-mb', '0')).rejects.toThrow(/MiB/)
})

test('a LoRA keeps its names and its scale, and is read from 8-bit blocks', async () => {
  const file = 'tests/parity/lora-diffusers/lora.safetensors'
  const { config } = JSON.parse(await readFile('tests/parity/lora-diffusers/case.json', 'utf8')) as {
    config: FluxSizes
  }
  const original = await openSafetensors(await fileSource(file))
  // Rank 4 tensors are too small to be quantised; 64 copies stacked make them large enough.
  const tensors: [string, StoredTensor][] = []
  for (const name of original.names()) {
    const { shape, bytes } = await original.read(name)
    const [rows, columns] = shape as [number, number]
    const wide = new Uint8Array(bytes.length * 64)
    if (name.includes('lora_A')) for (let i = 0; i < 64; i++) wide.set(bytes, i * bytes.length)
    else
      for (let row = 0; row < rows; row++)
        for (let i = 0; i < 64; i++)
          wide.set(bytes.subarray(row * columns * 4, (row + 1) * columns * 4), (row * 64 + i) * columns * 4)
    tensors.push([
      name,
      { dtype: 'F32', shape: name.includes('lora_A') ? [rows * 64, columns] : [rows, columns * 64], bytes: wide },
    ])
  }
  const path = join(folder, 'lora.safetensors')
  await writeFile(path, writeSafetensors(tensors, { lora_adapter_metadata: '{"transformer.lora_alpha": 512}' }))
  await convert([path], options('lora', { dtype: 'q8' }))
  const store = await openOut('lora')
  expect([...store.names()].sort()).toEqual([...original.names()].sort())
  expect(store.info(store.names()[0]!).dtype).toBe('Q8')
  const expected = await readLora(await openSafetensors(await fileSource(path)), config)
  const actual = await readLora(store, config)
  expect(actual.rank).toBe(3 * 256)
  for (const [name, layer] of expected.layers) {
    expect(relativeL2(actual.layers.get(name)!.a, layer.a)).toBeLessThan(1e-2)
    expect(relativeL2(actual.layers.get(name)!.b, layer.b)).toBeLessThan(1e-2)
  }
})

describe('split files', () => {
  test('are joined; a part given twice is refused', async () => {
    const original = await openSafetensors(await fileSource(weights))
    const halves: [string, StoredTensor][][] = [[], []]
    for (const [i, name] of original.names().entries()) halves[i % 2]!.push([name, await original.read(name)])
    const paths = await Promise.all(
      halves.map(async (half, i) => {
        const path = join(folder, `part-${i}.safetensors`)
        await writeFile(path, writeSafetensors(half))
        return path
      }),
    )
    await convert(paths, options('joined', { dtype: 'f32' }))
    const store = await openOut('joined')
    for (const name of original.names())
      expect(Buffer.from((await store.read(name)).bytes).equals(Buffer.from((await original.read(name)).bytes))).toBe(
        true,
      )
    await expect(convert([paths[0]!, paths[0]!], options('twice'))).rejects.toMatchObject({ name: 'BadSafetensors' })
  })
})

describe('bad input', () => {
  test('leaves no folder that looks whole', async () => {
    const bytes = new Uint8Array(await readFile(weights))
    const truncated = join(folder, 'truncated.safetensors')
    await writeFile(truncated, bytes.subarray(0, bytes.length - 1))
    await expect(convert([truncated], options('a'))).rejects.toMatchObject({ name: 'BadSafetensors' })
    await expect(convert([join(folder, 'absent.safetensors')], options('b'))).rejects.toMatchObject({
      name: 'MissingFile',
    })
    await expect(convert([folder], options('c'))).rejects.toMatchObject({ name: 'MissingFile' })
    await expect(convert([weights], options('d', { names: 'diffusers' }))).rejects.toMatchObject({ name: 'BadModel' })
    const huge = join(folder, 'huge.safetensors')
    await writeFile(
      huge,
      writeSafetensors([['a', { dtype: 'F32', shape: [1], bytes: new Uint8Array(Float32Array.of(1e9).buffer) }]]),
    )
    await expect(convert([huge], options('e'))).rejects.toMatchObject({ name: 'UnsupportedDType' })
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      expect((await readdir(join(folder, name)).catch((): string[] => [])).includes('manifest.json')).toBe(false)
  })

  test('paths out of a model folder', async () => {
    await writeFile(join(folder, 'outside.json'), '{}')
    const tree = nodeFiles(join(folder, 'f32'))
    for (const path of ['../outside.json', '/etc/hostname', '..', ''])
      await expect(tree.open(path)).rejects.toMatchObject({ name: 'MissingFile' })
  })
})
