/** The layout transformer, open: where the things of an instruction go. */
import type { FileTree } from '../../core/byte-source'
import { gaussian } from '../../core/random'
import { tensor, type Tensor } from '../../core/tensor'
import { openManifest } from '../../formats/manifest'
import type { Matte } from '../../image/matte'
import { parseConditionedConfig, type ConditionedConfig } from '../../models/conditioned/config'
import {
  apart,
  layoutTokens,
  plannedElements,
  sampleSlots,
  SLOT_CHANNELS,
  type PlannedElement,
} from '../../models/layout'
import { readGround, settled } from '../../models/layout/settle'
import type { SpannedText } from '../../models/minilm'
import { ConditionedNetwork, type ConditionedOptions } from '../../runtime/network/conditioned-network'
import type { Runtime } from '../../runtime/runtime'
import { Adapted } from './adapted'

/** model.json's `layout`. */
interface LayoutDescription {
  /** Manifest folder inside the model folder. */
  readonly path: string
  /** Unchecked; see {@link parseConditionedConfig}. */
  readonly config: unknown
  /** Most elements of an edit. */
  readonly slots: number
  readonly steps: number
  readonly shift: number
}

interface LayoutRequest {
  /** The whole instruction. */
  readonly text: SpannedText
  /** The subject, at any size, and what the matte network saw of the photo [144, n] and of heads [144, 7]. */
  readonly subject: { readonly matte: Matte; readonly features: Tensor; readonly heads: Tensor }
  /** The photo's width / height. */
  readonly aspect: number
  /** Whole number, 0 to 2^53 - 1. */
  readonly seed: number
  /** Awaited after each step; what it throws ends the layout. */
  readonly onStep?: () => Promise<void>
}

/**
 * @param options `adapted`: the linears that the model's styles change, so that no style rebuilds a session
 * @throws BadModel, BadManifest, MissingWeight, ShapeMismatch, OutOfMemory, RuntimeFailed
 */
export async function openLayout(
  tree: FileTree,
  description: LayoutDescription,
  runtime: Runtime,
  options?: ConditionedOptions,
): Promise<Layout> {
  const config = parseConditionedConfig(description.config)
  return new Layout(
    config,
    await ConditionedNetwork.create(runtime, await openManifest(tree, description.path), config, options),
    description,
  )
}

export class Layout extends Adapted {
  constructor(
    config: ConditionedConfig,
    network: ConditionedNetwork,
    private readonly description: LayoutDescription,
  ) {
    super(config, network)
  }

  /**
   * Elements in the order of their words; none where the network places nothing.
   * @throws ShapeMismatch, BadRequest, RuntimeFailed, DeviceLost
   */
  async layout({ text, subject, aspect, seed, onStep }: LayoutRequest): Promise<readonly PlannedElement[]> {
    const { slots, steps, shift } = this.description
    const noise = tensor([slots, SLOT_CHANNELS], gaussian(seed, slots * SLOT_CHANNELS))
    const src = layoutTokens(subject.features, subject.matte, aspect)
    const sampled = await sampleSlots(this.network, src, text, noise, { steps, shift, ...(onStep && { onStep }) })
    const ground = readGround(subject.matte, aspect, subject.heads)
    return apart(settled(plannedElements(sampled, text.spans), ground))
  }
}
