import { crop, placeOf, type PixelBox, type Place } from './place'
import { cropRegion, regionBox, type RegionMask } from './region'
import type { RgbaImage } from './rgba-image'

/**
 * A look at a small region from close by ("only masked area, with padding" of inpainting tools). The model sees any picture at its
 * own resolution, so a small region of a whole photo is a token or two, too few to draw in. Cut out with its surroundings, the same
 * region is several tokens wide.
 */
export interface CloseUp {
  readonly photo: RgbaImage
  /** The region over that part, one sample a pixel. */
  readonly region: RegionMask
  /** Where the part lies on the whole photo. */
  readonly place: Place
}

/** Side of the part looked at, in longer sides of the region: what is beside it must be seen to be drawn on. docs/performance.md, "Close-ups". */
const CONTEXT = 2.5

/** A part of fewer pixels along its side shows too little of what is around. */
const LEAST_SIDE = 96

/** Tokens gained along a side, below which the whole photo is looked at: what is around is worth more then. */
const LEAST_GAIN = 1.5

/** @returns undefined where the whole photo is to be looked at. Nothing of the photo but the part is copied. */
export function closeUp(photo: RgbaImage, region: RegionMask): CloseUp | undefined {
  const box = closeUpBox(region, photo)
  return box && { photo: crop(photo, box), region: cropRegion(region, box, photo), place: placeOf(box, photo) }
}

/**
 * The part of a photo to look at: a square around the region as far as the photo is large enough, moved inside where the region is
 * near an edge. It follows from the region and the photo's size alone, so the same request gives the same part for any model.
 * @param photo size in pixels
 * @returns undefined for a region that is large, or empty
 */
export function closeUpBox(region: RegionMask, photo: { readonly width: number; readonly height: number }): PixelBox | undefined {
  const box = regionBox(region, photo)
  if (box === undefined) return undefined
  const side = Math.max(LEAST_SIDE, Math.round(CONTEXT * Math.max(box.width, box.height)))
  const [width, height] = [Math.min(side, photo.width), Math.min(side, photo.height)]
  if (width * height * LEAST_GAIN ** 2 > photo.width * photo.height) return undefined
  return { left: around(box.left, box.width, width, photo.width), top: around(box.top, box.height, height, photo.height), width, height }
}

/** Start of `length` pixels with the span in their middle, inside 0 .. size. */
function around(start: number, span: number, length: number, size: number): number {
  return Math.min(size - length, Math.max(0, Math.round(start + (span - length) / 2)))
}
