import { existsSync } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Option, type Command } from 'commander'
import { PRECISIONS, type Precision } from '../../src/engine/models/transformer/scope'
import { benchmark, type BenchFigures } from '../../src/engine/checks/benchmark'
import { benchAgainst } from './bench-against'
import { benchSwitches } from './bench-switches'
import { openBrowserEngine } from '../shared/browser/harness'
import { benchFluxBlocks } from './flux-blocks'
import { decodePhoto } from '../shared/images'
import { embeddedMatte, embeddedModel, loadModel } from '../shared/model'
import { whole } from '../shared/options'
import { root } from '../shared/root'

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('time edits and style switches on each provider in one run, and count bytes')
    .argument('[photo]', 'photo to edit', join(root, 'public/samples/dog.jpg'))
    .option('--runs <n>', 'counted edits a provider', whole, 5)
    .option('--model <dir>', 'model folder', embeddedModel)
    .option(
      '--flux-blocks',
      'instead, time one double and one single block of FLUX.1-dev at their true sizes, on random weights',
    )
    .addOption(
      new Option('--provider <name>', 'with --flux-blocks: where they run').choices(['cpu', 'webgpu']).default('cpu'),
    )
    .addOption(
      new Option('--precision <name>', 'with --flux-blocks: what they compute in').choices(PRECISIONS).default('f32'),
    )
    .option(
      '--save <dir>',
      'with --flux-blocks: write weights, inputs and outputs, for scripts/flux_block_reference.py',
    )
    .option(
      '--against <folder>',
      'instead, time the same edit by this version and by another checkout of the project, in turn',
    )
    .option('--switches', 'instead, time style switches alone, on WebGPU too')
    .action(async (photo: string, { runs, model, fluxBlocks, switches, against, ...options }: BenchFlags) => {
      if (switches === true) await benchSwitches(model)
      else if (against !== undefined) await benchAgainst(photo, Math.max(1, runs), against)
      else if (fluxBlocks === true) await benchFluxBlocks({ ...options, runs: Math.max(1, runs) })
      else await bench(photo, Math.max(1, runs), model)
    })
}

interface BenchFlags {
  readonly runs: number
  readonly model: string
  readonly fluxBlocks?: boolean
  readonly switches?: boolean
  readonly against?: string
  readonly provider: 'cpu' | 'webgpu'
  readonly precision: Precision
  readonly save?: string
}

async function bench(photo: string, runs: number, model: string): Promise<void> {
  const cpu = await benchNode(photo, runs, model)
  print('Node CPU (onnxruntime-node)', cpu)
  const engine = await openBrowserEngine('wasm', [model, embeddedMatte, dirname(photo)])
  try {
    const wasm = await engine.bench(model, embeddedMatte, photo, { runs })
    print('wasm (Chromium, threads + SIMD)', wasm)
    console.log(
      `ratio wasm / Node CPU, whole edit: ${(wasm.edit.total / cpu.edit.total).toFixed(2)}; drawing: ${(wasm.edit.draw / cpu.edit.draw).toFixed(2)}`,
    )
  } finally {
    await engine.close()
  }
  await printModelBytes(model)
  await printAppBytes(join(root, 'dist'))
}

async function benchNode(photo: string, runs: number, model: string): Promise<BenchFigures> {
  const { image } = await decodePhoto(photo)
  let close: (() => Promise<void>) | undefined
  try {
    return await benchmark(
      async () => {
        const loaded = await loadModel(model)
        close = loaded.close
        return loaded.engine
      },
      image,
      { runs },
    )
  } finally {
    await close?.()
  }
}

/** What the phases of an edit are for those who read the table; the rest by their own names. */
const STAGES: Readonly<Record<string, string>> = { prepare: 'text', total: 'edit with the photo open' }

function print(name: string, { opening, photo, edit, draw, styleSwitch, steps, elements, runs }: BenchFigures): void {
  const line = (stage: string, millis: number, note = ''): void => {
    console.log(`  ${stage.padEnd(26)}${millis.toFixed(1).padStart(9)} ms${note}`)
  }
  console.log(`${name}, ${steps} steps, median of ${runs}, ${(elements / runs).toFixed(1)} elements an edit`)
  line('opening the model', opening, ', once')
  if (photo > 0) line('preparing a photo', photo, ', once a photo')
  for (const [phase, millis] of Object.entries(edit)) {
    line(STAGES[phase] ?? phase, millis)
    if (phase === 'draw' && draw !== undefined) {
      line('  before the first call', draw.before)
      line('  each call', draw.call)
    }
  }
  line('style switch', styleSwitch)
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const sizes = await Promise.all(
    entries.filter((entry) => entry.isFile()).map((entry) => stat(join(entry.parentPath, entry.name))),
  )
  return sizes.reduce((sum, { size }) => sum + size, 0)
}

async function printModelBytes(model: string): Promise<void> {
  for (const entry of await readdir(model, { withFileTypes: true })) {
    const bytes = entry.isDirectory()
      ? await folderBytes(join(model, entry.name))
      : (await stat(join(model, entry.name))).size
    console.log(`model ${entry.name}: ${(bytes / 1e6).toFixed(2)} MB`)
  }
  console.log(`model, all of it: ${((await folderBytes(model)) / 1e6).toFixed(2)} MB`)
}

/** First load = what index.html names: its scripts, module preloads and style sheets. */
async function printAppBytes(dist: string): Promise<void> {
  if (!existsSync(join(dist, 'index.html'))) {
    console.log('app bytes: no dist folder; run "npm run build" first')
    return
  }
  const html = await readFile(join(dist, 'index.html'), 'utf8')
  const named = [...html.matchAll(/(?:src|href)="\.?\/?([^"]+\.(?:js|css))"/g)].map((match) => match[1] ?? '')
  for (const file of named) {
    const bytes = await readFile(join(dist, file))
    console.log(
      `first load ${file}: ${(bytes.length / 1000).toFixed(1)} kB, gzip ${(gzipSync(bytes).length / 1000).toFixed(1)} kB`,
    )
  }
  for (const entry of await readdir(dist, { withFileTypes: true, recursive: true })) {
    if (entry.name.endsWith('.wasm'))
      console.log(`wasm ${entry.name}: ${((await stat(join(entry.parentPath, entry.name))).size / 1e6).toFixed(2)} MB`)
  }
}
