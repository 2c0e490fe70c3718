import type { PlannedElement } from './elements'

/** Times that boxes are moved apart. */
const ROUNDS = 12
/** Share of the smaller box's area that two may have in common. */
export const MAY_OVERLAP = 0.25
/** Share of the smaller box's side that two have in common once moved. */
const LEFT_OVER = 0.1

interface Span {
  middle: number
  readonly side: number
  /** Where the middle may go: inside the photo, or as far outside as it was. */
  readonly low: number
  readonly high: number
}

/**
 * Several of one thing (boxes of the same words) moved off each other, the nearer way, inside the photo if they were:
 * sampled places are rough, and a heart on a heart is one odd heart. The same as training/model/slots.py `apart`.
 */
export function apart(planned: readonly PlannedElement[]): PlannedElement[] {
  const boxes = planned.map(({ box }) => [span(box.left, box.width), span(box.top, box.height)] as const)
  for (let round = 0; round < ROUNDS; round++)
    for (let second = 0; second < planned.length; second++)
      for (let first = 0; first < second; first++)
        if (areCopies(planned[first]!, planned[second]!)) part(boxes[first]!, boxes[second]!)
  return planned.map((element, index) => {
    const [across, down] = boxes[index]!
    const box = { ...element.box, left: across.middle - across.side / 2, top: down.middle - down.side / 2 }
    return { ...element, box }
  })
}

function span(start: number, side: number): Span {
  const middle = start + side / 2
  return { middle, side, low: Math.min(middle, side / 2), high: Math.max(middle, 1 - side / 2) }
}

function areCopies(first: PlannedElement, second: PlannedElement): boolean {
  if (first.kind === 'whole' || second.kind === 'whole') return false
  return first.words.start === second.words.start && first.words.end === second.words.end
}

function part(first: readonly [Span, Span], second: readonly [Span, Span]): void {
  const shares = first.map((one, axis) => {
    const other = second[axis]!
    const shared = (one.side + other.side) / 2 - Math.abs(other.middle - one.middle)
    return { one, other, shared, least: Math.min(one.side, other.side) }
  })
  const [across, down] = shares as [(typeof shares)[0], (typeof shares)[0]]
  if (across.shared <= 0 || down.shared <= 0) return
  if (across.shared * down.shared <= MAY_OVERLAP * across.least * down.least) return
  const { one, other, shared, least } = across.shared / across.least <= down.shared / down.least ? across : down
  const move = ((shared - LEFT_OVER * least) / 2) * (other.middle < one.middle ? -1 : 1)
  one.middle = clamp(one.middle - move, one)
  other.middle = clamp(other.middle + move, other)
}

const clamp = (value: number, { low, high }: Span): number => Math.min(high, Math.max(low, value))
