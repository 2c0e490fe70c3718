import type { Tensor } from '../../core/tensor'
import type { Adapter } from '../../lora/adapter'
import type { Grid } from '../../models/transformer/position-ids'
import type { PrecisionVerdict } from '../network/precision-selftest'
import type { TextCondition } from '../network/sequence'

export interface DenoiseInput extends TextCondition {
  /** Packed clean latents of the photo [N, C]. */
  readonly source: Tensor
  /** Packed standard normal noise [N, C]. */
  readonly noise: Tensor
  /**
   * Fresh standard normal noise [N, C] for each step but the last: sampling is stochastic. Absent: deterministic Euler
   * steps.
   */
  readonly freshNoise?: readonly Tensor[]
  /** rows x columns = N */
  readonly grid: Grid
  /**
   * [steps + 1], strictly falling, from at most 1 to at least 0. Below 1 the run begins at the source under that much
   * noise (SDEdit).
   */
  readonly sigmas: readonly number[]
  /** Distilled guidance value, for networks that embed it. */
  readonly guidance?: number
  /** The empty instruction, for classifier-free guidance. */
  readonly negative?: TextCondition
  /** 1 or absent = no classifier-free guidance. */
  readonly cfgScale?: number
  /** Classifier-free guidance only acts while sigma is above this; 0 when absent. */
  readonly cfgAboveSigma?: number
  /** Weights [N, C] in 0..1: where 0, the latents are held to the source at every step. Absent: 1 everywhere. */
  readonly region?: Tensor
  /**
   * Prompt-to-Prompt: while sigma is above the bound, a former instruction's run from the same noise goes alongside,
   * and image tokens
   * attend with its queries and keys, so that the picture keeps its layout. Doubles the cost of those steps.
   */
  readonly layoutOf?: { readonly instruction: TextCondition; readonly aboveSigma: number }
  /** Goes on from the latents [N, C] after this many steps of the same run. Not together with `layoutOf`. */
  readonly from?: Checkpoint
  /** Linear map from latents to RGB in [0, 1]: weight [C / 4, 3], bias [3]. Without it steps give no preview. */
  readonly previewMap?: { readonly weight: Tensor; readonly bias: Tensor }
}

/** Where a run stands after a step: all that is needed to go on, beside its input. */
export interface Checkpoint {
  /** Steps taken, from 1. */
  readonly step: number
  /** [N, C] */
  readonly latents: Tensor
}

export interface StepResult {
  /** Steps done so far. */
  readonly step: number
  /** Noise level reached. */
  readonly sigma: number
  /** The predicted clean picture at 1/8 size. */
  readonly preview?: { readonly width: number; readonly height: number; readonly rgb: Uint8ClampedArray }
}

/** One picture in the making. */
export interface Sampler {
  readonly steps: number
  /** @throws BadRequest when all steps are done */
  step(): Promise<StepResult>
  /** The current latents [N, C]; after the last step, the result. */
  latents(): Promise<Tensor>
  dispose(): Promise<void>
}

export interface Denoiser {
  /** What blocks compute in, and why. */
  readonly precision: PrecisionVerdict
  /** Replaces the active adapters; an empty list gives the bare network. Takes effect at the next step. */
  setAdapters(list: readonly { readonly adapter: Adapter; readonly strength: number }[]): Promise<void>
  start(input: DenoiseInput): Promise<Sampler>
  dispose(): Promise<void>
}
