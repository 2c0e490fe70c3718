import type { Place } from '../../image/place'
import type { TextSpan } from '../../tokenizers/wordpiece'
import type { ElementKind } from '../../image/element'
import type { SampledSlots } from './sampler'
import { decodeKind, decodeSlot } from './slots'

/** A place for one thing. */
export interface PlannedElement {
  /** Where the thing itself is, in shares of the photo's sides; it may reach outside. */
  readonly box: Place
  readonly kind: ElementKind
  /** What it is: characters of the instruction; none (0 to 0) where the network points at no word. */
  readonly words: TextSpan
}

/**
 * Sampled slots as elements, in the network's order: by first word, then from left to right.
 * @param spans of every token of the text [L]: its characters; undefined for tokens that stand for none
 */
export function plannedElements(sampled: SampledSlots, spans: readonly (TextSpan | undefined)[]): PlannedElement[] {
  const row = (of: keyof SampledSlots, slot: number): Float32Array => {
    const {
      dims: [, width],
      data,
    } = sampled[of]
    return data.subarray(slot * width!, (slot + 1) * width!)
  }
  const elements: PlannedElement[] = []
  for (let slot = 0; slot < sampled.slots.dims[0]!; slot++) {
    const box = decodeSlot(row('slots', slot))
    if (box !== undefined)
      elements.push({ box, kind: decodeKind(row('kinds', slot)), words: pointedAt(row('pointers', slot), spans) })
  }
  return elements
}

/** From the first to the last token with a logit above 0. */
function pointedAt(logits: Float32Array, spans: readonly (TextSpan | undefined)[]): TextSpan {
  const hit = spans.filter((span, token) => span !== undefined && logits[token]! > 0)
  return { start: hit[0]?.start ?? 0, end: hit.at(-1)?.end ?? 0 }
}
