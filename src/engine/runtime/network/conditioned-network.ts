import { PhotodoodleError } from '../../core/errors'
import type { WeightStore } from '../../formats/weight-store'
import { combineAdapters, type Adapter } from '../../lora/adapter'
import type { ConditionedConfig } from '../../models/conditioned/config'
import type { Condition, Conditioned, PreparedCondition } from '../../models/conditioned/contract'
import { prepareGraph, stepGraph, type ConditionedLayout } from '../../models/conditioned/graphs'
import { checkConditionedWeights, conditionedLinears } from '../../models/conditioned/weights'
import { editLoraTargets } from '../../models/transformer/weights'
import type { Graph, WeightBinding } from '../../onnx/graph-builder'
import { LowRankSlots } from '../weights/low-rank-slots'
import { disposeAll, uploadWeights, type PartWeights } from '../weights/part-weights'
import { BoundCondition, checkCondition, type SessionFor } from './prepared-condition'
import type { Runtime, Session } from '../runtime'
import { initializers, linearFormat, type QuantizedWeights } from '../weights/weight-tensors'

export interface ConditionedOptions {
  /**
   * Linears that get a low-rank branch from the start; default the paper's. An adapter of others rebuilds the sessions
   * once.
   */
  readonly adapted?: readonly string[]
  /** Default: `dequantize` on the CPU providers, where float32 is faster; `keep` on webgpu. */
  readonly quantized?: QuantizedWeights
  /**
   * Default: `inputs` on webgpu, where both graphs then share one copy; else `initializers`, which are faster there.
   */
  readonly weightBinding?: WeightBinding
}

interface Strong {
  readonly adapter: Adapter
  readonly strength: number
}

/** The two graphs of models/conditioned, open. */
interface OpenConditioned {
  readonly prepare: Session
  readonly step: Session
  /** Those bound as inputs; none where weights are inside. */
  readonly weights: PartWeights
  readonly slots: LowRankSlots
  readonly adapted: ReadonlySet<string>
}

/** A transformer whose condition is computed once an edit, on any provider: nano's layout and its drawing. */
export class ConditionedNetwork implements Conditioned {
  /** Counts changes of the adapters: a condition prepared before one does not fit the network after it. */
  private styles = 0
  private active: readonly Strong[] = []

  private constructor(
    private readonly runtime: Runtime,
    private readonly store: WeightStore,
    readonly config: ConditionedConfig,
    private readonly options: ConditionedOptions,
    private current: OpenConditioned,
  ) {}

  /**
   * Checks the weights against the config and opens the sessions.
   * @param store read again if an adapter of further linears comes
   * @throws MissingWeight, ShapeMismatch, UnsupportedDType, BadModel, OutOfMemory, RuntimeFailed
   */
  static async create(
    runtime: Runtime,
    store: WeightStore,
    config: ConditionedConfig,
    options: ConditionedOptions = {},
  ): Promise<ConditionedNetwork> {
    checkConditionedWeights(store, config)
    const adapted = new Set(options.adapted ?? editLoraTargets(config))
    return new ConditionedNetwork(runtime, store, config, options, await open(runtime, store, config, options, adapted))
  }

  /**
   * Replaces the active adapters; an empty list gives the bare network. Rewrites buffers only, unless one adapts
   * further linears.
   * Conditions that were prepared before are of no use afterwards. Nothing is done when they are the active ones.
   */
  async setAdapters(list: readonly Strong[]): Promise<void> {
    const same = ({ adapter, strength }: Strong, i: number): boolean =>
      this.active[i]?.adapter === adapter && this.active[i].strength === strength
    if (list.length === this.active.length && list.every(same)) return
    const combined = combineAdapters(list)
    const further = [...combined.layers.keys()].filter((linear) => !this.current.adapted.has(linear))
    if (further.length > 0) {
      const adapted = new Set([...this.current.adapted, ...further])
      await close(this.current)
      this.current = await open(this.runtime, this.store, this.config, this.options, adapted)
    }
    this.current.slots.write(combined)
    this.active = [...list]
    this.styles++
  }

  /** @throws ShapeMismatch, BadRequest when there is nothing in the batch, OutOfMemory, RuntimeFailed, DeviceLost */
  async prepare(condition: Condition): Promise<PreparedCondition> {
    checkCondition(condition, this.config)
    const styles = this.styles
    const sessionFor: SessionFor = (name, feeds) => {
      if (styles !== this.styles)
        throw new PhotodoodleError(
          'BadRequest',
          'The style was changed while something was being drawn.',
          'Draw it again.',
        )
      const { [name]: session, weights, slots } = this.current
      return { session, feeds: { ...feeds, ...weights, ...slots.feeds() } }
    }
    return this.runtime.allocating('draw this many elements at once', () =>
      BoundCondition.create(this.runtime, this.config, condition, sessionFor),
    )
  }

  async dispose(): Promise<void> {
    await close(this.current)
  }
}

function open(
  runtime: Runtime,
  store: WeightStore,
  config: ConditionedConfig,
  options: ConditionedOptions,
  adapted: ReadonlySet<string>,
): Promise<OpenConditioned> {
  return runtime.allocating('open the transformer', async () => {
    const onGpu = runtime.provider === 'webgpu'
    const { quantized = onGpu ? 'keep' : 'dequantize', weightBinding = onGpu ? 'inputs' : 'initializers' } = options
    const linears = conditionedLinears(config)
    // Attention always runs from simple operators here, see blocks.ts.
    const layout: ConditionedLayout = {
      config,
      linears,
      adapted,
      attention: 'primitive',
      precision: 'f32',
      format: (linear) => linearFormat(store, linear, quantized),
    }
    const openGraph = async (graph: Graph): Promise<Session> =>
      weightBinding === 'inputs'
        ? runtime.createSession(graph)
        : runtime.createSession(graph, await initializers(store, graph))
    const graphs = { prepare: prepareGraph(layout, weightBinding), step: stepGraph(layout, weightBinding) }
    const weights = weightBinding === 'inputs' ? await sharedWeights(runtime, store, [graphs.prepare, graphs.step]) : {}
    return {
      prepare: await openGraph(graphs.prepare),
      step: await openGraph(graphs.step),
      weights,
      slots: new LowRankSlots(runtime, linears, adapted),
      adapted,
    }
  })
}

/** The weights of several graphs, each tensor once. */
async function sharedWeights(runtime: Runtime, store: WeightStore, graphs: readonly Graph[]): Promise<PartWeights> {
  let weights: PartWeights = {}
  for (const graph of graphs) {
    const known = weights
    const missing = graph.weights.filter(({ name }) => !Object.hasOwn(known, name))
    weights = {
      ...known,
      ...(await uploadWeights(runtime, store, { graph: { ...graph, weights: missing }, prefix: '' })),
    }
  }
  return weights
}

async function close({ prepare, step, weights, slots }: OpenConditioned): Promise<void> {
  await prepare.release()
  await step.release()
  disposeAll(weights)
  slots.dispose()
}
