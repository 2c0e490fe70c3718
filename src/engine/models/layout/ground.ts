import type { Tensor } from '../../core/tensor'
import { eachRegion, type Matte, type PlaneSize } from '../../image/mask'
import { resampledRows } from '../../image/resample'
import { all, windowMatte, type Plane } from '../../image/window'
import { foundHead, type Head } from '../matte'

/**
 * A photo's geometry as the rules of places read it, of the subject's matte. Lengths are pixels of a small plane of the
 * photo's shape. The same as training/data/scene.py.
 */
export interface Ground extends PlaneSize {
  /** sqrt(width * height): the unit that lengths are relative to. */
  readonly scale: number
  /** The largest thing of the matte; undefined where there is none of a fair size. */
  readonly subject: Subject | undefined
  /** Undefined where it is not known. */
  readonly head: Head | undefined
  /** How much of every cell the matte covers, 0..1. */
  readonly map: Plane
  /** Side of a cell. */
  readonly cell: number
}

/** In pixels of the plane, from its left and upper edge. */
export interface Subject {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** Middle of its top: of the head, where it is known. */
  readonly topX: number
  readonly topY: number
  /** Where something rests on it: lower than the top, which may be an ear or a raised arm. */
  readonly seat: number
  /** Of the widest run in its upper quarter: about a head's. */
  readonly topWidth: number
}

/** Cells along the unit length in the map that free space is searched in, and the plane's pixels along it. */
const CELLS = 48
const PIXELS = 2 * CELLS
const LEAST_CELLS = 8

const INSIDE = 0.5
/** Of what rests on a head, below its crown's point, in head heights. */
const SEAT = 0.06
/** Of a subject, in square unit lengths. */
const LEAST_AREA = 0.02

/**
 * @param matte the subject's, at any size; all 0 where there is none
 * @param aspect the photo's width / height
 * @param heads [144, 7]: what is known of heads
 */
export function readGround(matte: Matte, aspect: number, heads?: Tensor): Ground {
  const size = { width: Math.round(PIXELS * Math.sqrt(aspect)), height: Math.round(PIXELS / Math.sqrt(aspect)) }
  const plane = windowMatte(matte, all(matte), size)
  const scale = Math.sqrt(size.width * size.height)
  const cell = scale / CELLS
  const cells = (length: number): number => Math.max(LEAST_CELLS, Math.round(length / cell))
  const map = shrunk(plane, { width: cells(size.width), height: cells(size.height) })
  const head = heads && foundHead(heads, matte, size)
  const subject = subjectOf(plane, scale)
  return { ...size, scale, cell, map, head, subject: subject && head ? { ...subject, ...topBy(head) } : subject }
}

function shrunk({ width, height, values }: Plane, to: PlaneSize): Plane {
  const result = new Float32Array(to.width * to.height)
  const read = (y: number, row: Float32Array, first: number, end: number): void => {
    row.set(values.subarray(y * width + first, y * width + end), first)
  }
  const window = { left: 0, top: 0, width, height }
  let at = 0
  const job = {
    width,
    height,
    channels: 1,
    toWidth: to.width,
    toHeight: to.height,
    window,
    up: 'linear',
    read,
  } as const
  for (const row of resampledRows(job)) {
    result.set(row, at)
    at += row.length
  }
  return { ...to, values: result }
}

function subjectOf(plane: Plane, scale: number): Subject | undefined {
  const { width } = plane
  const inside = Uint8Array.from(plane.values, (value) => Number(value > INSIDE))
  let largest: readonly number[] = []
  eachRegion(inside, plane, true, (pixels) => {
    if (pixels.length > largest.length) largest = pixels
  })
  if (largest.length < LEAST_AREA * scale * scale) return undefined
  let [left, top, right, bottom] = [Infinity, Infinity, 0, 0]
  const own = new Uint8Array(inside.length)
  for (const at of largest) {
    own[at] = 1
    const [x, y] = [at % width, Math.floor(at / width)]
    left = Math.min(left, x)
    right = Math.max(right, x + 1)
    top = Math.min(top, y)
    bottom = Math.max(bottom, y + 1)
  }
  return { left, top, right, bottom, ...topOf(own, width, { left, top, right, bottom }) }
}

type Top = Pick<Subject, 'topX' | 'topY' | 'seat' | 'topWidth'>

function topBy(head: Head): Top {
  const seat = head.crownY + SEAT * (head.bottom - head.top)
  return { topX: head.crownX, topY: head.top, seat, topWidth: head.right - head.left }
}

/** Upper share of a subject in which its top is looked for. */
const DEPTH = 0.24

/** Ears and raised arms give short runs first: the seat is the first row with a run half the widest. */
function topOf(
  own: Uint8Array,
  width: number,
  { left, top, right, bottom }: Pick<Subject, 'left' | 'top' | 'right' | 'bottom'>,
): Top {
  const depth = Math.min(bottom - top, Math.max(2, Math.ceil(DEPTH * (bottom - top))))
  const runs = Array.from({ length: depth }, (_, y) => longestRun(own, (top + y) * width, left, right))
  const widest = Math.max(...runs.map(({ length }) => length))
  const seat = runs.findIndex(({ length }) => length >= 0.5 * widest)
  const under = runs.slice(seat, seat + Math.max(2, Math.floor(depth / 3))).map(({ middle }) => middle)
  return { topX: median(under), topY: top, seat: top + seat, topWidth: widest }
}

/** The first of the longest runs of 1 in a row. */
function longestRun(own: Uint8Array, row: number, left: number, right: number): { middle: number; length: number } {
  let best = { middle: left + 0.5, length: 0 }
  let length = 0
  for (let x = left; x < right; x++) {
    length = own[row + x] === 1 ? length + 1 : 0
    if (length > best.length) best = { middle: x + 1 - length / 2, length }
  }
  return best
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2
}

/** A box's sides in pixels of the ground. */
export interface Sides {
  readonly width: number
  readonly height: number
}

export type Middle = readonly [x: number, y: number]

/** The middle nearest to the wish that keeps size within 0..limit; the limit's own middle when it is too big. */
export const within = (middle: number, size: number, limit: number): number =>
  size >= limit ? limit / 2 : Math.min(limit - size / 2, Math.max(size / 2, middle))

/** Share of a box about the middle that the subject covers. */
export function occupied({ map, cell }: Ground, [x, y]: Middle, { width, height }: Sides): number {
  const cells = (middle: number, side: number, most: number): readonly [number, number] => [
    Math.max(0, Math.trunc((middle - side / 2) / cell)),
    Math.min(most, Math.max(1, Math.ceil((middle + side / 2) / cell))),
  ]
  const [left, right] = cells(x, width, map.width)
  const [top, bottom] = cells(y, height, map.height)
  if (right <= left || bottom <= top) return 1
  let sum = 0
  for (let row = top; row < bottom; row++)
    for (let column = left; column < right; column++) sum += map.values[row * map.width + column]!
  return sum / ((right - left) * (bottom - top))
}
