import { applied, lookAffine, type ElementBuffer, type Look, type Place } from '../../workers/engine-api'

interface Size {
  readonly width: number
  readonly height: number
}

/** Alpha, 0..255, below which nothing is seen. */
const SEEN = 24

/** Room around what was drawn, as a share of its longer side. */
const MARGIN = 0.16

/** Shorter than this share of the photo's shorter side nobody would see what is around it. */
const LEAST = 0.2

/** What was drawn, and how it looks. */
export interface Shown {
  readonly elements: readonly ElementBuffer[]
  readonly look?: Look | undefined
}

/**
 * The part of the photo that shows all of these drawings with a little around them: square where the photo has room,
 * never outside it. All of the photo where nothing is seen.
 */
export function cropAround(drawings: readonly Shown[], photo: Size): Place {
  const points = drawings.flatMap(({ elements, look }) => {
    const affine = lookAffine(elements, look, photo)
    return elements.flatMap((element) =>
      corners(element).map(([x, y]) => applied(affine, [x * photo.width, y * photo.height])),
    )
  })
  if (points.length === 0) return { left: 0, top: 0, width: 1, height: 1 }
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const [x, wide] = within(xs, photo.width)
  const [y, high] = within(ys, photo.height)
  const least = LEAST * Math.min(photo.width, photo.height)
  const side = Math.max(least, Math.max(wide, high) * (1 + 2 * MARGIN))
  const [width, height] = [Math.min(side, photo.width), Math.min(side, photo.height)]
  const start = (middle: number, length: number, most: number): number =>
    Math.min(most - length, Math.max(0, middle - length / 2))
  return {
    left: start(x, width, photo.width) / photo.width,
    top: start(y, height, photo.height) / photo.height,
    width: width / photo.width,
    height: height / photo.height,
  }
}

/** Middle and length of what these span inside 0..most. */
function within(values: readonly number[], most: number): readonly [middle: number, length: number] {
  const inside = (value: number): number => Math.min(most, Math.max(0, value))
  const [low, high] = [inside(Math.min(...values)), inside(Math.max(...values))]
  return [(low + high) / 2, high - low]
}

const known = new WeakMap<ElementBuffer, readonly (readonly [number, number])[]>()

/** Of what is seen of an element, as shares of the photo; none where nothing is. */
function corners(element: ElementBuffer): readonly (readonly [number, number])[] {
  const before = known.get(element)
  if (before !== undefined) return before
  const { width, height, data, place } = element
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0, at = 3; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      if (data[at]! < SEEN) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  }
  const to = (x: number, y: number): readonly [number, number] => [
    place.left + (x / width) * place.width,
    place.top + (y / height) * place.height,
  ]
  const found = right < 0 ? [] : [to(left, top), to(right + 1, top), to(left, bottom + 1), to(right + 1, bottom + 1)]
  known.set(element, found)
  return found
}
