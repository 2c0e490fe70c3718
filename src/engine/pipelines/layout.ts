/** The layout transformer, open: where the things of an instruction go. */
import type { FileTree } from '../core/byte-source'
import { gaussian } from '../core/random'
import { tensor, type Tensor } from '../core/tensor'
import { openManifest } from '../formats/manifest'
import type { Matte } from '../image/window'
import type { Adapter } from '../lora/adapter'
import { parseConditionedConfig, type ConditionedConfig } from '../models/conditioned/config'
import { layoutTokens, plannedElements, sampleSlots, SLOT_CHANNELS, type LayoutSteps, type PlannedElement } from '../models/layout'
import type { SpannedText } from '../models/minilm'
import { ConditionedNetwork, type ConditionedOptions } from '../runtime/conditioned-network'
import type { Runtime } from '../runtime/runtime'

/** model.json's `layout`. */
export interface LayoutDescription extends LayoutSteps {
  /** Manifest folder inside the model folder. */
  readonly path: string
  /** Unchecked; see {@link parseConditionedConfig}. */
  readonly config: unknown
  /** Most elements of an edit. */
  readonly slots: number
}

export interface LayoutRequest {
  /** The matte network's features of the photo [144, n]. */
  readonly features: Tensor
  /** The subject; undefined where there is none or it is not known. */
  readonly matte?: Matte
  /** The photo's width / height. */
  readonly aspect: number
  /** The whole instruction, and as it was encoded. */
  readonly instruction: string
  readonly text: SpannedText
  /** Whole number, 0 to 2^53 - 1. */
  readonly seed: number
}

export class Layout {
  private constructor(readonly config: ConditionedConfig, private readonly network: ConditionedNetwork, private readonly description: LayoutDescription) {}

  /**
   * @param options `adapted`: the linears that the model's styles change, so that no style rebuilds a session
   * @throws BadModel, BadManifest, MissingWeight, ShapeMismatch, OutOfMemory, RuntimeFailed
   */
  static async open(tree: FileTree, description: LayoutDescription, runtime: Runtime, options?: ConditionedOptions): Promise<Layout> {
    const config = parseConditionedConfig(description.config)
    return new Layout(config, await ConditionedNetwork.create(runtime, await openManifest(tree, description.path), config, options), description)
  }

  /** Elements in the order of their words; none where the network places nothing. @throws ShapeMismatch, BadRequest, RuntimeFailed, DeviceLost */
  async plan({ features, matte, aspect, instruction, text, seed }: LayoutRequest): Promise<PlannedElement[]> {
    const dims = [this.description.slots, SLOT_CHANNELS]
    const noise = tensor(dims, gaussian(seed, dims[0]! * SLOT_CHANNELS))
    const sampled = await sampleSlots(this.network, layoutTokens(features, matte, aspect), text, noise, this.description)
    return plannedElements(sampled, instruction, text.spans)
  }

  /** Replaces the active styles, as {@link readStylePart} reads them for `layout`. */
  setAdapters(list: readonly { readonly adapter: Adapter; readonly strength: number }[]): Promise<void> {
    return this.network.setAdapters(list)
  }

  dispose(): Promise<void> {
    return this.network.dispose()
  }
}
