import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { PhotodoodleError } from '../src/engine/core/errors'
import { parseTransformerConfig } from '../src/engine/models/transformer/config'
import { doubleBlockGraph, embedGraph, finalGraph, singleBlockGraph, stepGraph, wholeGraph } from '../src/engine/models/transformer/graphs'
import { PRECISIONS } from '../src/engine/models/transformer/scope'
import type { AttentionKind, LinearFormat, NetworkLayout, Precision } from '../src/engine/models/transformer/scope'
import { editLoraTargets, linearShapes } from '../src/engine/models/transformer/weights'
import type { Graph } from '../src/engine/onnx/graph-builder'

/** The parts of the transformer that have a graph of their own. */
const PARTS: Readonly<Record<string, (layout: NetworkLayout) => Graph>> = {
  whole: (layout) => wholeGraph(layout, 'inputs'),
  embed: (layout) => embedGraph(layout).graph,
  double: (layout) => doubleBlockGraph(layout, 0).graph,
  single: (layout) => singleBlockGraph(layout, 0).graph,
  final: (layout) => finalGraph(layout).graph,
  step: ({ config }) => stepGraph(config.in_channels),
}
const FORMATS: readonly LinearFormat[] = ['dense', 'Q4', 'Q8']
const ATTENTION: readonly AttentionKind[] = ['fused', 'primitive']

interface DumpOptions {
  readonly config?: string
  readonly part: string
  readonly format: LinearFormat
  readonly attention: AttentionKind
  readonly precision: Precision
  readonly lora: boolean
  readonly output: string
}

export function registerGraph(program: Command): void {
  program
    .command('graph')
    .description('look at the graphs the engine authors')
    .command('dump')
    .description('write a part of the transformer as .onnx, its weights as inputs, to open in a viewer')
    .argument('[model]', 'model folder (with model.json)')
    .option('--config <file>', 'JSON with the transformer config, instead of a model folder')
    .addOption(new Option('--part <name>', 'which graph').choices(Object.keys(PARTS)).default('whole'))
    .addOption(new Option('--format <name>', 'how linear weights are held, where blocks of 32 fit').choices(FORMATS).default('dense'))
    .addOption(new Option('--attention <kind>', 'one kernel or simple operators').choices(ATTENTION).default('fused'))
    .addOption(new Option('--precision <name>', 'what blocks compute in').choices(PRECISIONS).default('f32'))
    .option('--no-lora', 'without low-rank branches')
    .requiredOption('-o, --output <file>', 'where to write')
    .action(async (model: string | undefined, options: DumpOptions) => {
      const graph = await authorGraph(model, options)
      const bytes = graph.encode()
      await writeFile(options.output, bytes)
      console.log(`${options.output}: ${graph.name}, ${bytes.length} bytes, ${graph.weights.length} weights, ${graph.inputs.length} inputs, ${graph.outputs.length} outputs`)
    })
}

async function authorGraph(model: string | undefined, { config: file, part, format, attention, precision, lora }: DumpOptions): Promise<Graph> {
  const config = parseTransformerConfig(await readConfig(model, file))
  const linears = linearShapes(config)
  const author = PARTS[part]
  if (author === undefined) throw new PhotodoodleError('BadRequest', `There is no part "${part}".`, `Use one of ${Object.keys(PARTS).join(', ')}.`)
  return author({
    config,
    linears,
    attention,
    precision,
    adapted: new Set(lora ? editLoraTargets(config) : []),
    format: (linear) => (linears.get(linear)?.inputs ?? 1) % 32 === 0 ? format : 'dense',
  })
}

/** A bare transformer config, or the one inside a model.json or a parity case. */
async function readConfig(model: string | undefined, file: string | undefined): Promise<unknown> {
  const path = file ?? (model === undefined ? undefined : (await stat(model)).isDirectory() ? join(model, 'model.json') : model)
  if (path === undefined) throw new PhotodoodleError('BadRequest', 'Nothing to dump.', 'Give a model folder or --config file.json.')
  const json = JSON.parse(await readFile(path, 'utf8')) as { transformer?: { config?: unknown }; config?: unknown }
  return json.transformer?.config ?? json.config ?? json
}
