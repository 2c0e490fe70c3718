import { PhotodoodleError } from '../../core/errors'
import { tensor } from '../../core/tensor'
import type { Tensor } from '../../core/tensor'
import type { TransformerConfig } from '../../models/transformer/config'
import type { Grid } from '../../models/transformer/position-ids'
import { previewMatrix, PREVIEW_VALUES, stepCoefficients } from '../../models/transformer/step'
import { timestepEmbedding } from '../../models/transformer/timestep-embedding'
import type { BoundTensor } from '../ort/bound-tensor'
import type { Checkpoint, DenoiseInput, Sampler, StepResult } from './contract'
import type { Network } from '../network/network'
import type { Runtime } from '../runtime'
import { allocateAttention, type SharedAttention } from '../network/shared-attention'
import { BoundSequence, guidanceEmbedding, idleStep } from '../network/sequence'

interface PlannedStep {
  readonly sigma: number
  readonly sigmaNext: number
  readonly guided: boolean
  readonly time: BoundTensor
  readonly coefficients: BoundTensor
}

/**
 * The sampler: Euler steps over one picture. All that depends on sigma is computed and uploaded before the first step;
 * a step only
 * runs sessions between tensors that exist already, and reads nothing back but the preview. Its order is {@link
 * EulerSampler.step}:
 *
 *   fresh noise (stochastic sampling) -> former instruction's step, whose attention is kept (word swap)
 *   -> prediction without words (guidance) -> prediction and Euler step -> the source outside the region -> preview
 */
export class EulerSampler implements Sampler {
  private done = 0
  private readonly owned: BoundTensor[] = []
  private readonly sequence: BoundSequence
  private readonly negative: BoundSequence | undefined
  private readonly plan: readonly PlannedStep[]
  private readonly constants: Readonly<Record<string, BoundTensor>>
  /** Zeros: what classifier-free guidance mixes in while it is off, and deterministic steps as noise. */
  private readonly nothing: BoundTensor
  /** Rewritten before each step of stochastic sampling. */
  private readonly fresh: BoundTensor
  private readonly other: BoundTensor
  private readonly preview: BoundTensor
  private current: BoundTensor
  private free: BoundTensor
  /** The former instruction's run, whose attention this one takes over. */
  private readonly former: EulerSampler | undefined

  /**
   * @param leave called when the run is disposed of
   * @param attention used at every step
   * @throws BadRequest, ShapeMismatch, OutOfMemory
   */
  constructor(
    private readonly runtime: Runtime,
    network: Network,
    config: TransformerConfig,
    private readonly input: DenoiseInput,
    private readonly leave: () => Promise<void> = () => Promise.resolve(),
    private attention?: SharedAttention,
  ) {
    const { noise, freshNoise, source, sigmas, grid, negative, cfgScale = 1, cfgAboveSigma = 0, previewMap } = input
    const { from } = input
    checkSigmas(sigmas)
    if (from !== undefined) checkCheckpoint(from, input)
    if (freshNoise && freshNoise.length !== sigmas.length - 2)
      throw new PhotodoodleError(
        'BadRequest',
        `${sigmas.length - 1} steps were given fresh noise for ${freshNoise.length}.`,
        'Give it for every step but the last.',
      )
    if (cfgScale !== 1 && !negative)
      throw new PhotodoodleError(
        'BadRequest',
        'Classifier-free guidance needs the empty instruction.',
        'Give its text states, or leave cfg_scale at 1.',
      )
    const keep = (bound: BoundTensor): BoundTensor => {
      this.owned.push(bound)
      return bound
    }
    const upload = (value: Tensor, label: string): BoundTensor => keep(runtime.upload(value, label))
    const guidance = guidanceEmbedding(config, input.guidance)
    this.sequence = new BoundSequence(runtime, network, config, input, grid)
    this.negative = negative && cfgScale !== 1 ? new BoundSequence(runtime, network, config, negative, grid) : undefined

    const map = previewMap ? previewMatrix(previewMap.weight, previewMap.bias) : undefined
    const idle = idleStep(noise.dims)
    this.constants = {
      source: upload(source, 'source'),
      preview_weight: upload(map?.weight ?? idle['preview_weight']!, 'preview weight'),
      preview_bias: upload(map?.bias ?? idle['preview_bias']!, 'preview bias'),
      ...Object.fromEntries(Object.entries(guidance).map(([name, value]) => [name, upload(value, name)])),
    }
    this.plan = sigmas.slice(0, -1).map((sigma, i) => {
      const sigmaNext = sigmas[i + 1]!
      const guided = this.negative !== undefined && sigma > cfgAboveSigma
      return {
        sigma,
        sigmaNext,
        guided,
        time: upload(timestepEmbedding(sigma), 'time embedding'),
        coefficients: upload(
          stepCoefficients(sigma, sigmaNext, guided ? cfgScale : 1, freshNoise !== undefined),
          'step coefficients',
        ),
      }
    })
    this.nothing = keep(runtime.allocate(noise.dims, 'no prediction'))
    this.fresh = freshNoise ? keep(runtime.allocate(noise.dims, 'fresh noise')) : this.nothing
    this.other = keep(runtime.allocate(noise.dims, 'prediction without instruction'))
    this.preview = keep(runtime.allocate([grid.rows * grid.columns, PREVIEW_VALUES], 'preview'))
    this.current = upload(from?.latents ?? tensor(noise.dims, underNoise(source, noise, sigmas[0]!)), 'latents, even')
    this.done = from?.step ?? 0
    this.free = keep(runtime.allocate(noise.dims, 'latents, odd'))

    const { layoutOf, ...same } = input
    if (layoutOf) {
      const store = allocateAttention(runtime, config, grid.rows * grid.columns)
      for (const bound of Object.values(store)) keep(bound)
      this.attention = { mode: 'inject', store }
      this.former = new EulerSampler(runtime, network, config, { ...same, ...layoutOf.instruction }, undefined, {
        mode: 'record',
        store,
      })
    }
  }

  get steps(): number {
    return this.plan.length
  }

  async step(): Promise<StepResult> {
    const step = this.plan[this.done]
    if (!step) throw new PhotodoodleError('BadRequest', `All ${this.steps} steps are done.`, 'Start another run.')
    // The last step ends without noise; what the buffer still holds is multiplied by zero.
    const noise = this.input.freshNoise?.[this.done]
    if (noise) this.fresh.write(noise.data)
    const attention =
      this.former === undefined || step.sigma > (this.input.layoutOf?.aboveSigma ?? 0) ? this.attention : undefined
    if (attention) await this.former?.step()
    const feeds = {
      ...this.constants,
      latents: this.current,
      fresh: this.fresh,
      time_embedding: step.time,
      coefficients: step.coefficients,
    }
    if (step.guided) await this.negative?.run({ ...feeds, other: this.nothing }, { prediction: this.other })
    const hasPreview = this.input.previewMap !== undefined
    await this.sequence.run(
      { ...feeds, other: step.guided ? this.other : this.nothing },
      { next: this.free, ...(hasPreview ? { preview: this.preview } : {}) },
      attention,
    )
    ;[this.current, this.free] = [this.free, this.current]
    this.done++
    if (this.input.region) await this.holdSource(this.input.region, step.sigmaNext, noise ?? this.input.noise)
    // Without a preview nothing else waits for the GPU, and steps would pile up beyond a cancel's reach.
    if (!hasPreview) await this.runtime.settled()
    return {
      step: this.done,
      sigma: step.sigmaNext,
      ...(hasPreview ? { preview: picture(await this.preview.read(), this.input.grid) } : {}),
    }
  }

  /**
   * Blended diffusion (Avrahami, Lischinski and Fried 2022) on latents: outside the region they become the source's at
   * the
   * noise level just reached. With the noise that the step used, so a held latent lies on a straight path of its own.
   */
  private async holdSource(region: Tensor, sigma: number, noise: Tensor): Promise<void> {
    const latents = await this.current.read()
    const held = underNoise(this.input.source, noise, sigma)
    this.current.write(latents.map((value, i) => held[i]! + region.data[i]! * (value - held[i]!)))
  }

  async latents(): Promise<Tensor> {
    return tensor(this.input.noise.dims, await this.current.read())
  }

  async dispose(): Promise<void> {
    await this.former?.dispose()
    await this.runtime.settled()
    this.sequence.dispose()
    this.negative?.dispose()
    for (const bound of this.owned) bound.dispose()
    this.owned.length = 0
    await this.leave()
  }
}

/** x_sigma = (1 - sigma) clean + sigma noise; the noise itself at 1. */
function underNoise({ data }: Tensor, noise: Tensor, sigma: number): Float32Array {
  return noise.data.map((value, i) => (1 - sigma) * data[i]! + sigma * value)
}

/** Token values [N, 12] to pixels, two by two for each token. */
function picture(values: Float32Array, { rows, columns }: Grid): NonNullable<StepResult['preview']> {
  const width = 2 * columns
  const rgb = new Uint8ClampedArray(width * 2 * rows * 3)
  for (let token = 0; token < rows * columns; token++) {
    const top = 2 * Math.floor(token / columns)
    const left = 2 * (token % columns)
    for (let i = 0; i < PREVIEW_VALUES; i++) {
      const pixel = Math.floor(i / 3)
      rgb[((top + (pixel >> 1)) * width + left + (pixel & 1)) * 3 + (i % 3)] = values[token * PREVIEW_VALUES + i]! * 255
    }
  }
  return { width, height: 2 * rows, rgb }
}

function checkCheckpoint({ step, latents: { dims } }: Checkpoint, { noise, sigmas, layoutOf }: DenoiseInput): void {
  const fits = dims.length === noise.dims.length && dims.every((dim, i) => dim === noise.dims[i])
  if (!fits || !(Number.isInteger(step) && step > 0 && step < sigmas.length) || layoutOf !== undefined)
    throw new PhotodoodleError(
      'BadRequest',
      `Step ${step} with latents [${dims.join(', ')}] is not of this run.`,
      'Begin it anew.',
    )
}

function checkSigmas(sigmas: readonly number[]): void {
  const falling = sigmas.every((sigma, i) => (i === 0 ? sigma <= 1 : sigma < sigmas[i - 1]!))
  if (sigmas.length < 2 || !falling || !(sigmas.at(-1)! >= 0)) {
    throw new PhotodoodleError(
      'BadRequest',
      `The noise levels [${sigmas.join(', ')}] do not fall from at most 1 to at least 0.`,
      'Make them with the scheduler.',
    )
  }
}
