/** The drawing transformer with its codec, open: each element on its own crop of the photo. */
import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { tensor } from '../core/tensor'
import { openManifest } from '../formats/manifest'
import type { RgbaImage } from '../image/rgba-image'
import type { Matte } from '../image/window'
import type { Adapter } from '../lora/adapter'
import { layerPixels, MATTE_VALUES, openCodec, type Codec, type LayerPixels } from '../models/codec'
import { parseConditionedConfig, type ConditionedConfig } from '../models/conditioned/config'
import type { TextStates } from '../models/conditioned/contract'
import { drawingCondition, frameOf, PLACE_FEATURES, sampleLayers, seededNoise, type Framed, type SampleOptions } from '../models/drawing'
import type { ElementKind, Shares } from '../models/element'
import { ConditionedNetwork, type ConditionedOptions } from '../runtime/conditioned-network'
import type { Runtime } from '../runtime/runtime'

/** model.json's `drawing` and `codec`. */
export interface DrawingDescription {
  readonly drawing: { readonly path: string; readonly config: unknown; readonly shift: number }
  readonly codec: { readonly path: string }
}

/** One element to be drawn. */
export interface ElementRequest {
  /** Where the thing itself goes; not looked at for `whole` ones. */
  readonly box: Shares
  readonly kind: ElementKind
  /** Its own words, as they were encoded. */
  readonly words: TextStates
  /** Whole number, 0 to 2^53 - 1: the same one draws the same, whatever is drawn beside it. */
  readonly seed: number
}

export interface DrawOptions extends Omit<SampleOptions, 'shift'> {
  /** The empty text, for guidance: needed where `cfgScale` is not 1. */
  readonly nothing?: TextStates
}

/** A drawn element: 32 pixels a token, 256 x 256 but for `whole` ones. */
export interface DrawnElement extends LayerPixels {
  /** The pixels' place on the photo: a square around the box that may reach beyond the photo, or all of it. */
  readonly place: Shares
}

export class Drawing {
  private constructor(readonly config: ConditionedConfig, private readonly network: ConditionedNetwork, private readonly codec: Codec, private readonly shift: number) {}

  /**
   * @param options `adapted`: the linears that the model's styles change, so that no style rebuilds a session
   * @throws BadModel, BadManifest, MissingWeight, ShapeMismatch, OutOfMemory, RuntimeFailed
   */
  static async open(tree: FileTree, { drawing, codec }: DrawingDescription, runtime: Runtime, options?: ConditionedOptions): Promise<Drawing> {
    const config = parseConditionedConfig(drawing.config)
    const opened = await openCodec(await openManifest(tree, codec.path), runtime)
    try {
      checkFit(config, opened)
      return new Drawing(config, await ConditionedNetwork.create(runtime, await openManifest(tree, drawing.path), config, options), opened, drawing.shift)
    } catch (error) {
      await opened.dispose()
      throw error
    }
  }

  /**
   * Draws all elements; those whose grids are equal side by side.
   * @param photo at any size; a smaller copy draws the same and is read faster
   * @param matte the subject, at any size; undefined where there is none or it is not known
   * @returns in the order of `elements`
   * @throws BadRequest, OutOfMemory, RuntimeFailed, DeviceLost, and what `onCall` throws
   */
  async draw(photo: RgbaImage, matte: Matte | undefined, elements: readonly ElementRequest[], options: DrawOptions): Promise<DrawnElement[]> {
    const drawn = new Map<ElementRequest, DrawnElement>()
    const whole = ({ kind }: ElementRequest): boolean => kind === 'whole'
    const batches = [elements.filter((element) => !whole(element)), elements.filter(whole)].filter(({ length }) => length > 0)
    for (const [i, batch] of batches.entries()) {
      const { onCall } = options
      const own = onCall && { onCall: (done: number, total: number) => onCall(i * total + done, batches.length * total) }
      const results = await this.drawBatch(photo, matte, batch, { ...options, ...own })
      batch.forEach((element, at) => drawn.set(element, results[at]!))
    }
    return elements.map((element) => drawn.get(element)!)
  }

  /** Replaces the active styles, as {@link readStylePart} reads them for `drawing`. */
  setAdapters(list: readonly { readonly adapter: Adapter; readonly strength: number }[]): Promise<void> {
    return this.network.setAdapters(list)
  }

  async dispose(): Promise<void> {
    await this.network.dispose()
    await this.codec.dispose()
  }

  private async drawBatch(photo: RgbaImage, matte: Matte | undefined, elements: readonly ElementRequest[], { nothing, ...options }: DrawOptions): Promise<DrawnElement[]> {
    const framed = elements.map(({ box, kind, words }): Framed => ({ frame: frameOf(box, kind, photo), kind, words })) as [Framed, ...Framed[]]
    const { grid } = framed[0].frame
    const dims = [framed.length, grid.rows * grid.columns, this.codec.components]
    const positive = drawingCondition(this.codec, photo, matte, framed)
    const negative = nothing && { negative: { ...positive, texts: framed.map(() => nothing) } }
    const noise = seededNoise(elements.map(({ seed }) => seed), dims[1]! * dims[2]!, options.steps)
    const latents = await sampleLayers(this.network, { positive, ...negative }, noise, dims, { ...options, shift: this.shift })
    const layers = await this.codec.layers(tensor(dims, latents.data), grid)
    const [, height, width] = layers.dims as [number, number, number, number]
    const size = layers.data.length / framed.length
    return framed.map(({ frame }, i) => ({ ...layerPixels(layers.data.subarray(i * size, (i + 1) * size), width, height), place: frame.place }))
  }
}

/** @throws BadModel when the network's tokens are not the codec's */
function checkFit({ in_channels: noisy, out_channels: clean, src_channels: src, place_channels: place }: ConditionedConfig, { components, photoComponents }: Codec): void {
  if (noisy === components && clean === components && src === photoComponents + MATTE_VALUES && place === PLACE_FEATURES) return
  throw new PhotodoodleError('BadModel', `The drawing transformer's tokens (${noisy}, ${clean}, ${src}, ${place} values) do not fit the codec's (${components}, ${components}, ${photoComponents + MATTE_VALUES}, ${PLACE_FEATURES}).`, 'Download the model again.')
}
