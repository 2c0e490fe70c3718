import type { Place } from '../../image/place'
import { MAY_OVERLAP } from './apart'
import type { PlannedElement } from './elements'
import { occupied, within, type Ground, type Middle, type Sides, type Subject } from './ground'
import type { Head } from '../matte'
import { manyAt } from './many'
import type { Anchor } from './slots'

export { readGround } from './ground'

/**
 * Where a box lies is settled by the rules that training's pairs are placed by: the network says at which anchor and
 * how large, the subject's matte says the rest. Where a place depends on what is free, the network learns the mean of
 * several; the rule knows. The same as training/model/settle.py and data/anchors.py.
 */

/** Of a box, one after the other, until there is room for it. */
const SHRINKS = [1, 0.93, 0.86, 0.8, 0.74, 0.7, 0.65, 0.6] as const

type Rule = (ground: Ground, subject: Subject, box: Sides) => Middle | undefined

/**
 * Every element at its anchor, a little smaller where that gives it room; as it was where it has none, or where only
 * there it does not lie on one before it. Copies of one thing as a ring, a row or a lattice of as many.
 */
export function settled(planned: readonly PlannedElement[], ground: Ground): PlannedElement[] {
  const done: PlannedElement[] = []
  for (const copies of groups(planned)) {
    const many = manyAt(copies, ground)
    if (many !== undefined) done.push(...many)
    else
      for (const element of copies) {
        const put = settle(element, ground)
        const onAnother = (one: PlannedElement): boolean => done.some((other) => isCrowded(one, other))
        done.push(onAnother(put) && !onAnother(element) ? element : put)
      }
  }
  return done
}

/** Copies: neighbours with the same words. */
function groups(planned: readonly PlannedElement[]): PlannedElement[][] {
  const found: PlannedElement[][] = []
  for (const element of planned) {
    const last = found.at(-1)
    const [first] = last ?? []
    const same = first?.words.start === element.words.start && first.words.end === element.words.end
    if (last !== undefined && same) last.push(element)
    else found.push([element])
  }
  return found
}

function isCrowded(one: PlannedElement, other: PlannedElement): boolean {
  if (one.kind === 'whole' || other.kind === 'whole') return false
  const [a, b] = [one.box, other.box]
  const across = Math.min(a.left + a.width, b.left + b.width) - Math.max(a.left, b.left)
  const down = Math.min(a.top + a.height, b.top + b.height) - Math.max(a.top, b.top)
  if (across <= 0 || down <= 0) return false
  return across * down > MAY_OVERLAP * Math.min(a.width * a.height, b.width * b.height)
}

function settle(element: PlannedElement, ground: Ground): PlannedElement {
  if (element.kind === 'whole') return element
  if (element.anchor === 'head' || element.anchor === 'halo') {
    return ground.head ? { ...element, box: worn(element.box, element.anchor, ground, ground.head) } : element
  }
  const sized = ground.subject && SIZED[element.anchor]?.(ground, ground.subject, element.box)
  if (sized !== undefined) return { ...element, box: sized }
  const { width, height } = element.box
  for (const shrink of SHRINKS) {
    const box = { width: width * shrink * ground.width, height: height * shrink * ground.height }
    const middle = middleAt(element.anchor, ground, box)
    if (middle === undefined) continue
    const share = { width: width * shrink, height: height * shrink }
    const [x, y] = [middle[0] / ground.width, middle[1] / ground.height]
    return { ...element, box: { left: x - share.width / 2, top: y - share.height / 2, ...share } }
  }
  return element
}

/** Of what is worn on the head, in head widths; its most height in head heights. */
const WORN_WIDTHS = [0.5, 1.75] as const
const WORN_HEIGHT = 1.7
/**
 * Lower edge of a hat below the crown's point, in head heights: where it is put on, and the most that it is pulled
 * down. Deeper, the network has lost the head.
 */
const BRIM = 0.12
const PULLED = 0.24
/** Of a halo above the head's top. */
const HALO_GAP = 0.06

/** On the crown, or over the head: only how deep a hat is pulled down is the network's, and how wide it is. */
function worn(box: Place, anchor: 'head' | 'halo', ground: Ground, head: Head): Place {
  const [across, down] = [head.right - head.left, head.bottom - head.top]
  const aspect = aspectOf(box, ground)
  const wide = between(box.width * ground.width, WORN_WIDTHS[0] * across, WORN_WIDTHS[1] * across)
  const high = Math.min(wide / aspect, WORN_HEIGHT * down)
  const [width, height] = [(high * aspect) / ground.width, high / ground.height]
  const own = (box.top + box.height) * ground.height
  const lower =
    anchor === 'head'
      ? between(own, head.crownY + BRIM * down, head.crownY + PULLED * down)
      : head.top - HALO_GAP * down
  return { left: head.crownX / ground.width - width / 2, top: lower / ground.height - height, width, height }
}

const between = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value))

function middleAt(anchor: Anchor, ground: Ground, box: Sides): Middle | undefined {
  switch (anchor) {
    case 'top_left':
    case 'top_right':
    case 'bottom_left':
    case 'bottom_right':
      return corner(ground, box, anchor.endsWith('left'), anchor.startsWith('top'))
    default:
      return ground.subject && RULES[anchor]?.(ground, ground.subject, box)
  }
}

const RULES: Partial<Record<Anchor, Rule>> = {
  left: (...given) => beside(...given, true, false),
  right: (...given) => beside(...given, false, false),
  beside_left: (...given) => beside(...given, true, true),
  beside_right: (...given) => beside(...given, false, true),
  perch: (ground, { topX, seat }, { width, height }) => {
    const top = seat - 0.9 * height
    return top < -0.12 * height ? undefined : [within(topX, width, ground.width), Math.max(top, 0) + height / 2]
  },
  above: (ground, { topX, topY, seat }, { width, height }) => {
    const y = Math.max(topY - 0.56 * height, 0.5 * height)
    if (topY - 0.56 * height < 0.5 * height && y + 0.38 * height > seat) return undefined
    return [within(topX, width, ground.width), y]
  },
  front: (ground, { left, top, right, bottom }, { width, height }) => {
    const y = Math.min(bottom + 0.05 * height, ground.height) - height / 2
    if (y - height / 2 < top + 0.38 * (bottom - top)) return undefined
    return [within((left + right) / 2, width, ground.width), y]
  },
  middle: (_, { left, top, right, bottom }, { width, height }) =>
    Math.min(right - left, bottom - top) < 0.9 * Math.max(width, height)
      ? undefined
      : [(left + right) / 2, (top + bottom) / 2],
}

/** What has its size of the subject, too; undefined where there is no room for it. */
const SIZED: Partial<Record<Anchor, (ground: Ground, subject: Subject, box: Place) => Place | undefined>> = {
  behind: (ground, subject, box) => {
    const least = Math.min(subject.right - subject.left, subject.bottom - subject.top)
    const longest = between(1.25 * least, 0.4 * ground.scale, 0.92 * Math.min(ground.width, ground.height))
    const aspect = aspectOf(box, ground)
    const sides =
      aspect >= 1 ? { width: longest, height: longest / aspect } : { width: longest * aspect, height: longest }
    const x = within(subject.topX, sides.width, ground.width)
    const y = within(subject.seat + 0.1 * sides.height, sides.height, ground.height)
    return occupied(ground, [x, y], sides) <= 0.5 ? placeAbout([x, y], sides, ground) : undefined
  },
  // Wings: complete, wherever the picture's edge cuts them.
  back: (ground, { left, top, right, bottom, topX, seat, topWidth }, box) => {
    const [aspect, most] = [aspectOf(box, ground), 1.15 * ground.width]
    const width = between(box.width * ground.width, 0.4 * ground.scale, most)
    if ((right - left) / width <= 0.72) {
      const x = (left + right) / 2
      if (x - width / 2 < -0.25 * width || x + width / 2 > ground.width + 0.25 * width) return undefined
      return placeAbout([x, top + 0.36 * (bottom - top)], { width, height: width / aspect }, ground)
    }
    // A portrait's shoulders fill the picture: the wings rise from behind them beside the head.
    const wide = between(2.9 * topWidth, 0.7 * ground.scale, most)
    const sides = { width: wide, height: wide / aspect }
    const middle = [topX, seat + 0.28 * sides.height] as const
    if (Math.abs(topX - ground.width / 2) > 0.25 * ground.width || occupied(ground, middle, sides) > 0.6)
      return undefined
    return placeAbout(middle, sides, ground)
  },
}

const aspectOf = (box: Place, ground: Ground): number => (box.width * ground.width) / (box.height * ground.height)

function placeAbout([x, y]: Middle, sides: Sides, ground: Ground): Place {
  const [width, height] = [sides.width / ground.width, sides.height / ground.height]
  return { left: x / ground.width - width / 2, top: y / ground.height - height / 2, width, height }
}

/** Of the corner, in unit lengths. */
const MARGIN = 0.03

function corner(ground: Ground, box: Sides, atLeft: boolean, atTop: boolean): Middle | undefined {
  const margin = MARGIN * ground.scale
  const [across, down] = [margin + box.width / 2, margin + box.height / 2]
  const at: Middle = [atLeft ? across : ground.width - across, atTop ? down : ground.height - down]
  // At the bottom there is nearly always somebody: there it lies before them.
  return occupied(ground, at, box) <= (atTop ? 0.14 : 0.7) ? at : undefined
}

/** Share that may be covered of a box beside the subject; the last one that costs nothing; what more costs. */
const MOST_COVERED = 0.14
const FREE_COVERED = 0.03
const COVERED_COST = 5

/** At the subject's left or right, by its feet where the thing stands, else by its shoulders: what is free near by. */
function beside(
  ground: Ground,
  { left, top, right, bottom }: Subject,
  box: Sides,
  atLeft: boolean,
  stands: boolean,
): Middle | undefined {
  const { width, height } = box
  const gap = 0.52 * width
  const x = within(atLeft ? left - gap : right + gap, width, ground.width)
  const y = within(stands ? bottom - 0.5 * height : top + 0.34 * (bottom - top), height, ground.height)
  // Over the middle of a wide subject is neither left nor right of it.
  const middle = (left + right) / 2
  const away = Math.max(0.2 * width, 0.25 * (right - left))
  const found = freest(ground, box, [x, y], atLeft ? [0, middle - away] : [middle + away, ground.width])
  if (found === undefined || found.covered > MOST_COVERED) return undefined
  if (stands && found.at[1] + height / 2 < top + 0.62 * (bottom - top)) return undefined
  return found.at
}

/** The cell nearest to the wish, inside the photo and the range, about which a box covers little of the subject. */
function freest(
  { map, cell, scale, ...photo }: Ground,
  { width, height }: Sides,
  [wishX, wishY]: Middle,
  [low, high]: readonly [number, number],
): { readonly at: Middle; readonly covered: number } | undefined {
  const [firstX, lastX] = [Math.max(low, width / 2), Math.min(high, photo.width - width / 2)]
  const [firstY, lastY] = [height / 2, photo.height - height / 2]
  const kernel = { width: Math.max(1, Math.round(width / cell)), height: Math.max(1, Math.round(height / cell)) }
  let best: { at: Middle; covered: number } | undefined
  let least = Infinity
  for (let row = 0; row < map.height; row++) {
    const y = (row + 0.5) * cell
    if (y < firstY || y > lastY) continue
    for (let column = 0; column < map.width; column++) {
      const x = (column + 0.5) * cell
      const distance = Math.hypot(x - wishX, y - wishY) / scale
      if (x < firstX || x > lastX || distance >= least) continue
      const covered = meanAbout(map, column, row, kernel)
      const cost = distance + COVERED_COST * Math.max(0, covered - FREE_COVERED)
      if (cost < least) [least, best] = [cost, { at: [x, y], covered }]
    }
  }
  return best
}

/** Mean of a window of cells, the border's repeated beyond it; an even one reaches further back than on. */
function meanAbout({ width, height, values }: Ground['map'], column: number, row: number, kernel: Sides): number {
  const [left, top] = [column - (kernel.width >> 1), row - (kernel.height >> 1)]
  const at = (index: number, most: number): number => Math.min(most - 1, Math.max(0, index))
  let sum = 0
  for (let y = top; y < top + kernel.height; y++)
    for (let x = left; x < left + kernel.width; x++) sum += values[at(y, height) * width + at(x, width)]!
  return sum / (kernel.width * kernel.height)
}
