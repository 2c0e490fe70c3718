import type { WeightStore } from '../../formats/weight-store'
import {
  doubleBlockGraph,
  embedGraph,
  finalGraph,
  singleBlockGraph,
  stepGraph,
  wholeGraph,
} from '../../models/transformer/graphs'
import type { AttentionMode, Part } from '../../models/transformer/graphs'
import type { NetworkLayout } from '../../models/transformer/scope'
import type { Graph, WeightBinding } from '../../onnx/graph-builder'
import type { BoundTensor } from '../ort/bound-tensor'
import type { LowRankSlots } from '../weights/low-rank-slots'
import { disposeAll, uploadWeights, type PartWeights } from '../weights/part-weights'
import { Residency } from './residency'
import type { Feeds, Runtime, Session } from '../runtime'
import { attentionTensors, type SharedAttention } from './shared-attention'
import { SerialQueue } from '../ort/serial-queue'
import { initializers } from '../weights/weight-tensors'

/** Tokens of one run. */
interface SequenceSize {
  readonly text: number
  /** noisy tokens; as many source tokens follow */
  readonly noisy: number
}

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
  /** Brings in the weights that stay; a run without it brings them in itself. */
  fill(): Promise<void>
  /** Lets go of all weights until they are needed again; nothing where they are inside a graph. */
  empty(): Promise<void>
  /** Leaves `bytes` of the memory budget to low-rank tensors. @throws BadRequest when that leaves too little */
  reserve(bytes: number): Promise<void>
  dispose(): Promise<void>
}

export interface PreparedNetwork {
  /**
   * One forward pass, and the Euler step when `next` is a target.
   * @param feeds the inputs of models/transformer/graphs.ts, low-rank ones apart
   * @param attention another run's, to be recorded or injected
   */
  run(feeds: Feeds, targets: Targets, attention?: SharedAttention): Promise<void>
  dispose(): void
}

/** One graph and one run for a whole sampler step: best where a run's overhead counts, that is for small networks. */
export async function openWhole(
  runtime: Runtime,
  store: WeightStore,
  layout: NetworkLayout,
  slots: LowRankSlots,
  binding: WeightBinding,
): Promise<Network> {
  const open = async (mode: AttentionMode): Promise<Session> => {
    const graph = wholeGraph(layout, binding, mode)
    return binding === 'inputs'
      ? runtime.createSession(graph)
      : runtime.createSession(graph, await initializers(store, graph))
  }
  const sessions: Partial<Record<AttentionMode, Promise<Session>>> = {}
  // Those that share attention are opened when first used: few ask for them, and each may hold the weights once more.
  const sessionFor = (mode: AttentionMode): Promise<Session> => (sessions[mode] ??= open(mode))
  const { graph } = await sessionFor('plain')
  const weights: PartWeights = binding === 'inputs' ? await uploadWeights(runtime, store, { graph, prefix: '' }) : {}
  return {
    prepare: () => ({
      async run(feeds, targets, attention) {
        const session = await sessionFor(attention?.mode ?? 'plain')
        const shared = attention && attentionTensors(attention)
        await session.runInto(
          { ...feeds, ...weights, ...slots.feeds(), ...shared?.feeds },
          { ...present(targets), ...shared?.targets },
        )
      },
      dispose: () => undefined,
    }),
    fill: () => Promise.resolve(),
    empty: () => Promise.resolve(),
    reserve: () => Promise.resolve(),
    async dispose() {
      for (const session of Object.values(sessions)) await (await session).release()
      disposeAll(weights)
    },
  }
}

/**
 * Small graphs run one after another, weights as inputs: blocks of a kind share a session, a large network's weights
 * never pass through onnxruntime's heap, and those beyond the budget are streamed.
 * @param budget bytes of weights and low-rank tensors held at any time
 * @throws BadRequest when the budget is too small
 */
export async function openBlocks(
  runtime: Runtime,
  store: WeightStore,
  layout: NetworkLayout,
  slots: LowRankSlots,
  budget: number,
): Promise<Network> {
  const { config } = layout
  const partsFor = (mode: AttentionMode): readonly Part[] => [
    embedGraph(layout),
    ...Array.from({ length: config.depth }, (_, block) => doubleBlockGraph(layout, block, 'inputs', mode)),
    ...Array.from({ length: config.depth_single_blocks }, (_, block) =>
      singleBlockGraph(layout, block, 'inputs', mode),
    ),
    finalGraph(layout),
  ]
  const parts = partsFor('plain')
  const last = parts.length - 1
  const residency = new Residency(runtime, store, parts, budget)
  const opened = new Map<string, Session>()
  const open = async (graph: Graph): Promise<Session> => {
    // No weights inside: equal bytes are equal graphs.
    const key = new TextDecoder('latin1').decode(graph.encode())
    const session = opened.get(key) ?? (await runtime.createSession(graph))
    opened.set(key, session)
    return session
  }
  const openAll = async (mode: AttentionMode): Promise<readonly Session[]> => {
    const sessions: Session[] = []
    for (const { graph } of partsFor(mode)) sessions.push(await open(graph))
    return sessions
  }
  const sessions: Partial<Record<AttentionMode, Promise<readonly Session[]>>> = {}
  const sessionsFor = (mode: AttentionMode): Promise<readonly Session[]> => (sessions[mode] ??= openAll(mode))
  await sessionsFor('plain')
  const step = await open(stepGraph(config.in_channels))
  // Streaming goes through the parts in order, so two runs must not mix.
  const queue = new SerialQueue()

  const runPart = async (
    index: number,
    feeds: Feeds,
    targets: Readonly<Record<string, BoundTensor>>,
    attention?: SharedAttention,
  ): Promise<void> => {
    const session = (await sessionsFor(attention?.mode ?? 'plain'))[index]!
    const { prefix } = parts[index]!
    // Only blocks attend.
    const shared = attention && prefix !== '' ? attentionTensors(attention, prefix) : undefined
    await residency.use(index, (weights) =>
      session.runInto(
        { ...feeds, ...weights, ...slots.feeds(prefix), ...shared?.feeds },
        { ...targets, ...shared?.targets },
      ),
    )
  }

  return {
    prepare({ text, noisy }) {
      const ping = runtime.allocate([text + 2 * noisy, config.hidden_size], 'hidden states, even')
      const pong = runtime.allocate([text + 2 * noisy, config.hidden_size], 'hidden states, odd')
      const conditioning = runtime.allocate([1, config.hidden_size], 'conditioning')
      const ownPrediction = runtime.allocate([noisy, config.out_channels], 'prediction')
      return {
        run: (feeds, { prediction = ownPrediction, next, preview }, attention) =>
          queue.run(async () => {
            await runPart(0, feeds, { x: ping, conditioning })
            let [x, free] = [ping, pong]
            for (let block = 1; block < last; block++) {
              await runPart(block, { ...feeds, x, conditioning }, { x_next: free }, attention)
              ;[x, free] = [free, x]
            }
            await runPart(last, { ...feeds, x, conditioning }, { prediction })
            if (next) await step.runInto({ ...feeds, prediction }, present({ next, preview }))
          }),
        dispose: () => disposeAll({ ping, pong, conditioning, ownPrediction }),
      }
    },
    fill: () => queue.run(() => residency.fill()),
    empty: () => queue.run(() => residency.empty()),
    reserve: (bytes) => queue.run(() => residency.reserve(bytes)),
    async dispose() {
      for (const session of opened.values()) await session.release()
      await residency.empty()
    },
  }
}

function present(targets: { readonly [name in keyof Targets]: BoundTensor | undefined }): Record<string, BoundTensor> {
  return Object.fromEntries(
    Object.entries(targets).filter((entry): entry is [string, BoundTensor] => entry[1] !== undefined),
  )
}
