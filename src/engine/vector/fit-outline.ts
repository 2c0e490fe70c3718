import fitCurve from 'fit-curve'

export type Point = [number, number]

/**
 * A point where the direction changes by more than this, radians, within {@link ARM} points on either side is a corner.
 */
const CORNER = 0.9
const ARM = 4

/** Decimals of coordinates: a hundredth of a pixel is not seen at any size. */
const DECIMALS = 2

/**
 * A closed ring of points as curves between its corners (Schneider 1990).
 * @param stray greatest distance of a curve from the points it stands for
 * @returns path data and the number of its curves and lines
 */
export function fitOutline(ring: readonly Point[], stray: number): { readonly path: string; readonly nodes: number } {
  const corners = cornersOf(ring)
  // A smooth ring is cut where it begins, and opposite, so that no curve runs into itself.
  const cuts =
    corners.length >= 2
      ? corners
      : [...new Set([corners[0] ?? 0, ((corners[0] ?? 0) + Math.floor(ring.length / 2)) % ring.length])].sort(
          (a, b) => a - b,
        )
  const [x, y] = ring[cuts[0]!]!
  const pieces = cuts.flatMap((from, i) =>
    fitCurve([...between(ring, from, cuts[(i + 1) % cuts.length]!)], stray ** 2).map(tamed),
  )
  return { path: `M${number(x)} ${number(y)}${pieces.map(command).join('')}Z`, nodes: pieces.length }
}

/** Points from one cut to the next, both included, past the ring's end where need be. */
function between(ring: readonly Point[], from: number, to: number): readonly Point[] {
  return to > from ? ring.slice(from, to + 1) : [...ring.slice(from), ...ring.slice(0, to + 1)]
}

function cornersOf(ring: readonly Point[]): readonly number[] {
  if (ring.length < 4 * ARM) return []
  const turns = ring.map((point, i) => turn(ring.at(i - ARM)!, point, ring[(i + ARM) % ring.length]!))
  // The sharpest of its surroundings only.
  return turns.flatMap((value, i) =>
    value > CORNER &&
    turns.every((other, j) => !isNear(i, j, ring.length) || other < value || (other === value && j >= i))
      ? [i]
      : [],
  )
}

function isNear(i: number, j: number, length: number): boolean {
  const apart = Math.abs(i - j)
  return Math.min(apart, length - apart) <= ARM
}

/** Change of direction at b on the way from a to c, 0..pi. */
function turn(a: Point, b: Point, c: Point): number {
  const angle = Math.abs(Math.atan2(c[1] - b[1], c[0] - b[0]) - Math.atan2(b[1] - a[1], b[0] - a[0]))
  return Math.min(angle, 2 * Math.PI - angle)
}

function command([from, one, two, to]: Curve): string {
  const straight = distance(one, from, to) < 0.1 && distance(two, from, to) < 0.1
  return straight ? `L${pair(to)}` : `C${pair(one)} ${pair(two)} ${pair(to)}`
}

/** Distance of a point from the line through two others; from the first where they coincide. */
function distance([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const length = Math.hypot(bx - ax, by - ay)
  return length === 0 ? Math.hypot(x - ax, y - ay) : Math.abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length
}

/**
 * Handles longer than this many times the distance of a curve's ends (and a pixel) come from equations without a good
 * answer.
 */
const LONGEST_HANDLE = 2

type Curve = readonly [Point, Point, Point, Point]

/**
 * The curve, with handles of a third of its ends' distance, Schneider's own way out, where the fit made one of them
 * wild.
 */
function tamed([from, one, two, to]: Curve): Curve {
  const apart = Math.hypot(to[0] - from[0], to[1] - from[1])
  const handle = (end: Point, at: Point): Point => {
    const length = Math.hypot(at[0] - end[0], at[1] - end[1])
    if (length <= LONGEST_HANDLE * apart + 1) return at
    const scale = apart / 3 / length
    return [end[0] + scale * (at[0] - end[0]), end[1] + scale * (at[1] - end[1])]
  }
  return [from, handle(from, one), handle(to, two), to]
}

const number = (value: number): string => String(Number(value.toFixed(DECIMALS)))
const pair = ([x, y]: Point): string => `${number(x)} ${number(y)}`
