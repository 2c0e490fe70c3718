import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { PRECISIONS, type Precision } from '../../src/engine/models/transformer/scope'
import { runParityCase, type ParityFigure, type ParityOptions } from '../../src/engine/checks/parity'
import { openBrowserEngine } from '../shared/browser/harness'
import { nodeFiles } from '../shared/node-files'
import { nodeRuntime } from '../shared/node-runtime'
import { prepareOutput } from '../shared/output'
import { prepareCase, type PreparedCase } from './parity-model'

/** How one case went: the figure of each tensor, or the error that stopped it. */
interface CaseResult {
  readonly name: string
  readonly provider: string
  readonly passed: boolean
  readonly figures: readonly ParityFigure[]
  readonly error?: string
}

type CaseRunner = (folder: string) => Promise<readonly ParityFigure[]>

const providers = ['cpu', 'wasm', 'webgpu'] as const
type Provider = (typeof providers)[number]

export function registerParity(program: Command): void {
  program
    .command('parity')
    .description('run numeric cases made by the reference code and compare')
    .argument('<dirs...>', 'folders holding a case.json')
    .option('--provider <name>', 'cpu (onnxruntime-node), wasm or webgpu (both in headless Chromium)', 'cpu')
    .addOption(
      new Option('--precision <name>', "what the transformer's blocks compute in (cpu only); f16 allows 1e-2").choices(
        PRECISIONS,
      ),
    )
    .option('--json <file>', 'also write the results as JSON')
    .action(async (dirs: string[], options: { provider: string; precision?: Precision; json?: string }) => {
      const file =
        options.json === undefined
          ? undefined
          : await prepareOutput(options.json, { inputs: dirs.map((dir) => join(dir, 'case.json')) })
      const results = await runCases(
        dirs.map((dir) => resolve(dir)),
        parseProvider(options.provider),
        options.precision,
      )
      await file?.write(JSON.stringify(results, null, 1))
      if (results.some((result) => !result.passed)) process.exitCode = 1
    })
}

function parseProvider(name: string): Provider {
  const provider = providers.find((known) => known === name)
  if (provider === undefined)
    throw new PhotodoodleError('BadRequest', `There is no provider "${name}".`, `Use one of ${providers.join(', ')}.`)
  return provider
}

async function runCases(dirs: readonly string[], provider: Provider, precision?: Precision): Promise<CaseResult[]> {
  const cases: PreparedCase[] = []
  const results: CaseResult[] = []
  try {
    for (const dir of dirs) cases.push(await prepareCase(dir))
    const { run, close } = await openRunner(
      provider,
      cases.map(({ folder }) => folder),
      precision === undefined ? {} : { precision },
    )
    try {
      for (const { name, folder, error } of cases) {
        const result = error === undefined ? await runOne(name, folder, provider, run) : failed(name, provider, error)
        report(result)
        results.push(result)
      }
    } finally {
      await close()
    }
    return results
  } finally {
    for (const { dispose } of cases) await dispose()
  }
}

async function openRunner(
  provider: Provider,
  folders: readonly string[],
  options: Pick<ParityOptions, 'precision'>,
): Promise<{ run: CaseRunner; close: () => Promise<void> }> {
  if (provider === 'cpu') {
    const runtime = nodeRuntime()
    return { run: (folder) => runParityCase(nodeFiles(folder), '', runtime, options), close: () => Promise.resolve() }
  }
  if (options.precision !== undefined)
    throw new PhotodoodleError(
      'BadRequest',
      'A precision is chosen on the cpu provider only.',
      'Leave out --precision, or use --provider cpu.',
    )
  const engine = await openBrowserEngine(provider, folders)
  return { run: (folder) => engine.parity(folder), close: () => engine.close() }
}

async function runOne(name: string, folder: string, provider: Provider, run: CaseRunner): Promise<CaseResult> {
  try {
    await readFile(join(folder, 'case.json'))
    const figures = await run(folder)
    // An empty comparison proves nothing.
    const passed = figures.length > 0 && figures.every((figure) => figure.relL2 <= figure.tolerance)
    return { name, provider, passed, figures }
  } catch (error) {
    return failed(name, provider, error)
  }
}

const failed = (name: string, provider: Provider, error: unknown): CaseResult => ({
  name,
  provider,
  passed: false,
  figures: [],
  error: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
})

function report(result: CaseResult): void {
  for (const figure of result.figures) {
    const verdict = figure.relL2 <= figure.tolerance ? '' : ` ABOVE ${figure.tolerance}`
    console.log(
      `${result.name} ${figure.tensor} rel_l2=${figure.relL2.toExponential(2)} ` +
        `max_abs=${figure.maxAbs.toExponential(2)}${verdict}`,
    )
  }
  if (result.error !== undefined) console.log(`${result.name} FAILED ${result.error}`)
}
