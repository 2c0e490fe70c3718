import type { WeightStore } from '../formats/weight-store'
import { doubleBlockGraph, embedGraph, finalGraph, singleBlockGraph, stepGraph, wholeGraph } from '../models/transformer/graphs'
import type { Part } from '../models/transformer/graphs'
import type { NetworkLayout } from '../models/transformer/scope'
import type { Graph, WeightBinding } from '../onnx/graph-builder'
import type { BoundTensor } from './bound-tensor'
import type { LowRankSlots } from './low-rank-slots'
import type { Feed, Runtime, Session } from './runtime'
import { weightTensors } from './weight-tensors'

/** Tokens of one run. */
export interface SequenceSize {
  readonly text: number
  /** noisy tokens; as many source tokens follow */
  readonly noisy: number
}

export type Feeds = Readonly<Record<string, Feed>>

/** Where a run leaves its results; [noisy, channels] each, `preview` [noisy, 12]. */
export interface Targets {
  readonly prediction?: BoundTensor
  readonly next?: BoundTensor
  readonly preview?: BoundTensor
}

/** The open transformer: graphs, sessions and weights, ready for sequences of any size. */
export interface Network {
  /** Allocates all that runs over sequences of this size need in between. */
  prepare(size: SequenceSize): PreparedNetwork
  dispose(): Promise<void>
}

export interface PreparedNetwork {
  /**
   * One forward pass, and the Euler step when `next` is a target.
   * @param feeds the inputs of models/transformer/graphs.ts, low-rank ones apart
   */
  run(feeds: Feeds, targets: Targets): Promise<void>
  dispose(): void
}

/** One graph and one run for a whole sampler step: best where a run's overhead counts, that is for small networks. */
export async function openWhole(runtime: Runtime, store: WeightStore, layout: NetworkLayout, slots: LowRankSlots, binding: WeightBinding): Promise<Network> {
  const graph = wholeGraph(layout, binding)
  let weights: Record<string, BoundTensor> = {}
  let session: Session
  if (binding === 'inputs') {
    session = await runtime.createSession(graph)
    weights = await uploadWeights(runtime, store, { graph, prefix: '' })
  } else {
    const bytes = new Map<string, Uint8Array>()
    for await (const [{ name }, { data }] of weightTensors(store, graph)) bytes.set(name, new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    session = await runtime.createSession(graph, ({ name }) => bytes.get(name)!)
  }
  return {
    prepare: () => ({
      run: (feeds, targets) => session.runInto({ ...feeds, ...weights, ...slots.feeds() }, present(targets)),
      dispose: () => undefined,
    }),
    async dispose() {
      await session.release()
      disposeAll(weights)
    },
  }
}

interface BoundPart {
  readonly session: Session
  readonly prefix: string
  readonly weights: Readonly<Record<string, BoundTensor>>
}

/**
 * Small graphs run one after another, weights as inputs: blocks of a kind share a session, and a large network's weights
 * never pass through onnxruntime's heap.
 */
export async function openBlocks(runtime: Runtime, store: WeightStore, layout: NetworkLayout, slots: LowRankSlots): Promise<Network> {
  const { config } = layout
  const sessions = new Map<string, Session>()
  const open = async (graph: Graph): Promise<Session> => {
    // No weights inside: equal bytes are equal graphs.
    const key = new TextDecoder('latin1').decode(graph.encode())
    const session = sessions.get(key) ?? await runtime.createSession(graph)
    sessions.set(key, session)
    return session
  }
  const bind = async (part: Part): Promise<BoundPart> => ({ session: await open(part.graph), prefix: part.prefix, weights: await uploadWeights(runtime, store, part) })

  const embed = await bind(embedGraph(layout))
  const blocks: BoundPart[] = []
  for (let block = 0; block < config.depth; block++) blocks.push(await bind(doubleBlockGraph(layout, block)))
  for (let block = 0; block < config.depth_single_blocks; block++) blocks.push(await bind(singleBlockGraph(layout, block)))
  const final = await bind(finalGraph(layout))
  const step = await open(stepGraph(config.in_channels))

  return {
    prepare({ text, noisy }) {
      const ping = runtime.allocate([text + 2 * noisy, config.hidden_size], 'hidden states, even')
      const pong = runtime.allocate([text + 2 * noisy, config.hidden_size], 'hidden states, odd')
      const conditioning = runtime.allocate([1, config.hidden_size], 'conditioning')
      const ownPrediction = runtime.allocate([noisy, config.out_channels], 'prediction')
      const runPart = ({ session, weights, prefix }: BoundPart, feeds: Feeds, targets: Readonly<Record<string, BoundTensor>>): Promise<void> =>
        session.runInto({ ...feeds, ...weights, ...slots.feeds(prefix) }, targets)
      return {
        async run(feeds, { prediction = ownPrediction, next, preview }) {
          await runPart(embed, feeds, { x: ping, conditioning })
          let [x, free] = [ping, pong]
          for (const block of blocks) {
            await runPart(block, { ...feeds, x, conditioning }, { x_next: free })
            ;[x, free] = [free, x]
          }
          await runPart(final, { ...feeds, x, conditioning }, { prediction })
          if (next) await step.runInto({ ...feeds, prediction }, present({ next, preview }))
        },
        dispose: () => disposeAll({ ping, pong, conditioning, ownPrediction }),
      }
    },
    async dispose() {
      for (const session of sessions.values()) await session.release()
      for (const { weights } of [embed, ...blocks, final]) disposeAll(weights)
    },
  }
}

async function uploadWeights(runtime: Runtime, store: WeightStore, { graph, prefix }: Part): Promise<Record<string, BoundTensor>> {
  const weights: Record<string, BoundTensor> = {}
  for await (const [{ name }, tensor] of weightTensors(store, graph, prefix)) weights[name] = runtime.upload(tensor, prefix + name)
  return weights
}

function disposeAll(tensors: Readonly<Record<string, BoundTensor>>): void {
  for (const tensor of Object.values(tensors)) tensor.dispose()
}

function present(targets: { readonly [name in keyof Targets]: BoundTensor | undefined }): Record<string, BoundTensor> {
  return Object.fromEntries(Object.entries(targets).filter((entry): entry is [string, BoundTensor] => entry[1] !== undefined))
}
