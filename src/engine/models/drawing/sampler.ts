import { gaussian } from '../../core/random'
import { tensor, type Tensor } from '../../core/tensor'
import { shiftedSigmas } from '../../schedulers/shifted-sigmas'
import type { Condition, Conditioned } from '../conditioned/contract'

export interface SampleOptions {
  /** Network calls, 1 or more. */
  readonly steps: number
  readonly shift: number
  /** Classifier-free guidance; 1: none. Needs a `negative` condition. */
  readonly cfgScale?: number
  /** Guidance only acts while sigma is above this; default 0. */
  readonly cfgAboveSigma?: number
  /** Before each call: how many are done, of how many. What it throws ends the drawing. */
  readonly onCall?: (done: number, total: number) => void | Promise<void>
}

/** Standard normal noise of a batch: `noise(0)` to begin with, `noise(i)` fresh after call i; each [B * N * C]. */
export type NoiseOf = (call: number) => Float32Array

/** Noise of every element from its own seed, so that one looks the same whatever is drawn beside it. @param values N * C of one element */
export function seededNoise(seeds: readonly number[], values: number, steps: number): NoiseOf {
  const all = seeds.map((seed) => gaussian(seed, values * steps))
  return (call) => {
    const noise = new Float32Array(seeds.length * values)
    all.forEach((own, i) => noise.set(own.subarray(call * values, (call + 1) * values), i * values))
    return noise
  }
}

/**
 * Draws clean layers from noise. The network predicts the clean layer, x0; a call goes from sigma to sigma' by
 * x = (1 - sigma') x0 + sigma' fresh noise, and the last one's x0 is the result.
 * @param negative the same elements told nothing, for guidance: x0 = negative + cfgScale (positive - negative)
 * @param dims [B, N, C]
 */
export async function sampleLayers(network: Conditioned, conditions: { readonly positive: Condition; readonly negative?: Condition }, noise: NoiseOf, dims: readonly number[], options: SampleOptions): Promise<Tensor> {
  const { steps, shift, cfgScale = 1, cfgAboveSigma = 0, onCall } = options
  const sigmas = shiftedSigmas(steps, shift)
  const guided = (sigma: number): boolean => conditions.negative !== undefined && cfgScale !== 1 && sigma > cfgAboveSigma
  const positive = await network.prepare(conditions.positive)
  const negative = guided(1) ? await network.prepare(conditions.negative!).catch((error: unknown) => { positive.dispose(); throw error }) : undefined
  try {
    let x = tensor(dims, noise(0))
    for (let call = 0; call < steps; call++) {
      await onCall?.(call, steps)
      const sigma = sigmas[call]!
      const next = sigmas[call + 1]!
      const clean = await positive.step(x, sigma)
      if (negative !== undefined && guided(sigma)) {
        const other = await negative.step(x, sigma)
        mix(clean.data, other.data, cfgScale, 1 - cfgScale)
      }
      if (next > 0) mix(clean.data, noise(call + 1), 1 - next, next)
      x = clean
    }
    return x
  } finally {
    positive.dispose()
    negative?.dispose()
  }
}

/** target = a target + b other */
function mix(target: Float32Array, other: Float32Array, a: number, b: number): void {
  for (let i = 0; i < target.length; i++) target[i] = a * target[i]! + b * other[i]!
}
