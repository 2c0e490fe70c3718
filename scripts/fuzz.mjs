/**
 * Coverage-guided fuzzing of everything that reads strangers' files (tests/fuzz/targets.ts). @param runs executions for
 * each target
 * @returns whether nothing crashed, hung for over a second or took memory beyond its input
 */
import { build } from 'esbuild'
import { createInstrumenter } from 'istanbul-lib-instrument'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clearInterval, setInterval } from 'node:timers'
import { Worker } from 'node:worker_threads'

const HANG_MS = 1000
const corpus = 'tests/fuzz/corpus'

export async function fuzzAll({ runs, seed, only }) {
  const folder = mkdtempSync(join(tmpdir(), 'photodoodle-fuzz-'))
  const bundle = join(folder, 'targets.cjs')
  await build({
    entryPoints: ['tests/fuzz/entry.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    outfile: bundle,
    logLevel: 'warning',
  })
  writeFileSync(
    bundle,
    createInstrumenter({ compact: true, esModules: false }).instrumentSync(readFileSync(bundle, 'utf8'), bundle),
  )
  const names = /** @type {string[]} */ (only === undefined ? createRequire(import.meta.url)(bundle).names : [only])
  let good = true
  for (const target of names) {
    const outcome = await fuzzOne({ target, bundle, runs, seed, folder })
    console.log(JSON.stringify({ fuzz: target, seed, ...outcome }))
    good &&= outcome.fault === undefined
  }
  return good
}

function fuzzOne({ target, bundle, runs, seed, folder }) {
  const shared = new SharedArrayBuffer(8)
  const input = new SharedArrayBuffer(1 << 17)
  const state = new BigInt64Array(shared)
  const started = Date.now()
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./fuzz-worker.mjs', import.meta.url), {
      workerData: { target, bundle, corpus, runs, seed, shared, input },
      resourceLimits: { maxOldGenerationSizeMb: 512 },
    })
    let before = -1n
    let since = process.cpuUsage()
    const watch = setInterval(() => {
      const now = Atomics.load(state, 0)
      // Loading the bundle may take longer than any input.
      if (now !== before || now === 0n) {
        before = now
        since = process.cpuUsage()
        return
      }
      // Processor time: on a busy machine nothing may run for seconds.
      const { user, system } = process.cpuUsage(since)
      if ((user + system) / 1000 >= HANG_MS) end({ fault: 'hung' })
    }, HANG_MS / 4)
    const end = (outcome) => {
      clearInterval(watch)
      void worker.terminate()
      if (outcome.fault !== undefined) {
        const length = new DataView(input).getUint32(0)
        outcome.input = join(folder, `${target}.bin`)
        writeFileSync(outcome.input, Uint8Array.from(new Uint8Array(input).subarray(4, 4 + length)))
      }
      resolve({
        executions: Number(Atomics.load(state, 0)),
        seconds: Math.round((Date.now() - started) / 1000),
        ...outcome,
      })
    }
    worker.on('message', end)
    worker.on('error', (error) => end({ fault: String(error?.stack ?? error) }))
  })
}
