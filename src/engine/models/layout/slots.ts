import { PhotodoodleError } from '../../core/errors'
import type { Place } from '../../image/place'
import { ELEMENT_KINDS } from '../../image/element'

/**
 * A box as the layout transformer knows it (training/model/slots.py): exists, 1 or -1; 2 cx - 1 and 2 cy - 1 of its
 * middle; 2 sqrt(w) - 1
 * and 2 sqrt(h) - 1 of its sides, in shares of the photo's. The root gives small boxes more of the range.
 */
export const SLOT_CHANNELS = 5

/** Width of pointer queries and keys. */
export const POINTER_DIM = 32

/** Where an element is put by a rule ({@link settled}); free: where the network says. In the network's order. */
// prettier-ignore
export const ANCHORS = [
  'free', 'left', 'right', 'beside_left', 'beside_right', 'above', 'top_left', 'top_right', 'bottom_left',
  'bottom_right', 'front', 'middle', 'behind', 'back', 'perch', 'around', 'scatter', 'sky', 'bottom',
  'head', 'halo',
] as const
export type Anchor = (typeof ANCHORS)[number]

/** What the network gives of a slot: the clean slot, logits of kinds, the query of its pointer, logits of anchors. */
export const SLOT_OUTPUTS = SLOT_CHANNELS + ELEMENT_KINDS.length + POINTER_DIM + ANCHORS.length

/** Least root of a side: a box of less than 1/400 of the photo is nothing that can be drawn. */
const LEAST_ROOT = 0.05

/** The slot's five values of a box; of no box where it is undefined. */
export function encodeSlot(box: Place | undefined): readonly number[] {
  if (box === undefined) return [-1, 0, 0, 0, 0]
  const { left, top, width, height } = box
  return [1, 2 * left + width - 1, 2 * top + height - 1, 2 * Math.sqrt(width) - 1, 2 * Math.sqrt(height) - 1]
}

/** The box in a slot; undefined where it says that there is none. */
export function decodeSlot(slot: ArrayLike<number>): Place | undefined {
  const [exists, x, y, across, down] = Array.from(slot) as [number, number, number, number, number]
  if (!(exists > 0)) return undefined
  const [width, height] = [side(across), side(down)]
  return { left: (x + 1) / 2 - width / 2, top: (y + 1) / 2 - height / 2, width, height }
}

const side = (value: number): number => Math.max((value + 1) / 2, LEAST_ROOT) ** 2

/** The likeliest of some names. @param logits one for each */
export function likeliest<Name>(names: readonly Name[], logits: ArrayLike<number>): Name {
  const values = Array.from(logits)
  const name = names[values.indexOf(Math.max(...values))]
  if (name === undefined)
    throw new PhotodoodleError(
      'RuntimeFailed',
      'The layout has a kind or an anchor that is no number.',
      'Try another provider in the diagnostics.',
    )
  return name
}
