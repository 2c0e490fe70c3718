import type { Place } from './place'
import { placeAround } from './places'

/** How an object has been moved since it was drawn; about the middle of what it was drawn in ({@link pivotOf}). */
export interface Pose {
  /** Moved by so much of the photo's width, to the right, and of its height, downwards. */
  readonly x: number
  readonly y: number
  /** Above 0; 1: as large as drawn. */
  readonly scale: number
  /** Degrees clockwise. */
  readonly turn: number
  /** Left and right exchanged, before it is turned. */
  readonly mirrored: boolean
}

export const AS_DRAWN: Pose = { x: 0, y: 0, scale: 1, turn: 0, mirrored: false }

interface Size {
  readonly width: number
  readonly height: number
}

/** A place of the photo (px, py) goes to (a px + c py + e, b px + d py + f), as in a canvas's setTransform. */
export interface Affine {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly e: number
  readonly f: number
}

/** The middle of what an object was drawn in, as shares of the photo. @param elements at least one */
export function pivotOf(elements: readonly { readonly place: Place; readonly box?: Place }[]): [number, number] {
  const around = placeAround(elements.map(({ box, place }) => box ?? place))
  return [around.left + around.width / 2, around.top + around.height / 2]
}

/** The pose as a map of the photo's pixels. */
export function affineOf(pose: Pose, [px, py]: readonly [number, number], { width, height }: Size): Affine {
  const angle = (pose.turn * Math.PI) / 180
  const [cos, sin] = [Math.cos(angle) * pose.scale, Math.sin(angle) * pose.scale]
  const side = pose.mirrored ? -1 : 1
  const [a, b, c, d] = [side * cos, side * sin, -sin, cos]
  const [x, y] = [px * width, py * height]
  return { a, b, c, d, e: x + pose.x * width - a * x - c * y, f: y + pose.y * height - b * x - d * y }
}

/** The way back. */
export function inverse({ a, b, c, d, e, f }: Affine): Affine {
  const area = a * d - b * c
  return {
    a: d / area,
    b: -b / area,
    c: -c / area,
    d: a / area,
    e: (c * f - d * e) / area,
    f: (b * e - a * f) / area,
  }
}

export function applied({ a, b, c, d, e, f }: Affine, [x, y]: readonly [number, number]): [number, number] {
  return [a * x + c * y + e, b * x + d * y + f]
}

/** Where a place goes: the smallest upright one around it. */
export function movedPlace(place: Place, affine: Affine, { width, height }: Size): Place {
  const corners = [0, 1].flatMap((u) =>
    [0, 1].map((v) =>
      applied(affine, [(place.left + u * place.width) * width, (place.top + v * place.height) * height]),
    ),
  )
  const [xs, ys] = [corners.map(([x]) => x / width), corners.map(([, y]) => y / height)]
  const [left, top] = [Math.min(...xs), Math.min(...ys)]
  return { left, top, width: Math.max(...xs) - left, height: Math.max(...ys) - top }
}
