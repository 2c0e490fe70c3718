import type { Place } from '../../image/place'
import type { TextSpan } from '../../tokenizers/wordpiece'
import { ELEMENT_KINDS, type ElementKind } from '../../image/element'
import type { SampledSlots } from './sampler'
import { ANCHORS, decodeSlot, likeliest, type Anchor } from './slots'

/** A place for one thing. */
export interface PlannedElement {
  /** Where the thing itself is, in shares of the photo's sides; it may reach outside. */
  readonly box: Place
  readonly kind: ElementKind
  /** The rule that its place follows. */
  readonly anchor: Anchor
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
    if (box === undefined) continue
    const kind = likeliest(ELEMENT_KINDS, row('kinds', slot))
    const anchor = likeliest(ANCHORS, row('anchors', slot))
    elements.push({ box, kind, anchor, words: pointedAt(row('pointers', slot), spans) })
  }
  return elements
}

/** A token with a logit below this is surely none of the words: those before and after it are two things'. */
const PARTS = -8

/** From the first to the last token with a logit above 0, between two that part them; where there are several such
 * runs, the one with most above 0. */
function pointedAt(logits: Float32Array, spans: readonly (TextSpan | undefined)[]): TextSpan {
  let best = { start: 0, end: 0, sum: 0 }
  let run = best
  for (const [token, span] of spans.entries()) {
    const logit = logits[token]!
    if (span === undefined || logit < PARTS) run = { start: 0, end: 0, sum: 0 }
    else if (logit > 0) run = { start: run.sum > 0 ? run.start : span.start, end: span.end, sum: run.sum + logit }
    if (run.sum > best.sum) best = run
  }
  return { start: best.start, end: best.end }
}
