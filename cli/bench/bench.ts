import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Option, type Command } from 'commander'
import { medianCost, WARM_ROUNDS, type Cost } from '../../src/engine/checks/bench/clock'
import { runBench, type Editing, type FullReport } from '../../src/engine/checks/bench/run'
import { PRECISIONS, type Precision } from '../../src/engine/models/transformer/scope'
import { openBrowserEngine } from '../shared/browser/harness'
import { embeddedMatte, embeddedModel } from '../shared/model'
import { whole } from '../shared/options'
import { root } from '../shared/root'
import { benchAgainst } from './bench-against'
import { benchSwitches } from './bench-switches'
import { printAppBytes, printModelBytes } from './bytes'
import { benchFluxBlocks } from './flux-blocks'
import {
  machine,
  plot,
  printCompared,
  printMachine,
  printProvider,
  type BenchFile,
  type Compared,
  type ProviderReport,
} from './report'
import { nodePlace, openNode, openTorch } from './sides'

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('time every stage of an edit on each provider in one run, beside what the provider can do and PyTorch')
    .argument('[photo]', 'photo to edit', join(root, 'public/samples/dog.jpg'))
    .option('--runs <n>', 'counted rounds', whole, 5)
    .option('--threads <n>', "of every provider; with one, the processor's time is work and no waiting", whole, 1)
    .option('--compiled', 'also PyTorch by its compiler, which takes minutes', false)
    .option('--no-stages', 'only the comparison: the same edit by everybody')
    .option('--growth', 'also tokens, steps, objects and megapixels, on Node', false)
    .option('--json <file>', 'write all figures, with machine and versions')
    .option('--plot <file>', 'write a plot of them as SVG')
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
    .action(async (photo: string, { fluxBlocks, switches, against, ...options }: BenchFlags) => {
      const runs = Math.max(1, options.runs)
      if (switches === true) await benchSwitches(options.model)
      else if (against !== undefined) await benchAgainst(photo, runs, against)
      else if (fluxBlocks === true) await benchFluxBlocks({ ...options, runs })
      else await bench(photo, { ...options, runs, threads: Math.max(1, options.threads) })
    })
}

interface BenchFlags {
  readonly runs: number
  readonly model: string
  readonly threads: number
  readonly growth: boolean
  readonly stages: boolean
  readonly compiled: boolean
  readonly json?: string
  readonly plot?: string
  readonly fluxBlocks?: boolean
  readonly switches?: boolean
  readonly against?: string
  readonly provider: 'cpu' | 'webgpu'
  readonly precision: Precision
  readonly save?: string
}

async function bench(
  photo: string,
  {
    runs,
    model,
    threads,
    growth,
    compiled,
    stages,
    json,
    plot: plotFile,
  }: Pick<BenchFlags, 'runs' | 'model' | 'threads' | 'growth' | 'compiled' | 'stages' | 'json' | 'plot'>,
): Promise<void> {
  const about = await machine()
  printMachine(about)
  const options = { runs, growth }
  const providers: ProviderReport[] = []
  const report = (name: string, peakBytes: number, full: FullReport): void => {
    const one = { name, threads, peakBytes, ...full }
    providers.push(one)
    printProvider(one)
  }
  if (stages) {
    const node = await runBench(await nodePlace(photo, model, threads), options)
    report('Node CPU', process.resourceUsage().maxRSS * 1024, node)
  }
  const engine = await openBrowserEngine('wasm', [model, embeddedMatte, dirname(photo)], threads)
  const place = [model, embeddedMatte, photo] as const
  try {
    if (stages) {
      const wasm = await engine.bench(...place, { ...options, growth: false })
      report('wasm in Chromium', await engine.peakBytes(), wasm)
    }
    const torch = await openTorch(photo, threads, compiled)
    const sides = {
      ...Object.fromEntries(
        Object.entries(torch?.modes ?? {}).map(([mode, side]) => [`PyTorch ${torch?.version} ${mode}`, side]),
      ),
      'Node CPU': await openNode(photo, model, threads),
      'wasm in Chromium': await engine.openEditing(...place),
    }
    const absent = torch?.refused ?? { PyTorch: 'there is no Python with it; training/requirements.txt names it' }
    const compared = await compare(sides, runs)
    for (const side of Object.values(sides)) await side.close()
    await torch?.close()
    printCompared(compared, absent)
    const file: BenchFile = { format: 'photodoodle-bench/1', machine: about, photo, runs, providers, compared, absent }
    if (json !== undefined) await writeFile(json, `${JSON.stringify(file, undefined, 2)}\n`)
    if (plotFile !== undefined) await writeFile(plotFile, plot(file))
  } finally {
    await engine.close()
  }
  await printModelBytes(model)
  await printAppBytes(join(root, 'dist'))
}

/** Everybody's edit and one element drawn anew, in turn; medians after {@link WARM_ROUNDS}. */
async function compare(sides: Readonly<Record<string, Editing>>, runs: number): Promise<readonly Compared[]> {
  const costs = Object.keys(sides).map(() => ({ edit: [] as Cost[], anew: [] as Cost[] }))
  for (let run = 0; run < WARM_ROUNDS + runs; run++) {
    for (const [i, side] of Object.values(sides).entries()) {
      const [edit, anew] = [await side.edit(run, false), await side.edit(run, true)]
      if (run < WARM_ROUNDS) continue
      costs[i]!.edit.push(edit)
      costs[i]!.anew.push(anew)
    }
  }
  return Object.keys(sides).map((name, i) => ({
    name,
    edit: medianCost(costs[i]!.edit),
    anew: medianCost(costs[i]!.anew),
  }))
}
