import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import { shiftedSigmas } from '../../schedulers/shifted-sigmas'
import type { Conditioned, TextStates } from '../conditioned/contract'
import { gridIds, type PositionIds } from '../transformer/position-ids'
import { ELEMENT_KINDS } from '../../image/element'
import { LAYOUT_GRID } from './photo-tokens'
import { ANCHORS, POINTER_DIM, SLOT_CHANNELS, SLOT_OUTPUTS } from './slots'

interface LayoutSteps {
  /** Euler steps. */
  readonly steps: number
  readonly shift: number
  /** Awaited after each step; what it throws ends the sampling. */
  readonly onStep?: () => Promise<void>
}

/** What the network says of every slot. */
export interface SampledSlots {
  /** Clean slots [slots, 5]. */
  readonly slots: Tensor
  /** Logits [slots, kinds]. */
  readonly kinds: Tensor
  /** Logits [slots, anchors]. */
  readonly anchors: Tensor
  /** How much each slot points at each token of the text, a logit: [slots, L]. */
  readonly pointers: Tensor
}

/** Position ids of box slots: on the first axis, away from text (0) and photo. */
export function slotIds(slots: number): PositionIds {
  const ids = new Float64Array(3 * slots)
  for (let slot = 0; slot < slots; slot++) ids[3 * slot] = 1 + slot
  return ids
}

/**
 * Samples boxes by deterministic Euler steps x + (sigma' - sigma) (x - x0) / sigma from noise; kinds, anchors and
 * pointers are the last call's.
 * Source: training/model/slots.py, sample_slots.
 * @param src photo tokens [1, 144, src_channels]
 * @param noise standard normal [slots, 5]
 */
export async function sampleSlots(
  network: Conditioned,
  src: Tensor,
  text: TextStates,
  noise: Tensor,
  { steps, shift, onStep }: LayoutSteps,
): Promise<SampledSlots> {
  const slots = noise.dims[0]!
  const sigmas = shiftedSigmas(steps, shift)
  const prepared = await network.prepare({
    texts: [text],
    src,
    srcIds: gridIds({ rows: LAYOUT_GRID, columns: LAYOUT_GRID }),
    noisyIds: slotIds(slots),
  })
  try {
    const { pointers: keys } = prepared
    if (keys?.dims[2] !== POINTER_DIM)
      throw new PhotodoodleError(
        'BadModel',
        `The layout's network gives no pointer keys of ${POINTER_DIM} values.`,
        'Download the model again.',
      )
    const x = Float64Array.from(noise.data)
    const kinds = tensor([slots, ELEMENT_KINDS.length])
    const queries = tensor([slots, POINTER_DIM])
    const anchors = tensor([slots, ANCHORS.length])
    for (let step = 0; step < steps; step++) {
      const sigma = sigmas[step]!
      const answer = await prepared.step(tensor([1, slots, SLOT_CHANNELS], Float32Array.from(x)), sigma)
      if (answer.dims[2] !== SLOT_OUTPUTS)
        throw new PhotodoodleError(
          'BadModel',
          `The layout's network gives ${answer.dims[2]} values a slot, not ${SLOT_OUTPUTS}.`,
          'Download the model again.',
        )
      for (let slot = 0; slot < slots; slot++) {
        const values = answer.data.subarray(slot * SLOT_OUTPUTS, (slot + 1) * SLOT_OUTPUTS)
        for (let c = 0; c < SLOT_CHANNELS; c++) {
          const at = slot * SLOT_CHANNELS + c
          x[at] = x[at]! + ((sigmas[step + 1]! - sigma) * (x[at]! - values[c]!)) / sigma
        }
        let first = SLOT_CHANNELS
        for (const part of [kinds, queries, anchors]) {
          const length = part.dims[1]!
          part.data.set(values.subarray(first, first + length), slot * length)
          first += length
        }
      }
      await onStep?.()
    }
    return {
      slots: tensor([slots, SLOT_CHANNELS], Float32Array.from(x)),
      kinds,
      anchors,
      pointers: pointerLogits(queries, keys),
    }
  } finally {
    prepared.dispose()
  }
}

/** query . key / sqrt(32) of every slot [slots, 32] and every token [1, L, 32]: [slots, L]. */
function pointerLogits(queries: Tensor, keys: Tensor): Tensor {
  const [slots, length] = [queries.dims[0]!, keys.dims[1]!]
  const logits = tensor([slots, length])
  for (let slot = 0; slot < slots; slot++) {
    for (let token = 0; token < length; token++) {
      let dot = 0
      for (let i = 0; i < POINTER_DIM; i++)
        dot += queries.data[slot * POINTER_DIM + i]! * keys.data[token * POINTER_DIM + i]!
      logits.data[slot * length + token] = dot / Math.sqrt(POINTER_DIM)
    }
  }
  return logits
}
