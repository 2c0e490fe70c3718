/**
 * Photo in, doodle out: the one file that reads like the paper (PhotoDoodle, arXiv 2502.14397).
 *
 *   photo -> source latents                      (autoencoder)
 *   instruction + trigger word -> text states    (text encoder)
 *   noise -> target latents in a few Euler steps (transformer: [noisy; source] tokens share their position ids;
 *                                                 the source tokens are clean at every step; one EditLoRA = the artist)
 *   target latents -> doodle layer over the untouched photo
 */
import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { tensor } from '../core/tensor'
import type { Tensor } from '../core/tensor'
import type { WeightStore } from '../formats/weight-store'
import { compositeOver, coverage } from '../image/composite'
import { doodleLayer } from '../image/doodle-layer'
import { fitSize, tokensFor } from '../image/fit-size'
import { placeLayer, type PlacedImage } from '../image/place'
import { confine, resizeRegion, type RegionMask } from '../image/region'
import type { RgbaImage } from '../image/rgba-image'
import { toTensor } from '../image/tensor-image'
import { parseTransformerConfig, type TransformerConfig } from '../models/transformer/config'
import type { Autoencoder } from '../models/vae/autoencoder'
import { packLatents, unpackLatents } from '../models/vae/latents'
import type { TextEncoder } from '../models/minilm/text-encoder'
import type { Denoiser, DenoiseRun, StepResult } from '../runtime/denoiser'
import type { PrecisionVerdict } from '../runtime/precision-selftest'
import type { Runtime } from '../runtime/runtime'
import { flowMatchSigmas, parseScheduler, type SchedulerConfig } from '../schedulers/flow-match-euler'
import { loadAutoencoder, loadDenoiser, loadTextEncoder, type LoadOptions } from './load-parts'
import { parseModelDescription, type ModelDescription } from './model-description'
import { gaussians } from './noise'
import { StyleSet, type StyleUse } from './style-set'

export interface EditOptions {
  /** The original at its full resolution; its samples outside the doodle come back unchanged. */
  readonly photo: RgbaImage
  /** Styles to mix, each at its own strength; none for the bare editor without an EditLoRA. */
  readonly styles: readonly StyleUse[]
  readonly instruction: string
  /** Unsigned 32-bit; the same seed gives the same noise in a browser and in Node. */
  readonly seed: number
  /** Sampler steps; when absent what the styles ask for, or else the model's own default. */
  readonly steps?: number
  /** Classifier-free guidance; 1 = off. */
  readonly cfgScale?: number
  /**
   * 0 (absent): the doodle is drawn from pure noise. Towards 1 the steps begin at the photo itself under less and less noise
   * (SDEdit, Meng et al. 2022; 1 - this is `strength` in diffusers), so less of the photo can change.
   */
  readonly keepPhoto?: number
  /**
   * A former instruction whose doodle's layout is kept (Prompt-to-Prompt): give the same photo, styles, seed and steps as for that one,
   * and an instruction with a word or two changed.
   */
  readonly layoutOf?: string
  /** Side in pixels of a square picture with as many pixels as the model draws; a multiple of 16. Absent: the largest it was trained on. */
  readonly resolution?: number
  /** Doodle only here: outside it the latents stay the source's at every step and no sample of the photo changes. */
  readonly region?: RegionMask
  /** Asked between steps; true ends the edit with a `Cancelled` error. */
  readonly isCancelled?: () => boolean
  /** Awaited, so that a worker can let the event loop turn between steps: the CPU provider's runs never do by themselves. */
  readonly onProgress?: (progress: EditProgress) => void | Promise<void>
  /** Given the packed latents [N, channels] after each step (1, 2, ...), which are read back for it only. */
  readonly onLatents?: (latents: Tensor, step: number) => void | Promise<void>
}

export interface EditProgress {
  readonly phase: 'encode' | 'denoise' | 'decode' | 'compose'
  /** Steps done so far. */
  readonly step: number
  readonly steps: number
  /** The predicted result so far at 1/8 of the model's resolution, opaque. */
  readonly preview?: { readonly width: number; readonly height: number; readonly rgba: Uint8ClampedArray }
}

export interface Drawing {
  /** The doodle alone at the model's resolution; straight alpha, 0 outside it. Not yet kept inside the region. */
  readonly doodle: RgbaImage
  /** Whether next to nothing of it can be seen, where it may be. */
  readonly empty: boolean
  /** What the text encoder read. */
  readonly prompt: string
  readonly seed: number
  readonly steps: number
  /** Milliseconds spent in each phase. */
  readonly millis: Readonly<Record<'text' | EditProgress['phase'] | 'total', number>>
}

export interface EditOutcome extends Drawing {
  /** The doodle alone at full resolution, straight alpha; alpha 0 outside it. */
  readonly layer: RgbaImage
  /** The layer over the original. */
  readonly result: RgbaImage
  /** Share of the picture that the doodle covers, in [0, 1]. */
  readonly coverage: number
}

/** Noise level down to which a word swap keeps the former attention: docs/model-card-nano.md, "Changing a word". */
const LAYOUT_ABOVE_SIGMA = 0.4

/** Coverage of what was looked at, below which a doodle is empty: twenty opaque pixels of 192 x 192. */
const EMPTY = 5e-4

/** One loaded model: base weights once, styles beside it; switching a style only rewrites low-rank buffers. */
export class PhotoDoodle {
  private readonly styles: StyleSet

  private constructor(
    readonly model: ModelDescription,
    tree: FileTree,
    config: TransformerConfig,
    private readonly scheduler: SchedulerConfig,
    private readonly textEncoder: TextEncoder,
    private readonly autoencoder: Autoencoder,
    private readonly denoiser: Denoiser,
  ) {
    this.styles = new StyleSet(model, tree, config)
  }

  /** What the transformer computes in, and why. */
  get precision(): PrecisionVerdict {
    return this.denoiser.precision
  }

  /**
   * @param tree the model's folder, with `model.json` at its root
   * @throws BadModel, BadManifest, BadShard, MissingWeight or ShapeMismatch when the folder is not a whole model; BadRequest for a
   *   memory budget that is too small
   */
  static async load(tree: FileTree, runtime: Runtime, options: LoadOptions = {}): Promise<PhotoDoodle> {
    const model = parseModelDescription(await readJson(tree, 'model.json'))
    const config = parseTransformerConfig(model.transformer.config)
    const textEncoder = await loadTextEncoder(model, tree, runtime)
    const autoencoder = await loadAutoencoder(model, tree, runtime)
    const denoiser = await loadDenoiser(model, config, tree, runtime, options)
    return new PhotoDoodle(model, tree, config, parseScheduler(model.scheduler), textEncoder, autoencoder, denoiser)
  }

  /**
   * Adds or replaces a style from a LoRA file (diffusers/PEFT, kohya or XLabs names).
   * @throws BadLora when it does not fit this model
   */
  addStyle(id: string, store: WeightStore): Promise<void> {
    return this.styles.add(id, store)
  }

  /** Reads the model's own styles before they are asked for. Meant for small ones: they stay in memory. @throws BadLora, BadShard */
  readStyles(): Promise<void> {
    return this.styles.readAhead()
  }

  /**
   * Makes these styles the active ones, W + sum(strength * B A); the base model stays as it is.
   * @throws UnknownStyle when one is neither built in nor added
   */
  async useStyles(styles: readonly StyleUse[]): Promise<void> {
    await this.denoiser.setAdapters(await this.styles.open(styles))
  }

  /** Draws and lays the doodle over the photo. @throws whatever {@link draw} throws */
  async edit(options: EditOptions): Promise<EditOutcome> {
    const { millis, ...drawing } = await this.draw(options)
    const { photo, region, onProgress = () => undefined } = options
    const start = performance.now()
    await onProgress({ phase: 'compose', step: drawing.steps, steps: drawing.steps })
    const layer = placeDoodle(drawing.doodle, photo, region)
    const result = compositeOver(photo, layer)
    const compose = performance.now() - start
    return { ...drawing, layer, result, coverage: coverage(layer), millis: { ...millis, compose, total: millis.total + compose } }
  }

  /** Photo and instruction to a doodle at the model's resolution. @throws Cancelled between steps when `isCancelled` says so; UnknownStyle; BadRequest */
  async draw(options: EditOptions): Promise<Drawing> {
    const clock = stopwatch()
    const { photo, region, seed, isCancelled = () => false, onProgress = () => undefined } = options
    const { steps, cfgScale, keepPhoto, tokens } = this.sampling(options)
    const stopIfCancelled = (): void => {
      if (isCancelled()) throw new PhotodoodleError('Cancelled', 'The edit was cancelled.', '')
    }

    await onProgress({ phase: 'encode', step: 0, steps })
    await this.useStyles(options.styles)
    const prompt = this.styles.prompt(options.instruction, options.styles)
    const text = await this.textEncoder.encode(prompt)
    const former = options.layoutOf === undefined ? undefined : await this.textEncoder.encode(this.styles.prompt(options.layoutOf, options.styles))
    const negative = cfgScale === 1 ? undefined : await this.textEncoder.encode('')
    clock.lap('text')

    const size = fitSize(photo.width, photo.height, tokens)
    const sourceLatents = await this.autoencoder.encode(toTensor(photo, size.width, size.height))
    const source = packLatents(sourceLatents)
    clock.lap('encode')
    stopIfCancelled()

    // Both halves of the image sequence count: the noisy tokens and the source's.
    const sigmas = flowMatchSigmas(steps, 2 * size.rows * size.columns, this.scheduler, 1 - keepPhoto)
    const [noise, ...freshNoise] = gaussians(seed, source.dims, this.scheduler.stochastic_sampling ? steps : 1)
    const condition = {
      txt: text.txt,
      pooled: text.pooled,
      ...(this.model.defaults.guidance === undefined ? {} : { guidance: this.model.defaults.guidance }),
      ...(negative === undefined ? {} : { negative, cfgScale, cfgAboveSigma: this.model.defaults.cfgAboveSigma }),
    }
    const run = await this.denoiser.start({
      ...condition,
      source,
      noise,
      ...(this.scheduler.stochastic_sampling ? { freshNoise } : {}),
      grid: { rows: size.rows, columns: size.columns },
      sigmas,
      ...(region === undefined ? {} : { region: regionLatents(region, sourceLatents.dims) }),
      ...(former === undefined ? {} : { layoutOf: { instruction: former, aboveSigma: LAYOUT_ABOVE_SIGMA } }),
      previewMap: previewMap(this.model),
    })
    const latents = await takeSteps(run, async (step, preview) => {
      if (options.onLatents) await options.onLatents(await run.latents(), step)
      await onProgress({ phase: 'denoise', step, steps, ...(preview === undefined ? {} : { preview: opaque(preview) }) })
      stopIfCancelled()
    })
    clock.lap('denoise')

    await onProgress({ phase: 'decode', step: steps, steps })
    const target = await this.autoencoder.decode(unpackLatents(latents, size.rows, size.columns))
    // The source goes through the same codec, so that what the codec itself loses is no difference.
    const decodedSource = await this.autoencoder.decode(sourceLatents)
    const doodle = doodleLayer(target, decodedSource)
    clock.lap('decode')

    const empty = coverage(region === undefined ? doodle : confine(doodle, region)) < EMPTY
    return { doodle, empty, prompt, seed, steps, millis: clock.laps() }
  }

  async dispose(): Promise<void> {
    await this.denoiser.dispose()
    await this.autoencoder.dispose()
    await this.textEncoder.dispose()
  }

  private sampling(options: EditOptions): { steps: number; cfgScale: number; keepPhoto: number; tokens: number } {
    const steps = options.steps ?? this.styles.steps(options.styles) ?? this.model.defaults.steps
    const cfgScale = options.cfgScale ?? this.model.defaults.cfgScale
    if (!Number.isInteger(steps) || steps < 1 || steps > 100) throw new PhotodoodleError('BadRequest', `${steps} steps cannot be taken.`, 'Use a whole number from 1 to 100.')
    if (!(cfgScale >= 1 && cfgScale <= 20)) throw new PhotodoodleError('BadRequest', `cfg_scale ${cfgScale} is out of range.`, 'Use 1 (off) to 20.')
    const { keepPhoto = 0, resolution } = options
    if (!(keepPhoto >= 0 && keepPhoto <= 0.95)) throw new PhotodoodleError('BadRequest', `The photo cannot be kept to ${keepPhoto}.`, 'Use 0 (draw freely) to 0.95.')
    const { tokens } = this.model.defaults
    return { steps, cfgScale, keepPhoto, tokens: resolution === undefined ? tokens : tokensFor(resolution, tokens) }
  }
}

/** All steps of a run; its buffers, and the weights that come with it, are gone when the result is decoded. */
async function takeSteps(run: DenoiseRun, onStep: (step: number, preview: StepResult['preview']) => Promise<void>): Promise<Tensor> {
  try {
    for (let taken = 0; taken < run.steps; taken++) {
      const { step, preview } = await run.step()
      await onStep(step, preview)
    }
    return await run.latents()
  } finally {
    await run.dispose()
  }
}

/** A doodle of the model's resolution as a layer of the photo's size, its edges refined by the photo, kept inside the region. */
export function placeDoodle(doodle: PlacedImage, photo: RgbaImage, region?: RegionMask): RgbaImage {
  const layer = placeLayer(doodle, photo)
  return region === undefined ? layer : confine(layer, region)
}

/** The region's coverage of each latent, 0..1, packed like latents of these dims [C, h, w]. */
function regionLatents(region: RegionMask, dims: readonly number[]): Tensor {
  const [channels, height, width] = dims as [number, number, number]
  const plane = resizeRegion(region, width, height).map((value) => value / 255)
  const all = tensor(dims)
  for (let c = 0; c < channels; c++) all.data.set(plane, c * plane.length)
  return packLatents(all)
}

async function readJson(tree: FileTree, path: string): Promise<unknown> {
  const source = await tree.open(path)
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await source.read(0, source.size))) as unknown
  } catch (cause) {
    throw new PhotodoodleError('BadModel', `${path} is not readable JSON.`, 'Download the model again.', { cause })
  }
}

function previewMap(model: ModelDescription): { weight: ReturnType<typeof tensor>; bias: ReturnType<typeof tensor> } {
  const { weight, bias } = model.latentRgb
  return { weight: tensor([weight.length, 3], Float32Array.from(weight.flat())), bias: tensor([3], Float32Array.from(bias)) }
}

function opaque({ width, height, rgb }: { width: number; height: number; rgb: Uint8ClampedArray }): NonNullable<EditProgress['preview']> {
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0; i < width * height; i++) rgba.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i)
  return { width, height, rgba }
}

type Lap = keyof EditOutcome['millis']

/** Time between laps, by name; `total` is everything since the start. */
function stopwatch(): { lap(name: Exclude<Lap, 'total'>): void; laps(): EditOutcome['millis'] } {
  const start = performance.now()
  let last = start
  const millis = { text: 0, encode: 0, denoise: 0, decode: 0, compose: 0 }
  return {
    lap(name) {
      const now = performance.now()
      millis[name] += now - last
      last = now
    },
    laps: () => ({ ...millis, total: performance.now() - start }),
  }
}
