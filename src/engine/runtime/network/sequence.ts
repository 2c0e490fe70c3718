import { PhotodoodleError } from '../../core/errors'
import { sizeOf, tensor } from '../../core/tensor'
import type { Tensor } from '../../core/tensor'
import type { TransformerConfig } from '../../models/transformer/config'
import { sequenceIds } from '../../models/transformer/position-ids'
import type { Grid } from '../../models/transformer/position-ids'
import { ropeTables } from '../../models/transformer/rope'
import { PREVIEW_VALUES, stepCoefficients } from '../../models/transformer/step'
import { timestepEmbedding } from '../../models/transformer/timestep-embedding'
import type { BoundTensor } from '../ort/bound-tensor'
import type { Network, PreparedNetwork, Targets } from './network'
import type { Feeds, Runtime } from '../runtime'
import type { SharedAttention } from './shared-attention'

/** What a text encoder makes of an instruction. */
export interface TextCondition {
  /** token states [L, context_in_dim] */
  readonly txt: Tensor
  /** [vec_in_dim] */
  readonly pooled: Tensor
}

/** Everything about one text and one grid that stays the same from step to step, where the provider works. */
export class BoundSequence {
  private readonly bound: Readonly<Record<string, BoundTensor>>
  private readonly feeds: Feeds
  private readonly prepared: PreparedNetwork

  /** @throws ShapeMismatch when the text states do not fit the network */
  constructor(
    runtime: Runtime,
    network: Network,
    config: TransformerConfig,
    { txt, pooled }: TextCondition,
    grid: Grid,
  ) {
    const length = txt.dims[0] ?? 0
    const noisy = grid.rows * grid.columns
    if (
      txt.dims.length !== 2 ||
      length === 0 ||
      txt.dims[1] !== config.context_in_dim ||
      pooled.data.length !== config.vec_in_dim
    ) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `Text states [${txt.dims.join(', ')}] and pooled [${pooled.dims.join(', ')}] do not ` +
          `fit a network that takes [L, ${config.context_in_dim}] and [${config.vec_in_dim}].`,
        'Use the text encoder that this model was trained with.',
      )
    }
    const { cos, sin } = ropeTables(sequenceIds(length, grid), config)
    this.prepared = network.prepare({ text: length, noisy })
    this.bound = {
      txt: runtime.upload(txt, 'txt'),
      pooled: runtime.upload(tensor([1, config.vec_in_dim], pooled.data), 'pooled'),
      cos: runtime.upload(cos, 'cos'),
      sin: runtime.upload(sin, 'sin'),
    }
    // Slice bounds stay in host memory, where onnxruntime reads them.
    const bound = (value: number): Feeds[string] => ({ dims: [1], data: BigInt64Array.of(BigInt(value)) })
    this.feeds = { ...this.bound, txt_end: bound(length), noisy_end: bound(length + noisy) }
  }

  /** One forward pass with what changes from step to step. */
  run(feeds: Feeds, targets: Targets, attention?: SharedAttention): Promise<void> {
    return this.prepared.run({ ...this.feeds, ...feeds }, targets, attention)
  }

  dispose(): void {
    this.prepared.dispose()
    for (const bound of Object.values(this.bound)) bound.dispose()
  }
}

/**
 * @param timestep in [0, 1]
 * @throws BadRequest when the network embeds guidance and none is given
 */
export function conditionEmbeddings(
  config: TransformerConfig,
  timestep: number,
  guidance?: number,
): Readonly<Record<string, Tensor>> {
  return { time_embedding: timestepEmbedding(timestep), ...guidanceEmbedding(config, guidance) }
}

/** @throws BadRequest when the network embeds guidance and none is given */
export function guidanceEmbedding(config: TransformerConfig, guidance?: number): Readonly<Record<string, Tensor>> {
  if (!config.guidance_embed) return {}
  if (guidance === undefined)
    throw new PhotodoodleError(
      'BadRequest',
      'This model needs a guidance value.',
      'Give one; FLUX.1-dev uses 2.5 to 4.',
    )
  return { guidance_embedding: timestepEmbedding(guidance) }
}

/** Feeds of the step part for runs whose step is not wanted. @param dims of the latents [N, C] */
export function idleStep(dims: readonly number[]): Readonly<Record<string, Tensor>> {
  const channels = dims.at(-1) ?? 0
  return {
    other: tensor(dims, new Float32Array(sizeOf(dims))),
    fresh: tensor(dims, new Float32Array(sizeOf(dims))),
    coefficients: stepCoefficients(1, 0, 1, false),
    preview_weight: tensor([channels, PREVIEW_VALUES]),
    preview_bias: tensor([PREVIEW_VALUES]),
  }
}
