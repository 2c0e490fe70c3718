/**
 * What the layer pipeline needs of its networks, and nothing more. They live in models/ (matte, layout, drawing, codec)
 * and are put
 * together in load-parts.ts.
 */
import type { Tensor } from '../../core/tensor'
import type { FluxSizes } from '../../formats/flux-layers'
import type { Matte } from '../../image/matte'
import type { RgbaImage } from '../../image/rgba-image'
import type { Adapter } from '../../lora/adapter'
import type { At, Subject } from '../../models/matte'
import type { EncodedText, SpannedText, SpannedTextEncoder } from '../../models/minilm'
import type { TextSpan } from '../../tokenizers/wordpiece'
import type { ElementPlan } from '../edit'
import type { LayerModelDescription } from '../model-description'
import type { Styles } from '../style-set'

export type { Subject, SpannedText, TextSpan }

/** Finds a photo's subject; a part of the app, not of a model. */
export interface MattingModel {
  /** @param photo of any size and shape */
  find(photo: RgbaImage): Promise<Subject>
  /** The thing at a place, as shares of the photo's sides; undefined where nothing stands out. */
  choose(photo: RgbaImage, at: At): Promise<Matte | undefined>
  dispose(): Promise<void>
}

/** A network that a style's adapter changes. */
export interface Adaptable {
  /** Which of its linears there are to adapt. */
  readonly config: FluxSizes
  /** Replaces the active adapters; an empty list gives the bare network. */
  setAdapters(list: readonly { readonly adapter: Adapter; readonly strength: number }[]): Promise<void>
  dispose(): Promise<void>
}

/** An element as the layout model finds it: its words by their place in the instruction. */
export interface LaidOut extends Pick<ElementPlan, 'box' | 'kind'> {
  readonly words: TextSpan
}

export interface LayoutInput {
  readonly text: SpannedText
  readonly subject: Subject
  /** width / height of the photo */
  readonly aspect: number
  readonly seed: number
  /** Awaited after each step; it may throw to stop. */
  readonly onStep: () => Promise<void>
}

interface LayoutModel extends Adaptable {
  /** Elements in drawing order, bottom to top; none where the network asks for no box. */
  layout(input: LayoutInput): Promise<readonly LaidOut[]>
}

/** An element to be drawn, with its words read. */
interface DrawingTask {
  readonly plan: ElementPlan
  readonly text: EncodedText
}

export interface DrawingInput {
  /** What is seen: the photo with its visible doodles. */
  readonly photo: RgbaImage
  /** The original's subject, of any size over the photo. */
  readonly matte: Matte
  /** At least one; those of one grid are one batch. */
  readonly tasks: readonly DrawingTask[]
  readonly seed: number
  readonly steps: number
  /** Classifier-free guidance (1 = off), while the noise level is above the bound, with the words left out. */
  readonly guidance: { readonly scale: number; readonly aboveSigma: number; readonly negative: EncodedText | undefined }
  /** Awaited after each network call (1, 2, ... steps); it may throw to stop. */
  readonly onStep: (step: number) => Promise<void>
}

/** A drawn element before it is decoded. */
export interface LayerLatents {
  /** [rows * columns, components], row by row */
  readonly latents: Tensor
  readonly grid: { readonly rows: number; readonly columns: number }
  /** The square of the photo, or all of it, that the grid was drawn on, as shares of its sides. */
  readonly place: ElementPlan['box']
}

interface DrawingModel extends Adaptable {
  /** One result a task, in the same order. */
  draw(input: DrawingInput): Promise<readonly LayerLatents[]>
}

/** Layers from latents, by one linear map. */
interface LayerCodec {
  /**
   * Float32 [height, width, 5]: colour (0..1) and front premultiplied by alpha, alpha 0..1; of 32 px a token. Values
   * may overshoot.
   */
  decode(latents: Tensor, grid: LayerLatents['grid']): Promise<Tensor>
  dispose(): Promise<void>
}

export interface LayerParts {
  readonly text: SpannedTextEncoder
  readonly layout: LayoutModel
  readonly drawing: DrawingModel
  readonly codec: LayerCodec
}

/** A model that predicts layers with all that it names open. */
export interface LoadedLayer {
  readonly prediction: 'layer'
  readonly model: LayerModelDescription
  readonly parts: LayerParts
  readonly matting: MattingModel
  readonly styles: Styles
}
