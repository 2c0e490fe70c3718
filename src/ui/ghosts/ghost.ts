import { AS_DRAWN, placesWithin, type ElementPlan, type Place, type Pose } from '../../workers/engine-api'

/** Where something will be drawn, while it can still be moved. */
export interface Ghost extends ElementPlan {
  readonly id: string
  /** A person put it where it is. */
  readonly moved: boolean
}

/** What stands on the photo before other boxes are asked for. */
export interface Standing {
  readonly ghosts: readonly Ghost[]
  /** The box that was drawn for all that is said; null: the model finds places. */
  readonly here: Place | null
  /** What they were asked for, in English. */
  readonly instruction: string
}

/** Shares of the photo's sides: less cannot be taken hold of. */
export const SMALLEST = 0.02

/** As much of a box stays on the photo. */
const IN_SIGHT = 0.02

/**
 * The boxes for other words. Those that a person moved stay while their words are still said; what was drawn for all
 * that is said takes all of the new.
 * @param plans what the model lays out of the instruction
 */
export function arranged(
  { ghosts, here, instruction: before }: Standing,
  plans: readonly ElementPlan[],
  instruction: string,
  newId: () => string,
): readonly Ghost[] {
  const kept = ghosts
    .filter(({ moved }) => moved)
    .map((ghost) => (ghost.words === before ? { ...ghost, words: instruction } : ghost))
    .filter(({ words }) => words === instruction || says(instruction, words))
  const free = ghosts.filter(({ moved }) => !moved)
  const taken = new Set<Ghost>()
  const takeFrom = (list: readonly Ghost[], words: string): Ghost | undefined => {
    const found = list.find((ghost) => ghost.words === words && !taken.has(ghost))
    if (found !== undefined) taken.add(found)
    return found
  }
  const placed = here === null ? plans : within(plans, here, instruction)
  const found = placed.flatMap((plan): Ghost[] => {
    if (takeFrom(kept, plan.words) !== undefined) return []
    const same = takeFrom(free, plan.words) ?? (here !== null && placed.length === 1 ? free[0] : undefined)
    return [{ ...plan, id: same?.id ?? newId(), moved: false }]
  })
  return [...found, ...kept]
}

/**
 * Things share the box as they shared the photo. Whoever draws a box wants to see something there: before the subject,
 * unless "behind" is said.
 */
function within(plans: readonly ElementPlan[], here: Place, instruction: string): readonly ElementPlan[] {
  const things = plans.filter(({ kind }) => kind !== 'whole')
  if (things.length === 0) return [{ box: here, kind: 'front', words: instruction }]
  const boxes = placesWithin(
    things.map(({ box }) => box),
    here,
  )
  // One has the box to the last digit.
  return things.map((plan, i) => ({
    ...plan,
    kind: plan.kind === 'behind' && !says(instruction, 'behind') ? 'front' : plan.kind,
    box: things.length === 1 ? here : (boxes[i] ?? here),
  }))
}

/** Whether a text has the words, as whole words. */
function says(text: string, words: string): boolean {
  const plain = (one: string): string => ` ${one.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `
  return words.trim() !== '' && plain(text).includes(plain(words.trim()))
}

/** Moved by shares of the photo's sides, never out of sight. */
export function movedBox(box: Place, dx: number, dy: number): Place {
  const kept = (at: number, length: number): number => Math.min(1 - IN_SIGHT, Math.max(IN_SIGHT - length, at))
  return { ...box, left: kept(box.left + dx, box.width), top: kept(box.top + dy, box.height) }
}

/** Scaled about its middle. */
export function scaledBox(box: Place, across: number, down: number): Place {
  const size = (length: number, by: number): number => Math.min(2, Math.max(SMALLEST, length * by))
  const [width, height] = [size(box.width, across), size(box.height, down)]
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height }
}

/** The box with these two corners, in any order; undefined for one too small to be meant. */
export function boxBetween([ax, ay]: Corner, [bx, by]: Corner): Place | undefined {
  const clamped = (at: number): number => Math.min(1, Math.max(0, at))
  const [left, right] = [clamped(Math.min(ax, bx)), clamped(Math.max(ax, bx))]
  const [top, bottom] = [clamped(Math.min(ay, by)), clamped(Math.max(ay, by))]
  const box = { left, top, width: right - left, height: bottom - top }
  return box.width < SMALLEST || box.height < SMALLEST ? undefined : box
}

type Corner = readonly [x: number, y: number]

/** The smallest box at a place of the photo; the selected one first. Those all over the photo let all through. */
export function ghostAt(ghosts: readonly Ghost[], [x, y]: Corner, selectedId: string | null): Ghost | undefined {
  const hit = ghosts.filter(
    ({ kind, box }) =>
      kind !== 'whole' && x >= box.left && y >= box.top && x <= box.left + box.width && y <= box.top + box.height,
  )
  const area = ({ box }: Ghost): number => box.width * box.height
  return hit.find(({ id }) => id === selectedId) ?? hit.toSorted((a, b) => area(a) - area(b))[0]
}

/** How what was drawn in one box is shown in another, until it is drawn there. */
export function poseBetween(drawn: Place, now: Place): Pose {
  return {
    ...AS_DRAWN,
    x: now.left + now.width / 2 - drawn.left - drawn.width / 2,
    y: now.top + now.height / 2 - drawn.top - drawn.height / 2,
    scale: Math.sqrt((now.width * now.height) / (drawn.width * drawn.height)),
  }
}
