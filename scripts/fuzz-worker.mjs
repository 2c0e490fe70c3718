/**
 * One target, fuzzed in a thread of its own: inputs that reach code no input reached before are kept and changed
 * further. The number of executions and the input under way lie in shared memory, where the main thread sees a hang.
 */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { getHeapStatistics } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'

const { target, bundle, corpus, runs, seed, shared, input } = workerData
process.env.FUZZ_TARGET = target
const { fuzz, mutated } = createRequire(import.meta.url)(bundle)
const state = new BigInt64Array(shared)
const current = new Uint8Array(input)

/**
 * Every statement, function and branch of the bundle, as the instrumented code counts it, in one array in place of
 * istanbul's objects: it is looked through after each run.
 */
const [file] = Object.values(globalThis.__coverage__)
const lengths = [file.s, file.f, ...Object.values(file.b)].map((counts) => Object.keys(counts).length)
const counters = new Uint32Array(lengths.reduce((sum, length) => sum + length, 0))
let used = 0
const part = (counts) => counters.subarray(used, (used += Object.keys(counts).length))
file.s = part(file.s)
file.f = part(file.f)
for (const branch of Object.keys(file.b)) file.b[branch] = part(file.b[branch])
const reached = new Uint8Array(counters.length)

/** Whether something ran for the first time; counters begin at 0 again. */
function newlyReached() {
  let fresh = false
  for (let i = 0; i < counters.length; i++) {
    if (counters[i] === 0 || reached[i] === 1) continue
    reached[i] = 1
    fresh = true
  }
  counters.fill(0)
  return fresh
}

const view = new DataView(input)

async function run(bytes) {
  view.setUint32(0, bytes.length)
  current.set(bytes.subarray(0, current.length - 4), 4)
  const before = getHeapStatistics().external_memory
  await fuzz(bytes)
  const grown = getHeapStatistics().external_memory - before
  // The reader's own strings and objects come on top; a claimed size that is believed is far beyond this.
  if (grown > 2 * bytes.length + (1 << 20)) throw new Error(`${grown} bytes were allocated for ${bytes.length}`)
  Atomics.add(state, 0, 1n)
}

const folder = join(corpus, target)
mkdirSync(folder, { recursive: true })
const samples = readdirSync(folder).map((name) => new Uint8Array(readFileSync(join(folder, name))))
let kept = 0
for (const sample of samples) {
  await run(sample)
  newlyReached()
}
for (let i = 0; i < runs; i++) {
  const bytes = mutated(samples[(i * 7919 + seed) % samples.length], seed + i, samples)
  if (bytes.length > 1 << 16) continue
  await run(bytes)
  if (!newlyReached()) continue
  samples.push(bytes)
  writeFileSync(join(folder, createHash('sha1').update(bytes).digest('hex').slice(0, 12)), bytes)
  kept++
}
parentPort.postMessage({ kept, samples: samples.length })
