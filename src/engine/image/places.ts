import type { Place } from './place'

/** The smallest place that holds all of them. */
export function placeAround(places: readonly Place[]): Place {
  const [left, top] = [Math.min(...places.map((one) => one.left)), Math.min(...places.map((one) => one.top))]
  const right = Math.max(...places.map((one) => one.left + one.width))
  const bottom = Math.max(...places.map((one) => one.top + one.height))
  return { left, top, width: right - left, height: bottom - top }
}

/** Places moved and scaled together so that what they span becomes the given one. */
export function placesWithin(places: readonly Place[], { left, top, width, height }: Place): readonly Place[] {
  if (places.length === 0) return []
  const span = placeAround(places)
  const [across, down] = [width / span.width, height / span.height]
  return places.map((one) => ({
    left: left + (one.left - span.left) * across,
    top: top + (one.top - span.top) * down,
    width: one.width * across,
    height: one.height * down,
  }))
}
