/**
 * A second, closer look at a doodle, for photos much larger than what the model sees (the idea of SDEdit, Meng et al. 2022, in
 * overlapping crops as MultiDiffusion joins them):
 *
 *   doodle over the enlarged photo -> latents          (autoencoder)
 *   latents + noise of a middle level                  (the shape stays, detail is open again)
 *   denoise in crops of the model's own size           (same instruction and styles; after each step neighbours are averaged)
 *   latents -> doodle layer at the enlarged resolution (the same matting as the first pass; edges between its colours, two
 *                                                      and more pixels wide as they come, are narrowed)
 *
 * Only the box around the doodle is worked on, and latents away from the doodle are held to the source, so that nothing new is
 * drawn beside it.
 */
import type { Tensor } from '../core/tensor'
import { tensor } from '../core/tensor'
import { compositeOver } from '../image/composite'
import { doodleLayer, LAYER_DEFAULTS } from '../image/doodle-layer'
import { TOKEN_PIXELS } from '../image/fit-size'
import { maxFilter } from '../image/mask'
import { narrowColours } from '../image/narrow-edges'
import { crop, paste, type PixelBox } from '../image/place'
import { resizeRegion, type RegionMask } from '../image/region'
import { resize } from '../image/resize'
import type { RgbaImage } from '../image/rgba-image'
import { toTensor } from '../image/tensor-image'
import { upscaleLayer } from '../image/upscale-layer'
import type { Grid } from '../models/transformer/position-ids'
import type { Autoencoder } from '../models/vae/autoencoder'
import { packLatents, unpackLatents } from '../models/vae/latents'
import { inTiles } from '../models/vae/tiling'
import type { Denoiser, DenoiseInput, DenoiseRun } from '../runtime/denoiser'
import { gaussians } from './noise'
import { planZoom, type TokenBox, type ZoomPlan } from './zoom-plan'
import { TokenWindows } from './zoom-windows'

/** Once left the softest of twelve doodles more than half as wide edges as plain enlarging, twice much less (docs/performance.md). */
const NARROWINGS = 2

export interface ZoomInput {
  readonly photo: RgbaImage
  /** The first pass's doodle at model resolution, and its grid. */
  readonly doodle: RgbaImage
  readonly grid: Grid
  /** Text, guidance and classifier-free guidance of the first pass. */
  readonly condition: Omit<DenoiseInput, 'source' | 'noise' | 'start' | 'freshNoise' | 'grid' | 'sigmas' | 'region' | 'previewMap'>
  /** Noise levels of the first pass; the second takes those that are low enough. */
  readonly sigmas: readonly number[]
  readonly stochastic: boolean
  readonly seed: number
  /** Highest noise level the second pass begins at, in (0, 1]; absent: {@link START_SIGMA}. */
  readonly from?: number
  readonly region?: RegionMask
  /** Awaited after each step of each crop; it may throw to stop. */
  readonly onStep: (step: number, steps: number) => Promise<void>
}

export interface ZoomResult {
  /** The doodle alone at `factor` times the model's resolution, straight alpha. */
  readonly doodle: RgbaImage
  readonly plan: ZoomPlan
}

/**
 * Highest noise level the second pass begins at. Higher, and crops forget what they are a part of; lower, and blur stays blur.
 * From 0.65 the judges read fewer things and styles than without the pass, from 0.3 soft shading stays as wide: docs/performance.md.
 */
const START_SIGMA = 0.55

/** Pixels of the first pass around the doodle that may change: its blurred edge may settle anywhere within. */
const REACH = 6

/** The second pass's noise continues the first's family under the same seed: seeds are 32 bits wide, noise takes 53. */
const SECOND_FAMILY = 2 ** 32

/** Along one side: latents of a token, pixels of a latent, and latents that the autoencoder's tiles share. */
const LATENTS_PER_TOKEN = 2
const LATENT_PIXELS = TOKEN_PIXELS / LATENTS_PER_TOKEN
const CODEC_OVERLAP = 8

/** @returns undefined where there is nothing to look at more closely, see {@link planZoom} */
export async function zoomPass(input: ZoomInput, autoencoder: Autoencoder, denoiser: Denoiser): Promise<ZoomResult | undefined> {
  const plan = planZoom(input.doodle, input.grid, input.photo)
  if (plan === undefined) return undefined
  const { box, factor } = plan
  const enlarged = { width: factor * input.doodle.width, height: factor * input.doodle.height }
  const photo = crop(resize(input.photo, enlarged.width, enlarged.height), pixelsOf(box))
  const drawn = compositeOver(photo, crop(upscaleLayer(input.doodle, enlarged.width, enlarged.height), pixelsOf(box)))
  const codec = tiledCodec(autoencoder, input.grid)
  const sourceLatents = await codec.encode(toTensor(photo, photo.width, photo.height))
  const first = packLatents(await codec.encode(toTensor(drawn, drawn.width, drawn.height)))
  const free = packLatents(freedom(input, enlarged, box, sourceLatents.dims))

  const latents = await denoiseWindows(input, plan, packLatents(sourceLatents), first, free, denoiser)

  const target = await codec.decode(unpackLatents(latents, box.rows, box.columns))
  const share = (enlarged.width * enlarged.height) / (photo.width * photo.height)
  // What counts as a speck or a hole is a share of the whole picture, not of the box.
  const closer = doodleLayer(target, await codec.decode(sourceLatents), { minWeight: share * LAYER_DEFAULTS.minWeight, maxHole: share * LAYER_DEFAULTS.maxHole })
  for (let time = 0; time < NARROWINGS; time++) narrowColours(closer)
  return { doodle: paste(closer, pixelsOf(box), enlarged), plan }
}

/** The autoencoder on tiles of a crop's size, blended: memory stays that of the first pass, however large the doodle. */
function tiledCodec(autoencoder: Autoencoder, { rows, columns }: Grid): Pick<Autoencoder, 'encode' | 'decode'> {
  const latents = LATENTS_PER_TOKEN * Math.max(rows, columns)
  const shared = Math.min(CODEC_OVERLAP, latents / 2)
  return {
    encode: (picture) => inTiles(picture, { tile: latents * LATENT_PIXELS, overlap: shared * LATENT_PIXELS, scale: 1 / LATENT_PIXELS, align: LATENT_PIXELS }, (part) => autoencoder.encode(part)),
    decode: (field) => inTiles(field, { tile: latents, overlap: shared, scale: LATENT_PIXELS, align: 1 }, (part) => autoencoder.decode(part)),
  }
}

/** All steps of all crops, in step with one another. Clean latents [box tokens, C]: the source's where no crop looks. */
async function denoiseWindows(input: ZoomInput, { windows, box }: ZoomPlan, source: Tensor, first: Tensor, free: Tensor, denoiser: Denoiser): Promise<Tensor> {
  const sigmas = zoomSigmas(input.sigmas, input.from)
  const steps = sigmas.length - 1
  const [noise, ...freshNoise] = gaussians(input.seed + SECOND_FAMILY, source.dims, input.stochastic ? steps : 1)
  let latents = mix(first, noise, sigmas[0]!)
  const crops = new TokenWindows(box, windows)
  const runs: DenoiseRun[] = []
  try {
    for (const window of windows) {
      const cut = (field: Tensor): Tensor => crops.cut(field, window)
      runs.push(await denoiser.start({
        ...input.condition,
        source: cut(source),
        noise: cut(noise),
        start: cut(latents),
        ...(input.stochastic ? { freshNoise: freshNoise.map(cut) } : {}),
        grid: { rows: window.rows, columns: window.columns },
        sigmas,
        region: cut(free),
      }))
    }
    for (let step = 1; step <= steps; step++) {
      for (const [crop, run] of runs.entries()) {
        await run.step()
        await input.onStep((step - 1) * runs.length + crop + 1, steps * runs.length)
      }
      const parts: Tensor[] = []
      for (const run of runs) parts.push(await run.latents())
      latents = crops.merge(parts, source)
      runs.forEach((run, i) => run.setLatents(crops.cut(latents, windows[i]!)))
    }
  } finally {
    for (const run of runs) await run.dispose()
  }
  return latents
}

/** The end of the first pass's schedule, from the highest level that is not above `highest`; at least its last step. */
export function zoomSigmas(sigmas: readonly number[], highest = START_SIGMA): readonly number[] {
  const from = sigmas.findIndex((sigma) => sigma <= highest)
  const last = sigmas.length - 2
  // A first pass of one or two steps has no level in the middle.
  return from > last || from < 0 ? [highest, highest / 2, 0] : sigmas.slice(from)
}

/** (1 - sigma) clean + sigma noise: rectified flow's straight path. */
function mix(clean: Tensor, noise: Tensor, sigma: number): Tensor {
  return tensor(clean.dims, clean.data.map((value, i) => (1 - sigma) * value + sigma * noise.data[i]!))
}

/** How far each latent may leave the source, 0..1, [C, h, w] over the box: near the first doodle, and within the user's region. */
function freedom({ doodle, region }: ZoomInput, enlarged: { width: number; height: number }, box: TokenBox, dims: readonly number[]): Tensor {
  const { width, height, data } = doodle
  const drawn = Uint8Array.from({ length: width * height }, (_, i) => (data[4 * i + 3]! > 0 ? 255 : 0))
  const across = enlarged.width / LATENT_PIXELS
  const down = enlarged.height / LATENT_PIXELS
  const near = resizeRegion({ width, height, data: maxFilter(drawn, doodle, REACH) }, across, down)
  const allowed = region === undefined ? undefined : resizeRegion(region, across, down)
  const [channels, rows, columns] = dims as [number, number, number]
  const result = tensor(dims)
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = (box.row * LATENTS_PER_TOKEN + y) * across + box.column * LATENTS_PER_TOKEN + x
      const value = (near[at]! / 255) * (allowed === undefined ? 1 : allowed[at]! / 255)
      for (let c = 0; c < channels; c++) result.data[(c * rows + y) * columns + x] = value
    }
  }
  return result
}

/** The box's pixels on the enlarged picture. */
function pixelsOf({ row, column, rows, columns }: TokenBox): PixelBox {
  return { left: column * TOKEN_PIXELS, top: row * TOKEN_PIXELS, width: columns * TOKEN_PIXELS, height: rows * TOKEN_PIXELS }
}
