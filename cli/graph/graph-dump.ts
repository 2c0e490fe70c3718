import { join } from 'node:path'
import type { Command } from 'commander'
import { Option } from 'commander'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { decodeGraph } from '../../src/engine/models/codec'
import { parseConditionedConfig } from '../../src/engine/models/conditioned/config'
import { prepareGraph, stepGraph as conditionedStepGraph } from '../../src/engine/models/conditioned/graphs'
import { conditionedLinears, conditionedLoraTargets } from '../../src/engine/models/conditioned/weights'
import type { LinearShape } from '../../src/engine/models/linear'
import { parseTransformerConfig } from '../../src/engine/models/transformer/config'
import * as graphs from '../../src/engine/models/transformer/graphs'
import { PRECISIONS } from '../../src/engine/models/transformer/scope'
import type { AttentionKind, LinearFormat, NetworkLayout, Precision } from '../../src/engine/models/transformer/scope'
import { editLoraTargets, linearShapes } from '../../src/engine/models/transformer/weights'
import type { Graph } from '../../src/engine/onnx/graph-builder'
import { isObject } from '../../src/engine/formats/json'
import { readJsonFile } from '../shared/explain'
import { isFolder } from '../shared/weight-files'
import { prepareOutput } from '../shared/output'

/** The parts of a velocity model's transformer that have a graph of their own. */
const TRANSFORMER: Readonly<Record<string, (layout: NetworkLayout) => Graph>> = {
  whole: (layout) => graphs.wholeGraph(layout, 'inputs'),
  embed: (layout) => graphs.embedGraph(layout).graph,
  double: (layout) => graphs.doubleBlockGraph(layout, 0).graph,
  single: (layout) => graphs.singleBlockGraph(layout, 0).graph,
  final: (layout) => graphs.finalGraph(layout).graph,
  step: ({ config }) => graphs.stepGraph(config.in_channels),
}
/** What a layer model's networks have each, and the one graph that is neither's. */
const CONDITIONED = { prepare: prepareGraph, step: conditionedStepGraph }
const NETWORKS = ['layout', 'drawing'] as const
const CODEC = 'codec'
const PARTS = [
  ...Object.keys(TRANSFORMER),
  ...NETWORKS.flatMap((network) => Object.keys(CONDITIONED).map((graph) => `${network}-${graph}`)),
  CODEC,
]
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
    .description('write a part of a model as .onnx, its weights as inputs, to open in a viewer')
    .argument('[model]', 'model folder (with model.json)')
    .option('--config <file>', "JSON with the network's config, instead of a model folder")
    .addOption(
      new Option('--part <name>', "which graph; the first six are a velocity model's, the others a layer model's")
        .choices(PARTS)
        .default('whole'),
    )
    .addOption(
      new Option('--format <name>', 'how linear weights are held, where blocks of 32 fit')
        .choices(FORMATS)
        .default('dense'),
    )
    .addOption(new Option('--attention <kind>', 'one kernel or simple operators').choices(ATTENTION).default('fused'))
    .addOption(new Option('--precision <name>', 'what blocks compute in').choices(PRECISIONS).default('f32'))
    .option('--no-lora', 'without low-rank branches')
    .requiredOption('-o, --output <file>', 'where to write')
    .action(async (model: string | undefined, options: DumpOptions) => {
      const file = await prepareOutput(options.output, {
        inputs: options.config === undefined ? [] : [options.config],
      })
      const graph = await authorGraph(model, options)
      const bytes = graph.encode()
      await file.write(bytes)
      console.log(
        `${options.output}: ${graph.name}, ${bytes.length} bytes, ${graph.weights.length} ` +
          `weights, ${graph.inputs.length} inputs, ${graph.outputs.length} outputs`,
      )
    })
}

async function authorGraph(model: string | undefined, options: DumpOptions): Promise<Graph> {
  const [network, graph] = options.part.split('-')
  const json = await readDescription(model, options.config)
  if (network === CODEC) return decodeGraph(parseConditionedConfig(configOf(json, 'drawing')).in_channels, 'inputs')
  if (graph !== undefined) {
    const config = parseConditionedConfig(configOf(json, network as (typeof NETWORKS)[number]))
    const layout = { ...layoutOf(conditionedLinears(config), conditionedLoraTargets(config), options), config }
    return CONDITIONED[graph as keyof typeof CONDITIONED](layout, 'inputs')
  }
  const config = parseTransformerConfig(configOf(json, 'transformer'))
  return TRANSFORMER[options.part]!({ ...layoutOf(linearShapes(config), editLoraTargets(config), options), config })
}

function layoutOf(
  linears: ReadonlyMap<string, LinearShape>,
  adapted: readonly string[],
  { format, attention, precision, lora }: DumpOptions,
): Omit<NetworkLayout, 'config'> {
  return {
    linears,
    attention,
    precision,
    adapted: new Set(lora ? adapted : []),
    format: (linear) => ((linears.get(linear)?.inputs ?? 1) % 32 === 0 ? format : 'dense'),
  }
}

type Description = Readonly<Record<string, unknown>>

async function readDescription(model: string | undefined, file: string | undefined): Promise<Description> {
  const path = file ?? (model === undefined ? undefined : (await isFolder(model)) ? join(model, 'model.json') : model)
  if (path === undefined)
    throw new PhotodoodleError('BadRequest', 'Nothing to dump.', 'Give a model folder or --config file.json.')
  const json = await readJsonFile(path)
  if (!isObject(json))
    throw new PhotodoodleError(
      'BadRequest',
      `${path} is not a JSON object.`,
      'Give a model folder or --config file.json.',
    )
  return json
}

/** A network's config, from a model.json, a parity case or a file that is nothing but a config. */
function configOf(json: Description, network: 'transformer' | (typeof NETWORKS)[number]): unknown {
  const part = json[network] as { readonly config?: unknown } | undefined
  if (part?.config !== undefined) return part.config
  if ('prediction' in json) {
    const parts =
      json['prediction'] === 'layer' ? PARTS.filter((name) => !(name in TRANSFORMER)) : Object.keys(TRANSFORMER)
    throw new PhotodoodleError(
      'BadRequest',
      `This model has no ${network}.`,
      `Its graphs are --part ${parts.join(', ')}.`,
    )
  }
  return json['config'] ?? json
}
