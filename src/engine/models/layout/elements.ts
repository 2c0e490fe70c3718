import type { TextSpan } from '../../tokenizers/wordpiece'
import type { ElementKind, Shares } from '../element'
import type { SampledSlots } from './sampler'
import { decodeKind, decodeSlot } from './slots'

/** A place for one thing. */
export interface PlannedElement {
  /** Where the thing itself is. */
  readonly box: Shares
  readonly kind: ElementKind
  /** What it is, in the instruction's own words; all of them where the network points at none. */
  readonly words: string
  /** Where in the instruction they are. */
  readonly span: TextSpan
}

/**
 * Sampled slots as elements, in the network's order: by first word, then from left to right.
 * @param text the instruction as it was encoded
 * @param spans of every token [L]: its characters in the text; undefined for tokens that stand for none
 */
export function plannedElements(sampled: SampledSlots, text: string, spans: readonly (TextSpan | undefined)[]): PlannedElement[] {
  const row = (of: keyof SampledSlots, slot: number): Float32Array => {
    const { dims: [, width], data } = sampled[of]
    return data.subarray(slot * width!, (slot + 1) * width!)
  }
  const elements: PlannedElement[] = []
  for (let slot = 0; slot < sampled.slots.dims[0]!; slot++) {
    const box = decodeSlot(row('slots', slot))
    if (box === undefined) continue
    const span = pointedAt(row('pointers', slot), spans) ?? { start: 0, end: text.length }
    elements.push({ box, kind: decodeKind(row('kinds', slot)), words: text.slice(span.start, span.end), span })
  }
  return elements
}

/** From the first to the last token with a logit above 0; undefined when there is none. */
function pointedAt(logits: Float32Array, spans: readonly (TextSpan | undefined)[]): TextSpan | undefined {
  const hit = spans.filter((span, token) => span !== undefined && logits[token]! > 0)
  const [first, last] = [hit[0], hit.at(-1)]
  return first && last && { start: first.start, end: last.end }
}
