/**
 * Photo in, doodle out: the one file that reads like the paper (PhotoDoodle, arXiv 2502.14397) and nano's design. What a model
 * predicts says which of two ways an edit goes; both end in elements, pictures with a place on the photo, under the subject's matte.
 *
 *   layer     prepare(words -> states, photo -> subject) -> layout(boxes and their words) -> draw(each box on its own crop)
 *             -> decode(latents -> RGBA + front) -> composite
 *   velocity  prepare(words -> states, photo -> source latents) -> denoise(Euler steps, the photo as noise-free tokens)
 *             -> decode(what changed, as RGBA) -> composite
 */
import { readText, type FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import type { WeightStore } from '../formats/weight-store'
import { compositeOver, coverage } from '../image/composite'
import { elementsLayer, visibleShare } from '../image/element'
import { tokensFor } from '../image/fit-size'
import type { RgbaImage } from '../image/rgba-image'
import { matteOver } from '../models/matte'
import type { PrecisionVerdict } from '../runtime/precision-selftest'
import type { Runtime } from '../runtime/runtime'
import { Calls } from './calls'
import type { Drawing, Drawn, EditOptions, EditOutcome } from './edit'
import { decode as decodeLayers } from './layer/decode'
import { draw as drawElements } from './layer/draw'
import { layout } from './layer/layout'
import type { LayerParts, MattingModel, Subject } from './layer/parts'
import { prepare as prepareElements } from './layer/prepare'
import { layerStyles, velocityStyles } from './load-styles'
import { loadLayerParts, loadVelocityParts, type LoadOptions } from './load-parts'
import { parseModelDescription, type LayerModelDescription, type ModelDescription, type VelocityModelDescription } from './model-description'
import type { Styles, StyleUse } from './style-set'
import { decode as decodeChange } from './velocity/decode'
import { denoise } from './velocity/denoise'
import type { VelocityParts } from './velocity/parts'
import { prepare as prepareSource } from './velocity/prepare'

export type { Drawing, EditOptions, EditOutcome, EditProgress, ElementPlan } from './edit'

/** A model's description with the networks it names. */
type Loaded = LoadedLayer | LoadedVelocity

interface LoadedLayer {
  readonly prediction: 'layer'
  readonly model: LayerModelDescription
  readonly parts: LayerParts
  readonly matting: MattingModel
}

interface LoadedVelocity {
  readonly prediction: 'velocity'
  readonly model: VelocityModelDescription
  readonly parts: VelocityParts
}

/** Share of an element's own pixels that is seen, below which a doodle is empty: twenty opaque pixels of 192 x 192. */
const EMPTY = 5e-4

/** One loaded model: base weights once, styles beside it; switching a style only rewrites low-rank buffers. */
export class PhotoDoodle {
  private constructor(private readonly loaded: Loaded, private readonly styles: Styles) {}

  get model(): ModelDescription {
    return this.loaded.model
  }

  /** What the transformer computes in, and why. */
  get precision(): PrecisionVerdict {
    return this.loaded.prediction === 'velocity' ? this.loaded.parts.denoiser.precision : { precision: 'f32', reason: 'A model of this size computes in 32-bit floats.' }
  }

  /**
   * @param tree the model's folder, with `model.json` at its root
   * @throws BadModel, BadManifest, BadShard, MissingWeight or ShapeMismatch when the folder is not a whole model; BadRequest for a
   *   memory budget that is too small, or for a model that predicts layers and no matting model
   */
  static async load(tree: FileTree, runtime: Runtime, options: LoadOptions = {}): Promise<PhotoDoodle> {
    const model = parseModelDescription(await readJson(tree, 'model.json'))
    if (model.prediction === 'layer') {
      const { matting } = options
      if (matting === undefined) throw new PhotodoodleError('BadRequest', `${model.name} needs to know a photo's subject.`, 'Give it the matting model.')
      return PhotoDoodle.ofLayerParts(model, await loadLayerParts(model, tree, runtime), tree, matting)
    }
    const parts = await loadVelocityParts(model, tree, runtime, options)
    return new PhotoDoodle({ prediction: 'velocity', model, parts }, velocityStyles(model, tree, parts))
  }

  /** A model whose networks are open already. @param tree where its styles are read from */
  static ofLayerParts(model: LayerModelDescription, parts: LayerParts, tree: FileTree, matting: MattingModel): PhotoDoodle {
    return new PhotoDoodle({ prediction: 'layer', model, parts, matting }, layerStyles(model, tree, parts))
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
  useStyles(styles: readonly StyleUse[]): Promise<void> {
    return this.styles.use(styles)
  }

  /** What is worth finding once for all edits of a photo, see {@link EditOptions.subject}; undefined of models that need nothing. */
  async subject(photo: RgbaImage): Promise<Subject | undefined> {
    return this.loaded.prediction === 'layer' ? this.loaded.matting.find(photo) : undefined
  }

  /** Draws and lays the doodle over the photo. @throws whatever {@link draw} throws */
  async edit(options: EditOptions): Promise<EditOutcome> {
    const { millis, ...drawing } = await this.draw(options)
    const { photo, region } = options
    const { elements, subject, steps } = drawing
    const calls = new Calls(steps, options)
    const layer = await calls.run('composite', () => elementsLayer(elements, photo, subject && matteOver(subject, photo), region))
    const result = compositeOver(photo, layer)
    const { composite } = calls.millis
    return { ...drawing, layer, result, coverage: coverage(layer), millis: { ...millis, composite, total: millis.total + composite } }
  }

  /** Photo and instruction to elements at the model's resolution. @throws Cancelled between calls and steps when `isCancelled` says so; UnknownStyle; BadRequest */
  async draw(options: EditOptions): Promise<Drawing> {
    const steps = this.steps(options)
    const calls = new Calls(steps, options)
    const { loaded } = this
    const drawn = loaded.prediction === 'layer' ? await this.drawLayers(options, calls, steps, loaded) : await this.drawChange(options, calls, steps, loaded)
    const empty = drawn.elements.every((element) => visibleShare(element, drawn.subject?.matte, options.region) < EMPTY)
    return { ...drawn, empty, seed: options.seed, millis: calls.millis }
  }

  /** The matting model stays. */
  async dispose(): Promise<void> {
    const { prediction, parts } = this.loaded
    const networks = prediction === 'layer' ? [parts.drawing, parts.layout, parts.codec] : [parts.denoiser, parts.autoencoder]
    for (const network of [...networks, parts.text]) await network.dispose()
  }

  private async drawLayers(options: EditOptions, calls: Calls, steps: number, { model, parts, matting }: LoadedLayer): Promise<Drawn> {
    const { instruction, layoutOf: read = instruction } = options
    const prepared = await calls.run('prepare', async () => {
      await this.styles.use(options.styles)
      return prepareElements(options, read, parts, matting)
    })
    const plans = await calls.run('layout', () => layout(options, read, prepared, parts, () => calls.step('layout', 0)))
    const settings = { steps, cfgScale: guidanceOf(options, model), cfgAboveSigma: model.defaults.cfgAboveSigma }
    const latents = await calls.run('draw', () => drawElements(options, plans, prepared, parts, settings, (step) => calls.step('draw', step)))
    const elements = await calls.run('decode', () => decodeLayers(latents, plans, parts))
    return { elements, prompt: instruction.trim(), steps, subject: prepared.subject }
  }

  private async drawChange(options: EditOptions, calls: Calls, steps: number, { model, parts }: LoadedVelocity): Promise<Drawn> {
    const { instruction, layoutOf, styles, keepPhoto = 0, resolution } = options
    if (!(keepPhoto >= 0 && keepPhoto <= 0.95)) throw new PhotodoodleError('BadRequest', `The photo cannot be kept to ${keepPhoto}.`, 'Use 0 (draw freely) to 0.95.')
    const { tokens } = model.defaults
    const room = resolution === undefined ? tokens : tokensFor(resolution, tokens)
    const cfgScale = guidanceOf(options, model)
    const prompt = this.styles.prompt(instruction, styles)
    const words = { prompt, former: layoutOf === undefined ? undefined : this.styles.prompt(layoutOf, styles), negative: cfgScale !== 1 }
    const prepared = await calls.run('prepare', async () => {
      await this.styles.use(styles)
      return prepareSource(options, words, room, parts)
    })
    const latents = await calls.run('draw', () => denoise(options, prepared, { steps, cfgScale, keepPhoto }, model, parts, (step, preview) => calls.step('draw', step, preview)))
    const element = await calls.run('decode', () => decodeChange(latents, prepared, parts))
    return { elements: [element], prompt, steps }
  }

  private steps({ steps: asked, styles }: EditOptions): number {
    const steps = asked ?? this.styles.steps(styles) ?? this.model.defaults.steps
    if (!Number.isInteger(steps) || steps < 1 || steps > 100) throw new PhotodoodleError('BadRequest', `${steps} steps cannot be taken.`, 'Use a whole number from 1 to 100.')
    return steps
  }
}

function guidanceOf({ cfgScale: asked }: EditOptions, { defaults }: ModelDescription): number {
  const cfgScale = asked ?? defaults.cfgScale
  if (!(cfgScale >= 1 && cfgScale <= 20)) throw new PhotodoodleError('BadRequest', `cfg_scale ${cfgScale} is out of range.`, 'Use 1 (off) to 20.')
  return cfgScale
}

async function readJson(tree: FileTree, path: string): Promise<unknown> {
  try {
    return JSON.parse(await readText(await tree.open(path))) as unknown
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause
    throw new PhotodoodleError('BadModel', `${path} is not readable JSON.`, 'Download the model again.', { cause })
  }
}
