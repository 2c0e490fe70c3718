/**
 * `npm test`: types, lint, unit tests, parity cases and the end-to-end tests in Chromium, with all set-up done first.
 * Ends with one line `N passed, N failed` and exits 1 when anything failed. `npm test -- unit parity` runs only those
 * steps.
 */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureChromium, ensurePackages, root, run } from './setup.mjs'

ensurePackages()
const wanted = process.argv.slice(2)
const reports = mkdtempSync(join(tmpdir(), 'photodoodle-test-'))
const chromium = await ensureChromium()
const env = { ...process.env, PHOTODOODLE_CHROMIUM: chromium }
const bin = (name) => join(root, 'node_modules/.bin', name)

/** A step that is one check: passed or failed as a whole. */
const whole = (command, args) => () =>
  run(command, args, { env }) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }

/** Reads a report that must exist; a runner that died before writing it is a failure, never zero tests. */
function fromReport(file, ok, count) {
  try {
    const counts = count(JSON.parse(readFileSync(file, 'utf8')))
    if (counts.passed + counts.failed === 0) return { passed: 0, failed: 1 }
    return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 }
  } catch {
    return { passed: 0, failed: 1 }
  }
}

function unit() {
  const file = join(reports, 'unit.json')
  const ok = run(bin('vitest'), ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`], { env })
  return fromReport(file, ok, (report) => ({
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numFailedTestSuites,
  }))
}

function e2e() {
  const file = join(reports, 'e2e.json')
  const ok = run(bin('playwright'), ['test', '--reporter=list,json'], {
    env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: file },
  })
  return fromReport(file, ok, ({ stats }) => ({
    passed: stats.expected,
    failed: stats.unexpected + stats.flaky + stats.skipped,
  }))
}

/** Every committed case on each provider; a case counts once per provider. */
function parity() {
  const folder = join(root, 'tests/parity')
  const cases = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
  // SwiftShader is a CPU pretending to be a GPU: the small network cases only.
  const plan = { cpu: cases, wasm: cases, webgpu: cases.filter((name) => /^(transformer|lora|denoise)/.test(name)) }
  const total = { passed: 0, failed: 0 }
  for (const [provider, names] of Object.entries(plan)) {
    const file = join(reports, `parity-${provider}.json`)
    const ok = run(
      process.execPath,
      [
        'cli/photodoodle.mjs',
        'parity',
        ...names.map((name) => join(folder, name)),
        '--provider',
        provider,
        '--json',
        file,
      ],
      { env },
    )
    const counts = fromReport(file, ok, (results) => ({
      passed: results.filter((result) => result.passed).length,
      failed: results.filter((result) => !result.passed).length + names.length - results.length,
    }))
    total.passed += counts.passed
    total.failed += counts.failed
  }
  return total
}

const steps = {
  types: whole(bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']),
  lint: whole(bin('eslint'), ['.', '--max-warnings', '0']),
  format: whole(bin('prettier'), ['--check', '.', '--log-level', 'warn']),
  unit,
  parity,
  e2e,
}

const unknown = wanted.filter((name) => !(name in steps))
if (unknown.length > 0)
  throw new Error(`No such step: ${unknown.join(', ')}. Steps are ${Object.keys(steps).join(', ')}.`)

const total = { passed: 0, failed: 0 }
for (const [name, step] of Object.entries(steps)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  console.log(`\n== ${name}`)
  const started = performance.now()
  const { passed, failed } = step()
  total.passed += passed
  total.failed += failed
  console.log(`== ${name}: ${passed} passed, ${failed} failed (${((performance.now() - started) / 1000).toFixed(0)} s)`)
}
console.log(`\n${total.passed} passed, ${total.failed} failed`)
process.exit(total.failed === 0 ? 0 : 1)
