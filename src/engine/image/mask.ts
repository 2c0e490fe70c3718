/** Binary masks and small neighbourhood filters on [height, width] planes, row-major. A mask holds 0 or 1. */

export interface PlaneSize {
  readonly width: number
  readonly height: number
}

/**
 * The photo's subject: its share of each pixel, 0..255, row-major. It lies over the whole photo at any resolution and
 * aspect.
 */
export interface Matte extends PlaneSize {
  readonly alpha: Uint8Array
}

type Plane = Uint8Array | Float32Array

/** Largest value within a square of side 2 * radius + 1, the border cut off. Dilates a mask. */
export function maxFilter<T extends Plane>(plane: T, size: PlaneSize, radius: number): T {
  return slide(slide(plane, size, radius, true, true), size, radius, false, true)
}

/** Smallest value within a square of side 2 * radius + 1, the border cut off. Erodes a mask. */
export function minFilter<T extends Plane>(plane: T, size: PlaneSize, radius: number): T {
  return slide(slide(plane, size, radius, true, false), size, radius, false, false)
}

/**
 * Largest or smallest along one axis: squares of squares, each time as far as no pixel is left out, so a few passes do.
 */
function slide<T extends Plane>(
  plane: T,
  { width, height }: PlaneSize,
  radius: number,
  across: boolean,
  largest: boolean,
): T {
  const lines = across ? height : 1
  const length = across ? width : width * height
  let [from, to] = [plane, plane.slice() as T]
  for (let reached = 0; reached < radius;) {
    const shift = Math.min(reached + 1, radius - reached)
    const step = across ? shift : shift * width
    if (reached > 0) [from, to] = [to, to.slice() as T]
    const widen = largest ? raise : lower
    for (let line = 0; line < lines; line++) widen(from, to, line * length, (line + 1) * length, step)
    reached += shift
  }
  return to
}

/** Each pair of pixels a step apart within one line is looked at once, for both of them. */
function raise(from: Plane, to: Plane, start: number, end: number, step: number): void {
  for (let at = start, other = start + step; other < end; at++, other++) {
    const here = from[at]!
    const there = from[other]!
    if (here === there) continue
    if (there > to[at]!) to[at] = there
    if (here > to[other]!) to[other] = here
  }
}

function lower(from: Plane, to: Plane, start: number, end: number, step: number): void {
  for (let at = start, other = start + step; other < end; at++, other++) {
    const here = from[at]!
    const there = from[other]!
    if (here === there) continue
    if (there < to[at]!) to[at] = there
    if (here < to[other]!) to[other] = here
  }
}

/** 3 x 3 binomial blur (1 2 1), the edge repeated. */
export function blur3(plane: Float32Array, { width, height }: PlaneSize): Float32Array {
  const once = new Float32Array(plane.length)
  const result = new Float32Array(plane.length)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      once[at] = (plane[at - (x > 0 ? 1 : 0)]! + 2 * plane[at]! + plane[at + (x < width - 1 ? 1 : 0)]!) / 4
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      result[at] = (once[at - (y > 0 ? width : 0)]! + 2 * once[at]! + once[at + (y < height - 1 ? width : 0)]!) / 4
    }
  }
  return result
}

/**
 * Visits each connected region of pixels where `inside` is 1, handing over its pixel indices.
 * @param diagonal whether touching corners connect (8 neighbours instead of 4)
 */
export function eachRegion(
  inside: Uint8Array,
  { width, height }: PlaneSize,
  diagonal: boolean,
  visit: (pixels: readonly number[]) => void,
): void {
  const seen = new Uint8Array(inside.length)
  for (let first = 0; first < inside.length; first++) {
    if (!inside[first] || seen[first]) continue
    const pixels = [first]
    seen[first] = 1
    for (let next = 0; next < pixels.length; next++) {
      const at = pixels[next]!
      const x = at % width
      const y = (at - x) / width
      for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
        for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
          if (!diagonal && dx !== 0 && dy !== 0) continue
          const neighbour = at + dy * width + dx
          if (!inside[neighbour] || seen[neighbour]) continue
          seen[neighbour] = 1
          pixels.push(neighbour)
        }
      }
    }
    visit(pixels)
  }
}

/** Closes holes (background regions that do not touch the border) of at most `maxArea` pixels. Returns a new mask. */
export function fillHoles(mask: Uint8Array, size: PlaneSize, maxArea: number): Uint8Array {
  const result = mask.slice()
  const { width, height } = size
  eachRegion(
    mask.map((value) => 1 - value),
    size,
    false,
    (pixels) => {
      if (pixels.length > maxArea) return
      const enclosed = pixels.every((at) => {
        const x = at % width
        const y = (at - x) / width
        return x > 0 && y > 0 && x < width - 1 && y < height - 1
      })
      if (enclosed) for (const at of pixels) result[at] = 1
    },
  )
  return result
}

/** 0 below `low`, 1 above `high`, the cubic Hermite ramp between. */
export function smoothstep(low: number, high: number, x: number): number {
  const t = Math.min(1, Math.max(0, (x - low) / (high - low)))
  return t * t * (3 - 2 * t)
}
