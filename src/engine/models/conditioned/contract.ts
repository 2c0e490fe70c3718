import type { Tensor } from '../../core/tensor'
import type { PositionIds } from '../transformer/position-ids'

/** A text as a text encoder gives it. */
export interface TextStates {
  /** Token states [L, context_in_dim], unpadded. */
  readonly txt: Tensor
  /** Their summary [vec_in_dim]. */
  readonly pooled: Tensor
}

/** What B pictures that are made side by side hang on. Their grids are equal; their texts may differ in length. */
export interface Condition {
  /** B of them. */
  readonly texts: readonly TextStates[]
  /** Photo tokens [B, M, src_channels]. */
  readonly src: Tensor
  readonly srcIds: PositionIds
  /** Position ids of the N noisy tokens. */
  readonly noisyIds: PositionIds
  /**
   * Where tokens lie: of the photo's [B, M, place_channels] and the noisy ones [B, N, place_channels]; for networks
   * that are told.
   */
  readonly places?: { readonly src: Tensor; readonly noisy: Tensor }
}

/** A condition with its keys and values computed, kept where the provider works until it is disposed. */
export interface PreparedCondition {
  /**
   * The keys that text tokens offer to pointers [B, L, pointer_dim], L the longest text's; undefined where the network
   * has none.
   */
  readonly pointers: Tensor | undefined
  /**
   * One network call.
   * @param latents noisy tokens [B, N, in_channels]
   * @param sigma their noise level in (0, 1]
   * @returns prediction [B, N, out_channels]
   * @throws BadRequest when styles were changed since, ShapeMismatch
   */
  step(latents: Tensor, sigma: number): Promise<Tensor>
  dispose(): void
}

/** A network whose condition is computed once: what samplers need of runtime/ConditionedNetwork. */
export interface Conditioned {
  prepare(condition: Condition): Promise<PreparedCondition>
}
