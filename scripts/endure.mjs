#!/usr/bin/env node
/**
 * `npm run endure`: what takes too long for every change. Pages killed at random moments, engines and graphics devices
 * lost in the middle of an edit, hours of edits in one page, hostile files. A short sample of each is part of `npm
 * test`.
 *   npm run endure -- [kills] [losses] [soak] [fuzz]   only these
 *   --count N    kills of each kind (default 7: edits, saves, installs, so 21 in all), losses of each kind (default 50:
 *                engines, devices), edits of each soak (default 200)
 *   --runs N     executions of each fuzzing target (default 1250000: over eleven million in all)
 *   --target T   fuzzes this target alone
 *   --seed N     everything random follows from it; printed at the start
 *   --only WORDS tests of the parts whose name has these words: "a save", "a device"
 * Round n of kills and losses has the seed N + n - 1 and is a line in endure.jsonl as soon as it held: a run that was
 * cut off goes on with the seed behind its last line, and --count for what is left.
 */
import { parseArgs } from 'node:util'
import { fuzzAll } from './fuzz.mjs'
import { ensureChromium, ensurePackages, run } from './setup.mjs'

const specs = ['endure', 'device-loss', 'kills', 'large-model'].map((name) => `e2e/${name}.spec.ts`)
const parts = ['kills', 'losses', 'soak', 'fuzz']
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: 'string' },
    only: { type: 'string', default: '' },
    runs: { type: 'string', default: '1250000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 1e9)) },
    target: { type: 'string' },
  },
})
const wanted = positionals.length === 0 ? parts : positionals
const unknown = wanted.filter((part) => !parts.includes(part))
if (unknown.length > 0) throw new Error(`No such part: ${unknown.join(', ')}. Parts are ${parts.join(', ')}.`)

ensurePackages()
console.log(JSON.stringify({ endure: wanted, seed: Number(values.seed) }))
const counts = { kills: '7', losses: '50', soak: '200' }
let good = true
for (const part of wanted) {
  if (part === 'fuzz') {
    good = (await fuzzAll({ runs: Number(values.runs), seed: Number(values.seed), only: values.target })) && good
    continue
  }
  const env = {
    ...process.env,
    PHOTODOODLE_CHROMIUM: await ensureChromium(),
    ENDURE_COUNT: values.count ?? counts[part],
    ENDURE_SEED: values.seed,
    ENDURE_LOG: 'endure.jsonl',
  }
  good =
    run('npx', ['playwright', 'test', ...specs, '-g', `${part}:.*${values.only}`, '--reporter=list', '--trace=off'], {
      env,
    }) && good
}
process.exit(good ? 0 : 1)
