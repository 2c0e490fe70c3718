import type { PlannedElement } from './elements'
import { occupied, within, type Ground, type Middle, type Sides } from './ground'
import type { Anchor } from './slots'

/**
 * Places for several copies of one thing, by the rules that training's pairs are placed by: a ring about the subject, a
 * row along the top or the bottom, a lattice over the background. The same as `ring`, `row` and `lattice` of
 * training/data/anchors.py.
 */

const LEAST_COPIES = 3
const MOST_COPIES = 16
const LATTICE_COLUMNS = [2, 3, 4, 5, 6] as const

/** Share of a copy that the subject may cover. */
const MOST_COVERED = 0.36

/**
 * The copies at the places of their anchor's rule, evenly at some of them where all of its forms have more; undefined
 * where it has no rule, or not as many in any of its forms.
 */
export function manyAt(copies: readonly PlannedElement[], ground: Ground): PlannedElement[] | undefined {
  const count = copies.length
  if (count < LEAST_COPIES) return undefined
  const mean = (side: 'width' | 'height'): number => copies.reduce((sum, { box }) => sum + box[side], 0) / count
  const own = { width: mean('width') * ground.width, height: mean('height') * ground.height }
  let best: Form | undefined
  for (const form of forms(commonest(copies), count, ground, own))
    if (form.middles.length >= count && form.middles.length < (best?.middles.length ?? Infinity)) best = form
  if (best === undefined) return undefined
  const { middles, sides } = best
  const share = { width: sides.width / ground.width, height: sides.height / ground.height }
  return evenly(middles, count).map(([x, y], index) => {
    const corner = { left: x / ground.width - share.width / 2, top: y / ground.height - share.height / 2 }
    return { ...copies[index]!, box: { ...corner, ...share } }
  })
}

/** @param count 2 to as many as there are */
const evenly = <Item>(items: readonly Item[], count: number): Item[] =>
  Array.from({ length: count }, (_, k) => items[Math.round((k * (items.length - 1)) / (count - 1))]!)

/** The anchor that most have, the first of several. */
function commonest(copies: readonly PlannedElement[]): Anchor {
  const counts = new Map<Anchor, number>()
  for (const { anchor } of copies) counts.set(anchor, (counts.get(anchor) ?? 0) + 1)
  return [...counts].reduce((best, next) => (next[1] > best[1] ? next : best))[0]
}

interface Form {
  readonly middles: readonly Middle[]
  readonly sides: Sides
}

function forms(anchor: Anchor, count: number, ground: Ground, sides: Sides): Form[] {
  const atLeast = Array.from({ length: Math.max(0, MOST_COPIES + 1 - count) }, (_, more) => count + more)
  switch (anchor) {
    case 'around':
      return atLeast.map((points) => ({ middles: ring(ground, sides, points), sides }))
    case 'scatter':
      return LATTICE_COLUMNS.map((columns) => ({ middles: lattice(ground, sides, columns), sides }))
    case 'sky':
    case 'bottom':
      return atLeast.map((columns) => row(ground, sides, columns, anchor === 'sky'))
    default:
      return []
  }
}

/** At equal angles about the subject's box; none where it is crowded or mostly covered. */
function ring(ground: Ground, sides: Sides, points: number): Middle[] {
  const { subject, width, height } = ground
  if (subject === undefined) return []
  const { left, top, right, bottom } = subject
  const found: Middle[] = []
  for (let k = 0; k < points; k++) {
    const angle = (2 * Math.PI * (k + 0.5)) / points - Math.PI / 2
    const across = ((right - left) / 2 + 0.42 * sides.width) * Math.cos(angle)
    const down = ((bottom - top) / 2 + 0.42 * sides.height) * Math.sin(angle)
    const x = within((left + right) / 2 + 1.08 * across, sides.width, width)
    const y = within((top + bottom) / 2 + 1.08 * down, sides.height, height)
    const isCrowded = found.some(
      (other) => Math.abs(other[0] - x) < 0.9 * sides.width && Math.abs(other[1] - y) < 0.9 * sides.height,
    )
    if (!isCrowded && occupied(ground, [x, y], sides) < MOST_COVERED) found.push([x, y])
  }
  return found
}

/** Side by side along the top behind the subject, or along the bottom before it, up and down in turn. */
function row(ground: Ground, own: Sides, columns: number, inSky: boolean): Form {
  const longest = Math.max(own.width, own.height)
  const shrink = Math.min(1, (0.95 * ground.width) / columns / longest)
  const sides = { width: own.width * shrink, height: own.height * shrink }
  const { subject } = ground
  const middles: Middle[] = []
  for (let k = 0; k < columns; k++) {
    const lower = k % 2
    const x = ((k + 0.5) * ground.width) / columns
    const y = inSky
      ? sides.height / 2 + (0.03 + 0.08 * lower) * ground.height
      : ground.height - sides.height * (0.5 - 0.1 * lower)
    const mayHide = !inSky && (subject === undefined || y - sides.height / 2 >= subject.seat + 1.1 * subject.topWidth)
    if (mayHide || occupied(ground, [x, y], sides) <= 0.3) middles.push([x, y])
  }
  return { middles, sides }
}

/** A staggered lattice over the background; what is mostly on the subject is left out. */
function lattice(ground: Ground, sides: Sides, columns: number): Middle[] {
  const step = ground.width / columns
  const rows = Math.max(2, Math.round(ground.height / (0.95 * step)))
  const found: Middle[] = []
  for (let at = 0; at < rows * columns; at++) {
    const [line, column] = [Math.floor(at / columns), at % columns]
    const x = within((column + 0.5 + (line % 2 === 1 ? 0.25 : -0.25)) * step, sides.width, ground.width)
    const y = within(((line + 0.5) * ground.height) / rows, sides.height, ground.height)
    if (occupied(ground, [x, y], sides) < MOST_COVERED) found.push([x, y])
  }
  return found.length <= MOST_COPIES ? found : evenly(found, MOST_COPIES)
}
