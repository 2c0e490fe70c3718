import { execFileSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem, version as system } from 'node:os'
import type { Cost } from '../../src/engine/checks/bench/clock'
import type { Grown } from '../../src/engine/checks/bench/growth'
import type { FullReport } from '../../src/engine/checks/bench/run'
import type { Limits } from '../../src/engine/checks/bench/stages'
import { root } from '../shared/root'

/** What a run was made with and on. */
interface Machine {
  readonly commit: string
  readonly node: string
  readonly onnxruntime: string
  readonly processor: string
  readonly cores: number
  readonly memory: number
  readonly system: string
  /** Of the last minute, at the beginning: what else the machine did. */
  readonly load: number
}

export interface ProviderReport extends FullReport {
  readonly name: string
  readonly threads: number
  readonly peakBytes: number
}

/** One side of a comparison: the same edit by somebody. */
export interface Compared {
  readonly name: string
  readonly edit: Cost
  readonly anew: Cost
}

export interface BenchFile {
  readonly format: 'photodoodle-bench/1'
  readonly machine: Machine
  readonly photo: string
  readonly runs: number
  readonly providers: readonly ProviderReport[]
  readonly compared: readonly Compared[]
  /** Sides that could not take part, and why. */
  readonly absent: Readonly<Record<string, string>>
}

export async function machine(): Promise<Machine> {
  const ort = await import('onnxruntime-node')
  return {
    commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '-uno') === '' ? '' : ', changed'),
    node: process.version,
    onnxruntime: ort.env.versions.common,
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memory: totalmem(),
    system: `${system()} ${release()}`,
    load: loadavg()[0] ?? 0,
  }
}

function git(...what: string[]): string {
  try {
    return execFileSync('git', what, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return 'unknown'
  }
}

const millis = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`

const told = ({ wall, processor }: Cost): string =>
  `${millis(wall).padStart(11)}${processor === undefined ? '' : millis(processor).padStart(12)}`

export const printMachine = ({ commit, node, onnxruntime, processor, cores, load }: Machine): void =>
  console.log(
    `${processor}, ${cores} cores, load ${load.toFixed(1)}; Node ${node}, onnxruntime ${onnxruntime}, commit ${commit}`,
  )

export function printProvider({ name, threads, peakBytes, stages, limits, growth }: ProviderReport): void {
  console.log(`\n${name}, ${threads} thread${threads === 1 ? '' : 's'}${' '.repeat(20)}clock   processor`)
  for (const { name: what, cost, paid } of stages) console.log(`  ${what.padEnd(42)}${told(cost)}  ${paid}`)
  if (peakBytes > 0) console.log(`  peak memory of the process ${(peakBytes / 1e6).toFixed(0)} MB`)
  for (const line of limitLines(limits)) console.log(`  ${line}`)
  for (const { what, unit, rows } of growth) {
    console.log(`  ${what}`)
    for (const { amount, cost } of rows) console.log(`    ${`${amount} ${unit}`.padEnd(20)}${told(cost)}`)
  }
}

function limitLines({ loop, products, copy }: Limits): string[] {
  return [
    `drawing loop ${loop.toFixed(1)} GFLOP/s, memory copied at ${copy.toFixed(1)} GB/s`,
    ...products.map(
      ({ size, rate }) => `product ${size} ${rate.toFixed(1)} GFLOP/s: the loop does ${(loop / rate).toFixed(2)} of it`,
    ),
  ]
}

export function printCompared(compared: readonly Compared[], absent: BenchFile['absent']): void {
  const [first] = compared
  if (first === undefined) return
  console.log(`\nthe same edit, in turn${' '.repeat(24)}clock   processor   of ${first.name}`)
  for (const { name, edit, anew } of compared) {
    console.log(`  ${name.padEnd(34)}${told(edit)}      ${share(edit, first.edit)}`)
    console.log(`  ${'  one element drawn anew'.padEnd(34)}${told(anew)}      ${share(anew, first.edit)}`)
  }
  for (const [name, why] of Object.entries(absent)) console.log(`  ${name}: left out, ${why}`)
}

/** By the processor's time where both know it. */
function share(one: Cost, other: Cost): string {
  if (one.processor === undefined || other.processor === undefined) return (one.wall / other.wall).toFixed(2)
  return (one.processor / other.processor).toFixed(2)
}

/** The report as one SVG of bars: an edit's stages of every provider, and cost as work grows. */
export function plot({ providers, machine: { processor, commit } }: BenchFile): string {
  const parts: string[] = []
  let y = 40
  const text = (x: number, content: string, more = ''): void =>
    void parts.push(`<text x="${x}" y="${y}" ${more}>${escaped(content)}</text>`)
  for (const { name, stages, growth } of providers) {
    const edit = stages.filter(({ paid, name: what }) => paid === 'an edit' && !/edit|anew|of it/.test(what))
    y = bars(
      parts,
      y,
      `${name}: stages of an edit, ms`,
      edit.map(({ name: what, cost }) => [what, effortOf(cost)]),
    )
    for (const grown of growth) y = bars(parts, y, `${name}: ${grown.what}, ms`, pairs(grown))
  }
  text(20, `${processor}, commit ${commit}`, 'fill="#666"')
  const root = `xmlns="http://www.w3.org/2000/svg" width="760" height="${y + 20}"`
  const ground = '<rect width="100%" height="100%" fill="#fff"/>'
  return `<svg ${root} font-family="sans-serif" font-size="13">${ground}${parts.join('')}</svg>\n`
}

const pairs = ({ unit, rows }: Grown): [string, number][] =>
  rows.map(({ amount, cost }) => [`${amount} ${unit}`, effortOf(cost)])

const effortOf = ({ wall, processor }: Cost): number => processor ?? wall

/** @returns where the next chart begins */
function bars(parts: string[], top: number, title: string, rows: readonly (readonly [string, number])[]): number {
  const most = Math.max(...rows.map(([, value]) => value), 1e-9)
  parts.push(`<text x="20" y="${top}" font-weight="bold">${escaped(title)}</text>`)
  rows.forEach(([name, value], row) => {
    const y = top + 22 + 20 * row
    const width = (360 * value) / most
    parts.push(
      `<text x="20" y="${y}">${escaped(name)}</text>`,
      `<rect x="270" y="${y - 11}" width="${width.toFixed(1)}" height="13" fill="#c2532d"/>`,
      `<text x="${(276 + width).toFixed(1)}" y="${y}">${value.toFixed(2)}</text>`,
    )
  })
  return top + 50 + 20 * rows.length
}

const escaped = (text: string): string => text.replace(/[&<>]/g, (c) => `&#${c.charCodeAt(0)};`)
