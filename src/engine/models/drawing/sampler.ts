import { gaussian } from '../../core/random'
import { tensor, type Tensor } from '../../core/tensor'
import { shiftedSigmas } from '../../schedulers/shifted-sigmas'
import type { Condition, Conditioned, PreparedCondition } from '../conditioned/contract'

interface SampleOptions {
  /** Network calls, 1 or more. */
  readonly steps: number
  readonly shift: number
  /**
   * Classifier-free guidance while sigma is above the bound: x0 = negative + scale (positive - negative), where
   * `negative` is the same
   * elements told nothing. Twice the cost of those calls.
   */
  readonly guidance?: { readonly scale: number; readonly aboveSigma: number; readonly negative: Condition }
}

/** Standard normal noise of a batch: `noise(0)` to begin with, `noise(i)` fresh after call i; each [B * N * C]. */
type NoiseOf = (call: number) => Float32Array

/** Seeds of elements lie this far apart, so that neither neighbouring seeds nor second tries of one meet. */
const APART = 2 ** 36

/** Noise of every element from a seed of its own. @param values N * C of one element */
export function seededNoise(seed: number, elements: readonly number[], values: number, steps: number): NoiseOf {
  const all = elements.map((element) => gaussian((seed + element * APART) % 2 ** 53, values * steps))
  return (call) => {
    const noise = new Float32Array(all.length * values)
    all.forEach((own, i) => noise.set(own.subarray(call * values, (call + 1) * values), i * values))
    return noise
  }
}

/**
 * Clean layers in the making, a batch of one grid. The network predicts the clean layer, x0; a call goes from sigma to
 * sigma' by
 * x = (1 - sigma') x0 + sigma' fresh noise, and the last one's x0 is the result.
 */
export class LayerSampler {
  private calls = 0

  private constructor(
    private readonly sigmas: readonly number[],
    private readonly noise: NoiseOf,
    private readonly guidance: SampleOptions['guidance'],
    private readonly positive: PreparedCondition,
    private readonly negative: PreparedCondition | undefined,
    /** [B, N, C]; after the last call, the result. */
    public latents: Tensor,
  ) {}

  /** @param dims [B, N, C]; @throws every error of preparing */
  static async start(
    network: Conditioned,
    condition: Condition,
    noise: NoiseOf,
    dims: readonly number[],
    { steps, shift, guidance }: SampleOptions,
  ): Promise<LayerSampler> {
    const sigmas = shiftedSigmas(steps, shift)
    const latents = tensor(dims, noise(0))
    const positive = await network.prepare(condition)
    try {
      const negative = guidance && guidance.scale !== 1 ? await network.prepare(guidance.negative) : undefined
      return new LayerSampler(sigmas, noise, guidance, positive, negative, latents)
    } catch (error) {
      positive.dispose()
      throw error
    }
  }

  async call(): Promise<void> {
    const [sigma, next] = [this.sigmas[this.calls]!, this.sigmas[this.calls + 1]!]
    const { guidance, negative } = this
    const clean = await this.positive.step(this.latents, sigma)
    if (guidance && negative && sigma > guidance.aboveSigma) {
      const other = await negative.step(this.latents, sigma)
      mix(clean.data, other.data, guidance.scale, 1 - guidance.scale)
    }
    this.calls++
    if (next > 0) mix(clean.data, this.noise(this.calls), 1 - next, next)
    this.latents = clean
  }

  dispose(): void {
    this.positive.dispose()
    this.negative?.dispose()
  }
}

/** target = a target + b other */
function mix(target: Float32Array, other: Float32Array, a: number, b: number): void {
  for (let i = 0; i < target.length; i++) target[i] = a * target[i]! + b * other[i]!
}
