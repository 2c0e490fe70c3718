import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { mutated } from './mutate'
import { runTarget, targets } from './targets'

/** Changed samples for each target; `npm run endure -- fuzz` goes on from here, guided by coverage. */
const SAMPLES = 2000

function corpus(name: string): { readonly file: string; readonly bytes: Uint8Array<ArrayBuffer> }[] {
  const folder = join(import.meta.dirname, 'corpus', name)
  mkdirSync(folder, { recursive: true })
  return readdirSync(folder).map((file) => ({ file, bytes: new Uint8Array(readFileSync(join(folder, file))) }))
}

describe.each(Object.keys(targets))('%s', (name) => {
  const samples = corpus(name)

  test('every kept sample is read or refused by name', async () => {
    expect(samples.length).toBeGreaterThan(0)
    for (const { file, bytes } of samples) await expect(runTarget(name, bytes), file).resolves.toBeUndefined()
  })

  test('so are samples with a few bytes changed', async () => {
    const all = samples.map(({ bytes }) => bytes)
    for (let seed = 0; seed < SAMPLES; seed++) {
      const bytes = mutated(all[seed % all.length]!, seed, all)
      await runTarget(name, bytes).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${Buffer.from(bytes).toString('base64').slice(0, 400)}`, { cause: error })
      })
    }
  })
})
