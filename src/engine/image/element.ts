import { compositeOver, paintOver } from './composite'
import type { PlaneSize } from './mask'
import type { Matte } from './matte'
import { boxOf, crop, inside, paste, placeOf, type PixelBox, type Place } from './place'
import { resampledRows } from './resample'
import { confine, type RegionMask } from './region'
import { requireSameSize, rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

/**
 * How a thing lies to the photo's subject, or `whole`: all over the photo (outline, ribbon, pattern, frame). In the
 * order networks know them.
 */
export const ELEMENT_KINDS = ['front', 'behind', 'both', 'whole'] as const

export type ElementKind = (typeof ELEMENT_KINDS)[number]

/**
 * One drawn thing: a complete picture of it (straight alpha), whole also where the subject will hide it, and where it
 * goes.
 */
export interface Element extends RgbaImage {
  /**
   * Share of each pixel that lies before the photo's subject, 0..255, [height * width]; the rest goes behind it.
   * Absent: wholly in front, and where the photo explains the picture's edge (a doodle found by its difference from a
   * photo) the edge follows the photo.
   */
  readonly front?: Uint8Array
  /** The square of the photo, or all of it, that the pixels are stretched over. */
  readonly place: Place
  /** What it was drawn from, e.g. "a pink furry monster". */
  readonly words?: string
  readonly kind?: ElementKind
  /** Where the thing itself is, as shares of the photo's sides. */
  readonly box?: Place
}

/**
 * Pixels of a drawn layer that half of an edge takes: a network's answer is the mean of all edges still possible. A
 * large photo would show that as fog.
 */
const SOFT_REACH = 4

/** Pixels of an element kept beside those that lie on the photo, so that its edges are enlarged alike. */
const MARGIN = 4

/**
 * What is seen of an element on a photo, as a layer of the photo's size: alpha * (front + (1 - front) * (1 - matte)).
 * Exactly 0 wherever the element is, and cut off where it reaches outside.
 * @param matte of the photo's size; absent: there is no subject
 * @throws ShapeMismatch
 */
export function placeElement(element: Element, photo: RgbaImage, matte?: Matte): RgbaImage {
  const placed = placedPart(element, photo, matte)
  return placed === undefined ? rgbaImage(photo.width, photo.height) : paste(placed.part, placed.box, photo)
}

/** The same before it is pasted, so that several elements need one layer only; undefined outside the photo. */
function placedPart(
  element: Element,
  photo: RgbaImage,
  matte?: Matte,
): { readonly part: RgbaImage; readonly box: PixelBox } | undefined {
  if (matte !== undefined && element.front !== undefined) requireSameSize(matte, photo)
  const near = onPhoto(element, photo)
  if (near === undefined) return undefined
  const box = boxOf(near.place, photo)
  const part =
    near.front === undefined
      ? upscaleLayer(near, box.width, box.height, crop(photo, box))
      : upscaleLayer(near, box.width, box.height, undefined, SOFT_REACH)
  return { part: hideBehind(part, box, near, matte), box }
}

/** The elements of one doodle, bottom to top, as one transparent layer of the photo's size, kept inside the region. */
export function elementsLayer(
  elements: readonly Element[],
  photo: RgbaImage,
  matte?: Matte,
  region?: RegionMask,
): RgbaImage {
  const layer = rgbaImage(photo.width, photo.height)
  for (const element of elements) {
    const placed = placedPart(element, photo, matte)
    if (placed !== undefined) paintOver(layer, placed.part, placed.box)
  }
  return region === undefined ? layer : confine(layer, region)
}

/**
 * The elements over the photo: where nothing of them is seen every sample equals the photo's. @param matte of the
 * photo's size
 */
export function compositeElements(
  photo: RgbaImage,
  elements: readonly Element[],
  matte?: Matte,
  region?: RegionMask,
): RgbaImage {
  return compositeOver(photo, elementsLayer(elements, photo, matte, region))
}

/** Mean of what is seen of an element over its own pixels, 0..1. @param matte, region of any size over the photo */
export function visibleShare(element: Element, matte?: Matte, region?: RegionMask): number {
  const { width, height, place } = element
  let sum = 0
  for (let y = 0; y < height; y++) {
    const v = place.top + ((y + 0.5) / height) * place.height
    if (v >= 0 && v < 1) sum = addVisible(sum, element, y, v, matte, region)
  }
  return sum / (255 * width * height)
}

/** One row of {@link visibleShare}, at `v` of the photo's height, added to a sum. */
function addVisible(
  before: number,
  { width, data, front, place }: Element,
  y: number,
  v: number,
  matte: Matte | undefined,
  region: RegionMask | undefined,
): number {
  let sum = before
  for (let x = 0, at = y * width; x < width; x++, at++) {
    const alpha = data[4 * at + 3]!
    if (alpha === 0) continue
    const u = place.left + ((x + 0.5) / width) * place.width
    if (u < 0 || u >= 1) continue
    const behind =
      front === undefined || matte === undefined ? 0 : (1 - front[at]! / 255) * (sample(matte.alpha, matte, u, v) / 255)
    sum += alpha * (1 - behind) * (region === undefined ? 1 : sample(region.data, region, u, v) / 255)
  }
  return sum
}

/**
 * Takes off an element's pixels, in place, what the subject hides of it.
 * @param pixels the element at the size of its box on the photo
 * @param matte of the photo's size
 * @returns the pixels
 */
export function hideBehind(pixels: RgbaImage, box: PixelBox, element: Element, matte?: Matte): RgbaImage {
  if (matte === undefined || element.front === undefined) return pixels
  const seen = inside(box, matte)
  if (seen === undefined) return pixels
  const part = coveredPart(pixels, box, matte, seen)
  if (part === undefined) return pixels
  let y = part.top
  for (const row of frontRows(element, element.front, box, part)) {
    const from = (box.top + y) * matte.width + box.left + part.left
    hideRow(pixels.data, y++ * box.width + part.left, row, matte.alpha.subarray(from, from + part.width))
  }
  return pixels
}

/** The part of an element's pixels that has something of the element and of the subject in it. */
function coveredPart({ data }: RgbaImage, box: PixelBox, matte: Matte, seen: PixelBox): PixelBox | undefined {
  const [first, end] = [seen.left - box.left, seen.left - box.left + seen.width]
  let [left, right, top, bottom] = [end, -1, -1, -1]
  for (let y = seen.top - box.top; y < seen.top - box.top + seen.height; y++) {
    const [pixel, share] = [y * box.width, (box.top + y) * matte.width + box.left]
    const here = firstCovered(data, pixel, matte.alpha, share, first, end)
    if (here === end) continue
    left = Math.min(left, here)
    right = Math.max(right, lastCovered(data, pixel, matte.alpha, share, right, end))
    if (top < 0) top = y
    bottom = y
  }
  return top < 0 ? undefined : { left, top, width: right + 1 - left, height: bottom + 1 - top }
}

function firstCovered(
  data: Uint8ClampedArray,
  pixel: number,
  matte: Uint8Array,
  share: number,
  first: number,
  end: number,
): number {
  let x = first
  while (x < end && (data[4 * (pixel + x) + 3] === 0 || matte[share + x] === 0)) x++
  return x
}

/** Number of the last one after `least`, or that. */
function lastCovered(
  data: Uint8ClampedArray,
  pixel: number,
  matte: Uint8Array,
  share: number,
  least: number,
  end: number,
): number {
  let x = end - 1
  while (x > least && (data[4 * (pixel + x) + 3] === 0 || matte[share + x] === 0)) x--
  return x
}

/** One row of {@link hideBehind}, which begins at pixel `start`. @param matte over the row's pixels */
function hideRow(data: Uint8ClampedArray, start: number, row: Float32Array, matte: Uint8Array): void {
  for (let x = 0; x < matte.length; x++) {
    const at = 4 * (start + x) + 3
    const alpha = data[at]!
    const subject = matte[x]!
    if (alpha === 0 || subject === 0) continue
    const own = row[2 * x + 1]!
    // Where the element's own alpha is too faint to say, what little is there lies in front.
    const front = own > 0 ? Math.min(1, row[2 * x]! / own) : 1
    data[at] = alpha * (front + (1 - front) * (1 - subject / 255))
  }
}

/**
 * Rows [2 * part.width] of (front * alpha, alpha), 0..255, of a part of the element at another size: front counts as
 * far as something is there.
 */
function frontRows(
  { width, height, data }: RgbaImage,
  front: Uint8Array,
  to: PlaneSize,
  part: PixelBox,
): Generator<Float32Array, void, undefined> {
  const read = (y: number, row: Float32Array, first: number, end: number): void => {
    readFront(data, front, y * width, row, first, end)
  }
  return resampledRows({ width, height, channels: 2, toWidth: to.width, toHeight: to.height, part, up: 'linear', read })
}

function readFront(
  data: Uint8ClampedArray,
  front: Uint8Array,
  start: number,
  row: Float32Array,
  first: number,
  end: number,
): void {
  for (let x = first; x < end; x++) {
    const alpha = data[4 * (start + x) + 3]!
    row[2 * x] = (front[start + x]! / 255) * alpha
    row[2 * x + 1] = alpha
  }
}

/** The element without what lies far outside the photo, which need not be enlarged; undefined when all of it does. */
export function onPhoto<T extends Element>(
  element: T,
  photo: { readonly width: number; readonly height: number },
): T | undefined {
  const { width, height, data, front, place } = element
  const across = kept(place.left, place.width, width)
  const down = kept(place.top, place.height, height)
  if (across === undefined || down === undefined || inside(boxOf(place, photo), photo) === undefined) return undefined
  const box = { left: across.from, top: down.from, width: across.to - across.from, height: down.to - down.from }
  if (box.width === width && box.height === height) return element
  const part = rgbaImage(box.width, box.height)
  const partFront = front && new Uint8Array(box.width * box.height)
  for (let y = 0; y < box.height; y++) {
    const from = (box.top + y) * width + box.left
    part.data.set(data.subarray(4 * from, 4 * (from + box.width)), 4 * y * box.width)
    if (front) partFront?.set(front.subarray(from, from + box.width), y * box.width)
  }
  const share = placeOf(box, { width, height })
  return {
    ...element,
    ...part,
    ...(partFront === undefined ? {} : { front: partFront }),
    place: {
      left: place.left + share.left * place.width,
      top: place.top + share.top * place.height,
      width: share.width * place.width,
      height: share.height * place.height,
    },
  }
}

/** Which of `pixels` stretched from `start` over `length` lie in 0..1 or within the margin of it. */
function kept(
  start: number,
  length: number,
  pixels: number,
): { readonly from: number; readonly to: number } | undefined {
  const from = Math.max(0, Math.floor((-start / length) * pixels) - MARGIN)
  const to = Math.min(pixels, Math.ceil(((1 - start) / length) * pixels) + MARGIN)
  return to > from ? { from, to } : undefined
}

function sample(
  data: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  u: number,
  v: number,
): number {
  return data[Math.min(height - 1, Math.floor(v * height)) * width + Math.min(width - 1, Math.floor(u * width))]!
}
