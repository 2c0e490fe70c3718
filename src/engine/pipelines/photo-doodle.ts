/**
 * Photo in, doodle out: the one file that reads like the paper (PhotoDoodle, arXiv 2502.14397) and nano's design. What
 * a model
 * predicts says which of two ways an edit goes; both end in elements, pictures with a place on the photo, under the
 * subject's matte.
 *
 *   layer     prepare(words -> states, photo -> subject) -> layout(boxes and their words) -> draw(each box on its own
 * crop)
 *             -> decode(latents -> RGBA + front) -> composite
 *   velocity  prepare(words -> states, photo -> source latents) -> denoise(Euler steps, the photo as noise-free tokens)
 *             -> decode(what changed, as RGBA) -> composite
 */
import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { checkSettings, settle } from '../core/settings'
import type { WeightStore } from '../formats/weight-store'
import type { RgbaImage } from '../image/rgba-image'
import type { Subject } from '../models/matte'
import type { PrecisionVerdict } from '../runtime/network/precision-selftest'
import type { Runtime } from '../runtime/runtime'
import { Calls } from './calls'
import { checkRequest } from './check-request'
import { composite, isEmpty } from './composite'
import type { Drawing, Drawn, Edit, EditContext, EditOutcome, EditRequest, ElementPlan } from './edit'
import { decode as decodeLayers } from './layer/decode'
import { draw as drawElements } from './layer/draw'
import { layout } from './layer/layout'
import type { LayerParts, LoadedLayer, MattingModel } from './layer/parts'
import { prepare as prepareElements } from './layer/prepare'
import { layerStyles, velocityStyles } from './load-styles'
import { loadLayerParts, loadVelocityParts, type LoadOptions } from './load-parts'
import {
  defaultsOf,
  readModelDescription,
  type LayerModelDescription,
  type ModelDescription,
} from './model-description'
import type { StyleUse } from './style-set'
import { decode as decodeChange } from './velocity/decode'
import { denoise } from './velocity/denoise'
import type { LoadedVelocity } from './velocity/parts'
import { prepare as prepareSource } from './velocity/prepare'

export type { Drawing, EditContext, EditOutcome, EditProgress, EditRequest, ElementPlan } from './edit'

/** One loaded model: base weights once, styles beside it; switching a style only rewrites low-rank buffers. */
export class PhotoDoodle {
  private constructor(private readonly loaded: LoadedLayer | LoadedVelocity) {}

  get model(): ModelDescription {
    return this.loaded.model
  }

  /** What the transformer computes in, and why. */
  get precision(): PrecisionVerdict {
    return this.loaded.prediction === 'velocity'
      ? this.loaded.parts.denoiser.precision
      : { precision: 'f32', reason: 'A model of this size computes in 32-bit floats.' }
  }

  /**
   * @param tree the model's folder, with `model.json` at its root
   * @throws BadModel, BadManifest, BadShard, MissingWeight or ShapeMismatch when the folder is not a whole model;
   *   BadRequest for a
   *   memory budget that is too small, or for a model that predicts layers and no matting model
   */
  static async load(tree: FileTree, runtime: Runtime, options: LoadOptions = {}): Promise<PhotoDoodle> {
    const model = await readModelDescription(await tree.open('model.json'))
    if (model.prediction === 'layer') {
      const { matting } = options
      if (matting === undefined)
        throw new PhotodoodleError(
          'BadRequest',
          `${model.name} needs to know a photo's subject.`,
          'Give it the matting model.',
        )
      return PhotoDoodle.ofLayerParts(model, await loadLayerParts(model, tree, runtime), tree, matting)
    }
    const parts = await loadVelocityParts(model, tree, runtime, options)
    return new PhotoDoodle({ prediction: 'velocity', model, parts, styles: velocityStyles(model, tree, parts) })
  }

  /** A model whose networks are open already. @param tree where its styles are read from */
  static ofLayerParts(
    model: LayerModelDescription,
    parts: LayerParts,
    tree: FileTree,
    matting: MattingModel,
  ): PhotoDoodle {
    return new PhotoDoodle({ prediction: 'layer', model, parts, matting, styles: layerStyles(model, tree, parts) })
  }

  /**
   * Adds or replaces a style from a LoRA file (diffusers/PEFT, kohya or XLabs names).
   * @throws BadLora when it does not fit this model
   */
  addStyle(id: string, store: WeightStore): Promise<void> {
    return this.loaded.styles.add(id, store)
  }

  /**
   * Reads the model's own styles before they are asked for. Meant for small ones: they stay in memory. @throws BadLora,
   * BadShard
   */
  readStyles(): Promise<void> {
    return this.loaded.styles.readAhead()
  }

  /**
   * Makes these styles the active ones, W + sum(strength * B A); the base model stays as it is.
   * @throws UnknownStyle when one is neither built in nor added
   */
  useStyles(styles: readonly StyleUse[]): Promise<void> {
    return this.loaded.styles.use(styles)
  }

  /**
   * What is worth finding once for all edits of a photo, see {@link EditContext.subject}; undefined of models that need
   * nothing.
   */
  async subject(photo: RgbaImage): Promise<Subject | undefined> {
    return this.loaded.prediction === 'layer' ? this.loaded.matting.find(photo) : undefined
  }

  /**
   * Where it would draw what, without drawing: `where.elements` of a request that draws just that.
   * @returns bottom to top; none where nothing was found to draw
   * @throws BadRequest, also of a model that lays nothing out; UnknownStyle; Cancelled
   */
  async layout(request: EditRequest, context: EditContext): Promise<readonly ElementPlan[]> {
    const edit = this.settled(request, context)
    const { loaded } = this
    if (loaded.prediction !== 'layer')
      throw new PhotodoodleError(
        'BadRequest',
        `${loaded.model.name} finds no places for things before it draws them.`,
        'Draw at once, or use a model that predicts layers.',
      )
    return (await layOut(edit, loaded, new Calls(edit.settings.steps, context))).plans
  }

  /** Draws and lays the doodle over the photo. @throws whatever {@link draw} throws */
  async edit(request: EditRequest, context: EditContext): Promise<EditOutcome> {
    const { millis, ...drawing } = await this.draw(request, context)
    const calls = new Calls(drawing.steps, context)
    const picture = await calls.run('composite', () => composite({ ...context, ...request.where }, drawing))
    const last = calls.millis.composite
    return { ...drawing, ...picture, millis: { ...millis, composite: last, total: millis.total + last } }
  }

  /**
   * Photo and instruction to elements at the model's resolution.
   * @throws BadRequest; UnknownStyle; Cancelled between calls and steps when `isCancelled` says so
   */
  async draw(request: EditRequest, context: EditContext): Promise<Drawing> {
    const edit = this.settled(request, context)
    const { seed, steps } = edit.settings
    const calls = new Calls(steps, context)
    const drawn =
      this.loaded.prediction === 'layer'
        ? await drawLayers(edit, this.loaded, calls)
        : await drawChange(edit, this.loaded, calls)
    return { ...drawn, empty: isEmpty(edit, drawn), seed, steps, millis: calls.millis }
  }

  /** The matting model stays. */
  async dispose(): Promise<void> {
    const { prediction, parts } = this.loaded
    const networks =
      prediction === 'layer' ? [parts.drawing, parts.layout, parts.codec] : [parts.denoiser, parts.autoencoder]
    for (const network of [...networks, parts.text]) await network.dispose()
  }

  /** @throws BadRequest, also for what the model or a style asks for */
  private settled(request: EditRequest, { photo, subject, onLatents, from }: EditContext): Edit {
    checkRequest(request)
    const { what, where, how, limits } = request
    const defaults = defaultsOf(this.model)
    const settings = settle(how, limits, {
      ...defaults,
      steps: this.loaded.styles.steps(what.styles) ?? defaults.steps,
    })
    checkSettings(settings)
    return {
      ...what,
      ...where,
      settings,
      photo,
      ...(subject && { subject }),
      ...(onLatents && { onLatents }),
      ...(from && { from }),
    }
  }
}

async function layOut(edit: Edit, loaded: LoadedLayer, calls: Calls) {
  const prepared = await calls.run('prepare', () => prepareElements(edit, loaded))
  return { prepared, plans: await calls.run('layout', (onStep) => layout(edit, prepared, loaded, onStep)) }
}

async function drawLayers(edit: Edit, loaded: LoadedLayer, calls: Calls): Promise<Drawn> {
  const { prepared, plans } = await layOut(edit, loaded, calls)
  const latents = await calls.run('draw', (onStep) => drawElements(edit, plans, prepared, loaded, onStep))
  const elements = await calls.run('decode', () => decodeLayers(edit, latents, plans, loaded))
  return { elements, prompt: edit.instruction.trim(), subject: prepared.subject }
}

async function drawChange(edit: Edit, loaded: LoadedVelocity, calls: Calls): Promise<Drawn> {
  const prepared = await calls.run('prepare', () => prepareSource(edit, loaded))
  const latents = await calls.run('draw', (onStep) => denoise(edit, prepared, loaded, onStep))
  const element = await calls.run('decode', () => decodeChange(latents, prepared, loaded))
  return { elements: [element], prompt: prepared.prompt }
}
