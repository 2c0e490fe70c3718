import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { floatToHalf, halfToFloat } from '../../src/engine/core/float16'
import { gaussian, Random } from '../../src/engine/core/random'
import { sizeOf, tensor, type Tensor } from '../../src/engine/core/tensor'
import { BLOCK, bytesOfBlocks } from '../../src/engine/formats/blocks'
import { writeSafetensors } from '../../src/engine/formats/safetensors'
import type { StoredTensor } from '../../src/engine/formats/weight-store'
import { adapterOf, type LowRank } from '../../src/engine/lora/adapter'
import type { LinearShape } from '../../src/engine/models/linear'
import { FLUX_DEV, type TransformerConfig } from '../../src/engine/models/transformer/config'
import { doubleBlockGraph, singleBlockGraph } from '../../src/engine/models/transformer/graphs'
import { sequenceIds, type Grid } from '../../src/engine/models/transformer/position-ids'
import { ropeTables } from '../../src/engine/models/transformer/rope'
import { computeType, loraNames, type NetworkLayout, type Precision } from '../../src/engine/models/transformer/scope'
import { editLoraTargets, expectedWeights, linearShapes } from '../../src/engine/models/transformer/weights'
import { GraphBuilder, type Graph } from '../../src/engine/onnx/graph-builder'
import { selfTestAttention } from '../../src/engine/runtime/network/attention-selftest'
import { LowRankSlots } from '../../src/engine/runtime/weights/low-rank-slots'
import type { Feed, HostTensor, Runtime } from '../../src/engine/runtime/runtime'
import { weightTensors } from '../../src/engine/runtime/weights/weight-tensors'
import { nodeRuntime } from '../shared/node-runtime'
import { prepareFolder } from '../shared/output'

/** What one picture of 768 x 512 pixels makes of FLUX.1-dev's sequence. */
const TEXT = 512
const GRID: Grid = { rows: 48, columns: 32 }
const RANK = 128
const STEPS = 20
const CONFIG: TransformerConfig = { ...FLUX_DEV, depth: 1, depth_single_blocks: 1 }

interface BlockOptions {
  readonly provider: 'cpu' | 'webgpu'
  readonly runs: number
  readonly precision: Precision
  /** Where weights, inputs and outputs go, for scripts/flux_block_reference.py. */
  readonly save?: string
}

interface BlockFigures {
  readonly millis: number
  /** Processor seconds of one run, all threads. */
  readonly cpuSeconds: number
  /** Floating-point operations, a multiplication and an addition counted as two. */
  readonly flop: number
}

/**
 * Runs one double and one single block of FLUX.1-dev at their true sizes on random 4-bit weights with a low-rank branch
 * of the size of a published EditLoRA, and prints what each takes and what that would make of a whole edit.
 */
export async function benchFluxBlocks({ provider, runs, precision, save }: BlockOptions): Promise<void> {
  if (save !== undefined) await prepareFolder(save)
  const runtime = nodeRuntime(provider)
  const { attention } = await selfTestAttention(runtime)
  console.log(
    `${provider}, ${precision}, ${attention} attention; hidden ${CONFIG.hidden_size}, ${CONFIG.num_heads} heads, ` +
      `${TEXT} + 2 x ${GRID.rows * GRID.columns} tokens, 4-bit weights, rank ${RANK}; best of ${runs}`,
  )
  const peak = await matmulPeak(runtime, 3 * runs)
  // Processor time is what a busy machine leaves comparable; a GPU's is not the processor's.
  const cost = ({ millis, cpuSeconds }: BlockFigures): number => (provider === 'cpu' ? cpuSeconds : millis / 1000)
  const width = CONFIG.hidden_size
  console.log(`one dense float32 product [1024, ${width}] x [${width}, ${width}]: ${describe(peak)}`)
  const seconds: number[] = []
  const cpuSeconds: number[] = []
  for (const kind of ['double', 'single'] as const) {
    const figures = await runBlock(runtime, kind, { attention, precision }, runs, save)
    seconds.push(figures.millis / 1000)
    cpuSeconds.push(figures.cpuSeconds)
    const times = ((cost(figures) / cost(peak)) * peak.flop) / figures.flop
    console.log(`one ${kind} block: ${describe(figures)}; ${times.toFixed(2)} times what that product's rate would be`)
  }
  console.log(
    `ESTIMATE, not measured, for ${FLUX_DEV.depth} double and ${FLUX_DEV.depth_single_blocks} single blocks ` +
      `x ${STEPS} steps, blocks only, all weights resident: ${wholeEdit(seconds)} at this run's pace` +
      (provider === 'cpu' ? `; ${wholeEdit(cpuSeconds)} of processor time` : ''),
  )
}

function wholeEdit([double = 0, single = 0]: readonly number[]): string {
  const seconds = STEPS * (FLUX_DEV.depth * double + FLUX_DEV.depth_single_blocks * single)
  return seconds < 600 ? `${seconds.toFixed(0)} s` : `${(seconds / 3600).toFixed(1)} hours`
}

function describe({ millis, cpuSeconds, flop }: BlockFigures): string {
  const rate = (seconds: number): string => `${(flop / seconds / 1e9).toFixed(0)} GFLOP/s`
  const processor = `${cpuSeconds.toFixed(1)} s of processor time, ${rate(cpuSeconds)} of it`
  return `${millis.toFixed(0)} ms, ${rate(millis / 1000)} (${processor})`
}

/** @returns the fastest of `runs`; the first also compiles or allocates, so more than one tell more */
async function fastest(runs: number, flop: number, run: () => Promise<void>): Promise<BlockFigures> {
  let best: BlockFigures | undefined
  for (let i = 0; i < runs; i++) {
    const cpu = process.cpuUsage()
    const start = performance.now()
    await run()
    const millis = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    if (best === undefined || millis < best.millis) best = { millis, cpuSeconds: (user + system) / 1e6, flop }
  }
  return best!
}

async function matmulPeak(runtime: Runtime, runs: number): Promise<BlockFigures> {
  const rows = 1024
  const { hidden_size: hidden } = CONFIG
  const g = new GraphBuilder('matmul')
  // The weight inside, prepacked: the provider's best.
  const x = g.input('x', [rows, hidden])
  g.output('y', g.node('MatMul', [x, g.weight('w', [hidden, hidden])]), [rows, hidden])
  const session = await runtime.createSession(g.build(), () => new Uint8Array(noise([hidden, hidden], 1).data.buffer))
  const feeds = { x: noise([rows, hidden], 2) }
  const figures = await fastest(runs, 2 * rows * hidden * hidden, async () => void (await session.run(feeds)))
  await session.release()
  return figures
}

async function runBlock(
  runtime: Runtime,
  kind: 'double' | 'single',
  choices: Pick<NetworkLayout, 'attention' | 'precision'>,
  runs: number,
  save: string | undefined,
): Promise<BlockFigures> {
  const linears = linearShapes(CONFIG)
  const layout: NetworkLayout = {
    config: CONFIG,
    ...choices,
    linears,
    adapted: new Set(editLoraTargets(CONFIG)),
    format: () => 'Q4',
  }
  // Without GPU buffers of their own, weights stay on the GPU only inside the graph.
  const binding = runtime.provider === 'webgpu' ? 'initializers' : 'inputs'
  const { graph, prefix } =
    kind === 'double' ? doubleBlockGraph(layout, 0, binding) : singleBlockGraph(layout, 0, binding)
  const weights = await blockWeights(graph, prefix)
  const lowRank = randomLowRank(linears, layout.adapted, prefix)
  const slots = new LowRankSlots(runtime, linears, lowRank.keys(), (linear) => computeType(layout, linear))
  slots.write(adapterOf(lowRank))
  const { hidden_size: hidden } = CONFIG
  const { cos, sin } = ropeTables(sequenceIds(TEXT, GRID), CONFIG)
  const inputs: Record<string, HostTensor> = {
    x: noise([cos.dims[0]!, hidden], 3),
    conditioning: noise([1, hidden], 4),
    cos,
    sin,
  }
  const feeds: Record<string, Feed> = {
    ...inputs,
    ...slots.feeds(prefix),
    ...(binding === 'inputs' ? weights : {}),
    txt_end: { dims: [1], data: BigInt64Array.of(BigInt(TEXT)) },
  }
  const session = await runtime.createSession(graph, ({ name }) => bytesOf(weights[name]!))
  let output: Tensor | undefined
  const figures = await fastest(runs, blockFlop(linears, layout.adapted, prefix), async () => {
    output = (await session.run(feeds))['x_next']
  })
  await session.release()
  slots.dispose()
  if (save !== undefined && output !== undefined)
    await saveBlock(join(save, `${kind}.safetensors`), {
      ...inputs,
      ...weights,
      ...lowRankTensors(lowRank, prefix),
      x_next: output,
    })
  return figures
}

/** Linears and their low-rank branches once for each token (modulations once), and attention's two products. */
function blockFlop(linears: ReadonlyMap<string, LinearShape>, adapted: ReadonlySet<string>, prefix: string): number {
  const image = 2 * GRID.rows * GRID.columns
  const tokens = TEXT + image
  let flop = 4 * tokens * tokens * CONFIG.hidden_size
  for (const [name, { inputs, outputs }] of linears) {
    if (!name.startsWith(prefix)) continue
    const rows = /_?mod(ulation)?\.lin$/.test(name)
      ? 1
      : name.includes('img_')
        ? image
        : name.includes('txt_')
          ? TEXT
          : tokens
    flop += 2 * rows * inputs * outputs
    if (adapted.has(name)) flop += 2 * rows * rankOf(name) * (inputs + outputs)
  }
  return flop
}

/** Published files adapt q, k and v apart, each with its own A: three times the rank where they are fused. */
const rankOf = (linear: string): number => (/qkv$|linear1$/.test(linear) ? 3 * RANK : RANK)

async function blockWeights(graph: Graph, prefix: string): Promise<Record<string, HostTensor>> {
  const shapes = expectedWeights(CONFIG)
  const read = (name: string): Promise<StoredTensor> => Promise.resolve(randomWeight(name, shapes.get(name)!))
  const store = {
    names: () => [...shapes.keys()],
    info: (name: string) => ({ dtype: 'Q4' as const, shape: shapes.get(name)! }),
    read,
  }
  const weights: Record<string, HostTensor> = {}
  for await (const [{ name }, weight] of weightTensors(store, graph, prefix)) weights[name] = weight
  return weights
}

/**
 * Matrices: codes 1 to 15, so that their mean is zero, with scales that keep activations near 1. All floats are ones
 * that a half holds, as in a converted model.
 */
function randomWeight(name: string, shape: readonly number[]): StoredTensor {
  const seed = [...name].reduce((sum, letter) => (31 * sum + letter.charCodeAt(0)) % 1_000_003, 7)
  if (shape.length < 2) {
    const values = noise(shape, seed).data.map((value) => asHalf(0.1 * value + (name.endsWith('.scale') ? 1 : 0)))
    return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer) }
  }
  const bytes = new Uint8Array(bytesOfBlocks('Q4', shape))
  const random = new Random(seed)
  const pool = Uint8Array.from({ length: 2 ** 16 }, () => 1 + (random.bits() % 15) + 16 * (1 + (random.bits() % 15)))
  for (let at = 0; at < bytes.length;) {
    const from = random.bits() % (pool.length / 2)
    const part = pool.subarray(from, Math.min(pool.length, from + bytes.length - at))
    bytes.set(part, at)
    at += part.length
  }
  const spread = 0.16 / Math.sqrt(shape[1]!)
  const scales = Float32Array.from({ length: sizeOf(shape) / BLOCK }, (_, i) => asHalf(spread * (0.75 + (i % 16) / 32)))
  return { dtype: 'Q4', shape, bytes, scales }
}

const asHalf = (value: number): number => halfToFloat(floatToHalf(value))

function randomLowRank(
  linears: ReadonlyMap<string, LinearShape>,
  adapted: ReadonlySet<string>,
  prefix: string,
): Map<string, LowRank> {
  const layers = new Map<string, LowRank>()
  for (const linear of adapted) {
    if (!linear.startsWith(prefix)) continue
    const { inputs, outputs } = linears.get(linear)!
    const rank = rankOf(linear)
    layers.set(linear, {
      rank,
      a: noise([rank, inputs], rank + outputs).data.map((value) => value / Math.sqrt(inputs)),
      b: noise([outputs, rank], rank + inputs).data.map((value) => (0.1 * value) / Math.sqrt(rank)),
    })
  }
  return layers
}

function lowRankTensors(layers: ReadonlyMap<string, LowRank>, prefix: string): Record<string, Tensor> {
  return Object.fromEntries(
    [...layers].flatMap(([linear, { a, b, rank }]) => {
      const names = loraNames(linear.slice(prefix.length))
      return [
        [names.a, tensor([rank, a.length / rank], a)],
        [names.b, tensor([b.length / rank, rank], b)],
      ]
    }),
  )
}

const POOL = 1_000_003

/** Standard normal, the same million samples over and over in a large tensor. */
function noise(dims: readonly number[], seed: number): Tensor {
  const count = sizeOf(dims)
  const pool = gaussian(seed, Math.min(count, POOL))
  const result = tensor(dims)
  for (let at = 0; at < count; at += POOL) result.data.set(pool.subarray(0, Math.min(POOL, count - at)), at)
  return result
}

const bytesOf = ({ data }: HostTensor): Uint8Array<ArrayBuffer> =>
  new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength)

async function saveBlock(path: string, tensors: Readonly<Record<string, HostTensor>>): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true })
  const stored = Object.entries(tensors).map(([name, value]): [string, StoredTensor] => [
    name,
    {
      dtype: value.data instanceof Uint8Array ? 'U8' : value.data instanceof Uint16Array ? 'F16' : 'F32',
      shape: value.dims,
      bytes: bytesOf(value),
    },
  ])
  await writeFile(path, writeSafetensors(stored))
  console.log(`saved ${path}`)
}
