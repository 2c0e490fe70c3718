import { tensor, type Tensor } from '../../core/tensor'
import { resizeRegion, type RegionMask } from '../../image/region'
import { rgbaImage, type RgbaImage } from '../../image/rgba-image'
import { packLatents } from '../../models/vae/latents'
import { flowMatchSigmas } from '../../schedulers/flow-match-euler'
import type { Edit, OnStep } from '../edit'
import type { VelocityModelDescription } from '../model-description'
import { gaussians } from '../noise'
import type { LoadedVelocity } from './parts'
import type { PreparedSource } from './prepare'

/** Noise level down to which a word swap keeps the former attention. */
const LAYOUT_ABOVE_SIGMA = 0.4

/**
 * Noise to packed target latents [N, C] in Euler steps; the source tokens stay clean and share the noisy ones' position
 * ids.
 */
export async function denoise(
  { settings: { seed, steps, cfgScale, keepPhoto }, region, onLatents, from: brokenOff }: Edit,
  prepared: PreparedSource,
  { model, parts: { denoiser, scheduler } }: LoadedVelocity,
  onStep: OnStep,
): Promise<Tensor> {
  const { text, former, negative, size, source: sourceLatents } = prepared
  const { guidance, cfgAboveSigma } = model.defaults
  const source = packLatents(sourceLatents)
  // Both halves of the image sequence count: the noisy tokens and the source's.
  const sigmas = flowMatchSigmas(steps, 2 * size.rows * size.columns, scheduler, 1 - keepPhoto)
  const [noise, ...freshNoise] = gaussians(seed, source.dims, scheduler.stochastic_sampling ? steps : 1)
  // The former instruction's run would have to go on as well.
  const from = former === undefined ? brokenOff : undefined
  const run = await denoiser.start({
    txt: text.txt,
    pooled: text.pooled,
    ...(guidance === undefined ? {} : { guidance }),
    ...(negative === undefined ? {} : { negative, cfgScale, cfgAboveSigma }),
    source,
    noise,
    ...(scheduler.stochastic_sampling ? { freshNoise } : {}),
    grid: { rows: size.rows, columns: size.columns },
    sigmas,
    ...(region === undefined ? {} : { region: regionLatents(region, sourceLatents.dims) }),
    ...(former === undefined ? {} : { layoutOf: { instruction: former, aboveSigma: LAYOUT_ABOVE_SIGMA } }),
    ...(from === undefined ? {} : { from }),
    previewMap: previewMap(model),
  })
  try {
    for (let taken = from?.step ?? 0; taken < run.steps; taken++) {
      const { step, preview } = await run.step()
      if (onLatents) await onLatents(await run.latents(), step)
      await onStep(step, preview && opaque(preview))
    }
    return await run.latents()
  } finally {
    // Its buffers, and the weights that come with it, are gone when the result is decoded.
    await run.dispose()
  }
}

/** The region's coverage of each latent, 0..1, packed like latents of these dims [C, h, w]. */
function regionLatents(region: RegionMask, dims: readonly number[]): Tensor {
  const [channels, height, width] = dims as [number, number, number]
  const plane = resizeRegion(region, width, height).map((value) => value / 255)
  const all = tensor(dims)
  for (let c = 0; c < channels; c++) all.data.set(plane, c * plane.length)
  return packLatents(all)
}

function previewMap({ latentRgb: { weight, bias } }: VelocityModelDescription): { weight: Tensor; bias: Tensor } {
  return {
    weight: tensor([weight.length, 3], Float32Array.from(weight.flat())),
    bias: tensor([3], Float32Array.from(bias)),
  }
}

function opaque({ width, height, rgb }: { width: number; height: number; rgb: Uint8ClampedArray }): RgbaImage {
  const image = rgbaImage(width, height)
  image.data.fill(255)
  for (let i = 0; i < width * height; i++) image.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
  return image
}
