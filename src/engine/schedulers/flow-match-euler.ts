import { PhotodoodleError } from '../core/errors'

/** Rectified flow with a resolution-dependent shift, as FLUX.1 samples. Field names are diffusers'. */
export interface SchedulerConfig {
  /** mu at `base_image_seq_len` tokens. */
  readonly base_shift: number
  /** mu at `max_image_seq_len` tokens. */
  readonly max_shift: number
  readonly base_image_seq_len: number
  readonly max_image_seq_len: number
  /** Whether every step but the last adds fresh noise; see models/transformer/step.ts. */
  readonly stochastic_sampling: boolean
}

/** FLUX.1-dev's values. */
export const FLUX_SCHEDULER: SchedulerConfig = {
  base_shift: 0.5,
  max_shift: 1.15,
  base_image_seq_len: 256,
  max_image_seq_len: 4096,
  stochastic_sampling: false,
}

/**
 * @param source a manifest's `scheduler`; absent entries take FLUX.1-dev's values
 * @throws BadModel naming the entry that is wrong
 */
export function parseScheduler(source: unknown): SchedulerConfig {
  if (typeof source !== 'object' || source === null) throw badScheduler('is not an object')
  const json = source as Record<string, unknown>
  const read = (name: Exclude<keyof SchedulerConfig, 'stochastic_sampling'>): number => {
    const value = json[name] ?? FLUX_SCHEDULER[name]
    if (typeof value !== 'number' || !Number.isFinite(value)) throw badScheduler(`needs a number "${name}"`)
    return value
  }
  const stochastic = json['stochastic_sampling'] ?? FLUX_SCHEDULER.stochastic_sampling
  if (typeof stochastic !== 'boolean') throw badScheduler('needs true or false as "stochastic_sampling"')
  const config = {
    base_shift: read('base_shift'),
    max_shift: read('max_shift'),
    base_image_seq_len: read('base_image_seq_len'),
    max_image_seq_len: read('max_image_seq_len'),
    stochastic_sampling: stochastic,
  }
  if (config.max_image_seq_len <= config.base_image_seq_len)
    throw badScheduler('needs max_image_seq_len above base_image_seq_len')
  return config
}

const badScheduler = (what: string): PhotodoodleError =>
  new PhotodoodleError(
    'BadModel',
    `The model's scheduler ${what}.`,
    'Download the model again, or correct its model.json.',
  )

/**
 * Linear in the sequence length and extrapolated beyond its two fixed points without a clamp.
 * @param imageSeqLen image tokens, noisy and source ones together (2N)
 */
export function shiftMu(imageSeqLen: number, config: SchedulerConfig): number {
  const slope = (config.max_shift - config.base_shift) / (config.max_image_seq_len - config.base_image_seq_len)
  return config.base_shift + slope * (imageSeqLen - config.base_image_seq_len)
}

/**
 * Noise levels of an Euler run: x <- x + (sigmas[i + 1] - sigmas[i]) * velocity for i in 0..steps - 1.
 * Source: diffusers FlowMatchEulerDiscreteScheduler with FluxPipeline's sigmas = linspace(1, 1/steps, steps).
 * @param steps 1 or more
 * @param imageSeqLen image tokens, noisy and source ones together (2N)
 * @param start where to begin before the shift, in (0, 1]: SDEdit's `strength` in diffusers. All steps are taken from
 *   there, so
 *   that it acts evenly; diffusers leaves out the first ones instead.
 * @returns [steps + 1], from 1 (lower for a lower start) down to exactly 0
 * @throws BadRequest
 */
export function flowMatchSigmas(steps: number, imageSeqLen: number, config: SchedulerConfig, start = 1): number[] {
  if (!(start > 0 && start <= 1))
    throw new PhotodoodleError('BadRequest', `A run cannot begin at ${start}.`, 'Use a number above 0 and at most 1.')
  if (!Number.isInteger(steps) || steps < 1 || steps > 1000)
    throw new PhotodoodleError('BadRequest', `${steps} steps cannot be taken.`, 'Give a whole number from 1 to 1000.')
  const shift = Math.exp(shiftMu(imageSeqLen, config))
  const sigmas = Array.from({ length: steps }, (_, i) => {
    const linear = start * (1 - i / steps)
    // The brackets keep the first at exactly 1 whatever the shift's last bit, which differs between engines' Math.exp.
    return shift / (shift + (1 / linear - 1))
  })
  return [...sigmas, 0]
}
