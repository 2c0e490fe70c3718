import { PhotodoodleError } from '../../core/errors'
import { tensor } from '../../core/tensor'
import type { Tensor } from '../../core/tensor'
import type { WeightStore } from '../../formats/weight-store'
import type { Adapter } from '../../lora/adapter'
import { adapterOf, combineAdapters } from '../../lora/adapter'
import type { TransformerConfig } from '../../models/transformer/config'
import type { Grid } from '../../models/transformer/position-ids'
import type { AttentionKind, NetworkLayout, Precision } from '../../models/transformer/scope'
import { computeType } from '../../models/transformer/scope'
import { checkWeights, editLoraTargets, linearShapes } from '../../models/transformer/weights'
import type { WeightBinding } from '../../onnx/graph-builder'
import { selfTestAttention } from '../network/attention-selftest'
import type { DenoiseInput, Sampler, Denoiser } from './contract'
import { EulerSampler } from './euler-sampler'
import { LowRankSlots } from '../weights/low-rank-slots'
import type { Network } from '../network/network'
import { openBlocks, openWhole } from '../network/network'
import { selfTestPrecision, type PrecisionVerdict } from '../network/precision-selftest'
import type { Runtime } from '../runtime'
import type { TextCondition } from '../network/sequence'
import { BoundSequence, conditionEmbeddings, idleStep } from '../network/sequence'
import type { QuantizedWeights } from '../weights/weight-tensors'
import { linearFormat } from '../weights/weight-tensors'

export type { Checkpoint, DenoiseInput, Sampler, Denoiser } from './contract'

export interface DenoiserOptions {
  /** `whole` for small networks, `blocks` for those whose weights would not fit one session. */
  readonly execution: 'whole' | 'blocks'
  /** `auto` (the default) asks the attention self-test. */
  readonly attention?: AttentionKind | 'auto'
  /**
   * `auto` (the default): f32 for whole execution, whose networks are small; for blocks what the precision self-test
   * allows.
   */
  readonly precision?: Precision | 'auto'
  /**
   * Default: `dequantize` for whole execution on the CPU providers, where float32 is faster; `keep` for blocks, whose
   * point is their size, and on webgpu.
   */
  readonly quantized?: QuantizedWeights
  /** Whole execution only; blocks always take weights as inputs. Default `initializers`. */
  readonly weightBinding?: WeightBinding
  /**
   * Blocks only: most bytes of weights and low-rank tensors held at any time; what is beyond is streamed from the store
   * at
   * every step. Activations come on top. Default: no limit.
   */
  readonly memoryBudget?: number
  /**
   * Blocks only: weights come with a run and leave with it, to make room for what comes before and after. Default
   * false.
   */
  readonly sequential?: boolean
  /**
   * Linears that get a low-rank branch from the start; default the paper's. An adapter of others rebuilds the sessions
   * once.
   */
  readonly adapted?: readonly string[]
}

/** What {@link TransformerDenoiser.predict} runs the bare network on. */
interface PredictInput extends TextCondition {
  /** [N, C] */
  readonly latents: Tensor
  readonly source: Tensor
  readonly grid: Grid
  /** in [0, 1] */
  readonly timestep: number
  readonly guidance?: number
}

interface OpenNetwork {
  readonly network: Network
  readonly slots: LowRankSlots
  readonly adapted: ReadonlySet<string>
}

/** A FLUX-architecture transformer with its sampler step, on any provider. */
export class TransformerDenoiser implements Denoiser {
  private constructor(
    private readonly runtime: Runtime,
    private readonly store: WeightStore,
    private readonly config: TransformerConfig,
    private readonly options: DenoiserOptions,
    readonly precision: PrecisionVerdict,
    private current: OpenNetwork,
  ) {}

  /**
   * Checks the weights against the config, opens the sessions and, unless `sequential`, brings the weights to where the
   * provider works.
   * @param store read again for what is streamed, and if an adapter of further linears comes
   * @throws MissingWeight, ShapeMismatch, UnsupportedDType, BadModel, BadRequest for too small a budget, OutOfMemory,
   *   RuntimeFailed
   */
  static async create(
    runtime: Runtime,
    store: WeightStore,
    config: TransformerConfig,
    options: DenoiserOptions,
  ): Promise<TransformerDenoiser> {
    checkWeights(store, config)
    const adapted = new Set(options.adapted ?? editLoraTargets(config))
    const precision = await choosePrecision(runtime, options)
    const opened = await openNetwork(runtime, store, config, options, precision, adapted)
    try {
      if (options.sequential !== true) await opened.network.fill()
    } catch (error) {
      await closeNetwork(opened)
      throw error
    }
    return new TransformerDenoiser(runtime, store, config, options, precision, opened)
  }

  async setAdapters(list: readonly { readonly adapter: Adapter; readonly strength: number }[]): Promise<void> {
    const combined = combineAdapters(list)
    const further = [...combined.layers.keys()].filter((linear) => !this.current.adapted.has(linear))
    if (further.length > 0) {
      // Closed first: two copies of a large network would not fit.
      await closeNetwork(this.current)
      this.current = await openNetwork(
        this.runtime,
        this.store,
        this.config,
        this.options,
        this.precision,
        new Set([...this.current.adapted, ...further]),
      )
    }
    const { network, slots } = this.current
    // Room first, so that the budget holds at every moment.
    await network.reserve(slots.bytesWith(combined))
    slots.write(combined)
  }

  async start(input: DenoiseInput): Promise<Sampler> {
    checkPicture(input.source, input.grid, this.config)
    checkPicture(input.noise, input.grid, this.config)
    if (input.region) checkPicture(input.region, input.grid, this.config)
    const { network } = this.current
    const run = await this.runtime.allocating(
      'denoise a picture of this size',
      () =>
        new EulerSampler(
          this.runtime,
          network,
          this.config,
          input,
          this.options.sequential === true ? () => network.empty() : undefined,
        ),
    )
    try {
      await network.fill()
      return run
    } catch (error) {
      await run.dispose()
      throw error
    }
  }

  /** One forward pass: what the bare network predicts for the noisy tokens [N, C] that it is shown. */
  async predict(input: PredictInput): Promise<Tensor> {
    const { latents, source, grid, timestep, guidance } = input
    checkPicture(latents, grid, this.config)
    checkPicture(source, grid, this.config)
    const sequence = new BoundSequence(this.runtime, this.current.network, this.config, input, grid)
    const prediction = this.runtime.allocate(latents.dims, 'prediction')
    try {
      await sequence.run(
        { ...conditionEmbeddings(this.config, timestep, guidance), ...idleStep(latents.dims), latents, source },
        { prediction },
      )
      return tensor(latents.dims, await prediction.read())
    } finally {
      sequence.dispose()
      prediction.dispose()
    }
  }

  async dispose(): Promise<void> {
    await closeNetwork(this.current)
  }
}

function choosePrecision(
  runtime: Runtime,
  { precision = 'auto', execution }: DenoiserOptions,
): Promise<PrecisionVerdict> | PrecisionVerdict {
  if (precision !== 'auto')
    return { precision, reason: `The model computes in ${precision === 'f16' ? '16' : '32'}-bit floats, as asked for.` }
  return execution === 'blocks'
    ? selfTestPrecision(runtime)
    : { precision: 'f32', reason: 'A model of this size computes in 32-bit floats.' }
}

function openNetwork(
  runtime: Runtime,
  store: WeightStore,
  config: TransformerConfig,
  options: DenoiserOptions,
  { precision }: PrecisionVerdict,
  adapted: ReadonlySet<string>,
): Promise<OpenNetwork> {
  return runtime.allocating('open the transformer', async () => {
    const { attention = 'auto', execution, memoryBudget = Number.POSITIVE_INFINITY } = options
    const { quantized = execution === 'blocks' || runtime.provider === 'webgpu' ? 'keep' : 'dequantize' } = options
    const linears = linearShapes(config)
    const layout: NetworkLayout = {
      config,
      linears,
      adapted,
      attention: attention === 'auto' ? (await selfTestAttention(runtime)).attention : attention,
      precision,
      format: (linear) => linearFormat(store, linear, quantized),
    }
    const slots = new LowRankSlots(runtime, linears, adapted, (linear) => computeType(layout, linear))
    const network =
      execution === 'whole'
        ? await openWhole(runtime, store, layout, slots, options.weightBinding ?? 'initializers')
        : await openBlocks(runtime, store, layout, slots, memoryBudget)
    await network.reserve(slots.bytesWith(adapterOf(new Map())))
    return { network, slots, adapted }
  })
}

async function closeNetwork({ network, slots }: OpenNetwork): Promise<void> {
  await network.dispose()
  slots.dispose()
}

/** @throws ShapeMismatch unless the latents are [rows * columns, in_channels] */
function checkPicture({ dims }: Tensor, { rows, columns }: Grid, { in_channels: channels }: TransformerConfig): void {
  if (dims.length === 2 && dims[0] === rows * columns && dims[1] === channels) return
  throw new PhotodoodleError(
    'ShapeMismatch',
    `Packed latents are [${dims.join(', ')}]; a grid of ${rows} x ${columns} needs [${rows * columns}, ${channels}].`,
    'This is a defect; please report it.',
  )
}
