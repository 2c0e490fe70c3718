import type { Tensor } from '../../core/tensor'
import { tensor } from '../../core/tensor'
import type { GraphBuilder, Value } from '../../onnx/graph-builder'

/**
 * One Euler step of rectified flow, x_sigma = (1 - sigma) target + sigma noise, with velocity v = noise - target.
 *
 * The network predicts v, so the next latents and the predicted clean latents are linear in (x, v):
 *   clean = x - sigma v
 *   next  = x + (sigma_next - sigma) v                              the deterministic step
 *   next  = (1 - sigma_next) clean + sigma_next fresh               stochastic sampling: fresh noise at every step
 * so a step is five coefficients, computed in float64 before the loop. Stochastic sampling is diffusers'
 * `stochastic_sampling`.
 */

/**
 * Values in {@link stepCoefficients}: CFG's two weights, then (x, prediction, fresh) for next, (x, prediction) for
 * clean.
 */
const COEFFICIENTS = 7

/** Preview values of one token: 2 x 2 pixels of RGB. */
export const PREVIEW_VALUES = 12

/**
 * @param sigma in (0, 1]
 * @param sigmaNext in [0, sigma)
 * @param cfgScale classifier-free guidance: other + cfgScale (prediction - other); 1 = off
 * @param stochastic whether the step takes fresh noise
 * @returns [7]
 */
export function stepCoefficients(sigma: number, sigmaNext: number, cfgScale: number, stochastic: boolean): Tensor {
  const dt = sigmaNext - sigma
  const clean = [1, -sigma]
  const next = stochastic ? [...clean.map((weight) => (1 - sigmaNext) * weight), sigmaNext] : [1, dt, 0]
  return tensor([COEFFICIENTS], Float32Array.of(cfgScale, 1 - cfgScale, ...next, ...clean))
}

interface StepValues {
  /** x_sigma [N, C] */
  readonly latents: Value
  /** [N, C] */
  readonly prediction: Value
}

/**
 * Writes the step with its inputs `other`, `fresh` (noise [N, C]; zeros unless sampling is stochastic), `coefficients`,
 * `preview_weight`, `preview_bias` and its outputs `next` and `preview`.
 */
export function writeStep(g: GraphBuilder, channels: number, { latents, prediction }: StepValues): void {
  const other = g.input('other', ['N', channels])
  const [cfg, rest, ...linear] = g.split(
    g.input('coefficients', [COEFFICIENTS]),
    new Array<number>(COEFFICIENTS).fill(1),
    0,
  ) as [Value, Value, ...Value[]]
  const mix = (terms: readonly (readonly [Value, Value])[]): Value =>
    terms.map(([weight, x]) => g.node('Mul', [x, weight])).reduce((sum, term) => g.node('Add', [sum, term]))
  const guided = mix([
    [cfg, prediction],
    [rest, other],
  ])
  const combine = (weights: readonly Value[], values: readonly Value[]): Value =>
    mix(values.map((x, i) => [weights[i]!, x] as const))
  const terms = [latents, guided]
  g.output('next', combine(linear.slice(0, 3), [...terms, g.input('fresh', ['N', channels])]), ['N', channels])
  const clean = combine(linear.slice(3), terms)
  g.output(
    'preview',
    g.node('Gemm', [
      clean,
      g.input('preview_weight', [channels, PREVIEW_VALUES]),
      g.input('preview_bias', [PREVIEW_VALUES]),
    ]),
    ['N', PREVIEW_VALUES],
  )
}

/**
 * A latent-to-RGB map [16, 3] on packed tokens (channel-major 2 x 2) as one matrix [64, 12]: value 3 (2 dy + dx) +
 * colour.
 * @param weight [channels / 4, 3]; @param bias [3]
 */
export function previewMatrix(weight: Tensor, bias: Tensor): { readonly weight: Tensor; readonly bias: Tensor } {
  const latentChannels = weight.data.length / 3
  const packed = tensor([4 * latentChannels, PREVIEW_VALUES])
  for (let channel = 0; channel < latentChannels; channel++) {
    for (let pixel = 0; pixel < 4; pixel++) {
      for (let colour = 0; colour < 3; colour++)
        packed.data[(4 * channel + pixel) * PREVIEW_VALUES + 3 * pixel + colour] = weight.data[3 * channel + colour]!
    }
  }
  return {
    weight: packed,
    bias: tensor(
      [PREVIEW_VALUES],
      Float32Array.from({ length: PREVIEW_VALUES }, (_, i) => bias.data[i % 3]!),
    ),
  }
}
