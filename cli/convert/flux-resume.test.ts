import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openManifest } from '../../src/engine/formats/manifest'
import { openSafetensors } from '../../src/engine/formats/safetensors'
import { readTensor } from '../../src/engine/formats/weight-store'
import { FLUX_DEV } from '../../src/engine/models/transformer/config'
import { convertFlux, type FluxProgress } from './flux-convert'
import type { FluxOptions } from './flux-parts'
import { JOURNAL_FILE } from './flux-journal'
import { fluxProgress } from './flux-progress'
import { writeRandomFlux } from '../random-flux/flux-random'
import { fileSource, nodeFiles } from '../shared/node-files'

let folder: string
let source: string
/** Two heads of FLUX's own size. */
const config = { ...FLUX_DEV, hidden_size: 256, num_heads: 2, depth: 1, depth_single_blocks: 1 }
const options = (out: string): FluxOptions => ({
  flux: source,
  out: join(folder, out),
  t5Dtype: 'q8',
  modulationDtype: 'q4',
  shardMb: 0.25,
})
const manifest = (out: string) => readFile(join(folder, out, 'transformer/manifest.json'), 'utf8')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flux-resume-'))
  source = join(folder, 'flux1-dev.safetensors')
  const bytes = await writeRandomFlux(source, config, 1)
  expect((await stat(source)).size).toBe(bytes)
}, 120_000)
afterAll(() => rm(folder, { recursive: true }))

test('a random checkpoint has the names, shapes and sizes of a true one', async () => {
  const store = await openSafetensors(await fileSource(source))
  const { data } = await readTensor(store, 'double_blocks.0.txt_mlp.0.weight')
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length)
  expect(deviation).toBeCloseTo(0.02, 3)
  expect(new Set((await readTensor(store, 'single_blocks.0.norm.key_norm.scale')).data)).toEqual(new Set([1]))
  expect(store.info('guidance_in.in_layer.weight')).toEqual({ dtype: 'BF16', shape: [256, 256] })
  const again = join(folder, 'again.safetensors')
  await writeRandomFlux(again, config, 1)
  expect((await readFile(again)).equals(await readFile(source))).toBe(true)
})

// A process of its own has to start, which a busy machine makes slow.
test('killed in the middle and called again, it ends with the same bytes', { timeout: 240_000 }, async () => {
  await convertFlux(options('straight'))
  const journal = join(folder, 'killed/transformer', JOURNAL_FILE)
  const shardLines = async () =>
    (await readFile(journal, 'utf8').catch(() => '')).split('\n').filter((line) => line.includes('sha256')).length
  const child = spawn(
    process.execPath,
    ['cli/photodoodle.mjs', 'convert', '--flux', source, '--out', join(folder, 'killed'), '--shard-mb', '0.25'],
    { stdio: 'ignore' },
  )
  const ended = once(child, 'exit')
  while ((await shardLines()) < 2 && child.exitCode === null) await pause(5)
  child.kill('SIGKILL')
  const [code, signal] = (await ended) as [number | null, string | null]
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  expect(await readdir(join(folder, 'killed/transformer'))).not.toContain('manifest.json')
  const finished = await shardLines()
  expect(finished).toBeGreaterThanOrEqual(2)

  // A line that was cut off, and a finished shard that was damaged since.
  await appendFile(journal, '{"file":"shard-00009.bin","byt')
  const damaged = join(folder, 'killed/transformer/shard-00001.bin')
  const bytes = await readFile(damaged)
  bytes[100]! ^= 1
  await writeFile(damaged, bytes)
  const untouched = await stat(join(folder, 'killed/transformer/shard-00000.bin'))

  const seen: FluxProgress[] = []
  await convertFlux(options('killed'), (progress) => seen.push(progress))
  expect(await manifest('killed')).toBe(await manifest('straight'))
  expect((await stat(join(folder, 'killed/transformer/shard-00000.bin'))).mtimeMs).toBe(untouched.mtimeMs)
  expect(seen.at(-1)!.found).toBeGreaterThan(0)
  expect(seen.at(-1)!.found).toBeLessThan(seen.at(-1)!.total)
  // Reads every shard and compares it with its SHA-256.
  const store = await openManifest(nodeFiles(join(folder, 'killed')), 'transformer')
  for (const name of store.names()) await store.read(name)
})

test('progress says how much, how fast and how long', () => {
  const written: string[] = []
  let time = 0
  const show = fluxProgress({ write: (text) => written.push(text) }, () => time)
  time = 10_000
  show({ part: 'transformer', done: 3e9, found: 1e9, total: 24e9 })
  show({ part: 'transformer', done: 3.1e9, found: 1e9, total: 24e9 })
  time = 100_000
  show({ part: 't5', done: 24e9, found: 1e9, total: 24e9 })
  expect(written).toEqual([
    'transformer: 3.0 of 24.0 GB, 200 MB/s, 2 min left\n',
    't5: 24.0 of 24.0 GB, 230 MB/s, 0 s left\n',
  ])
})
