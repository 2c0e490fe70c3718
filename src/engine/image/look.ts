import type { Place } from './place'
import { placeAround } from './places'
import { affineOf, AS_DRAWN, movedPlace, pivotOf, type Affine, type Pose } from './pose'
import type { Recolouring } from './recolour'

/**
 * How a drawn object is shown. All of it is done to the element itself, which is then laid over the photo like any
 * other: a moved object follows the same formula as one that was drawn there.
 */
export interface Look {
  readonly pose?: Pose
  /** Before or behind the photo's subject, whatever was drawn. */
  readonly depth?: Depth
  /** Colours of the drawing that are shown as others, before hue and brightness. */
  readonly recolour?: readonly Recolouring[]
  /** Degrees that its colours are turned by, -180..180. */
  readonly hue?: number
  /** -1 (black) .. 1 (white). */
  readonly brightness?: number
  /** Width of a white rim around it, as a share of the photo's longest side. */
  readonly border?: number
  /** Strength of a soft shadow below it, 0..1. */
  readonly shadow?: number
  /** How its colours meet those below. */
  readonly blend?: Blend
}

export const DEPTHS = ['front', 'behind'] as const
type Depth = (typeof DEPTHS)[number]

export const BLENDS = ['multiply', 'screen', 'overlay'] as const
export type Blend = (typeof BLENDS)[number]

interface Size {
  readonly width: number
  readonly height: number
}

/** An object's elements, for where they are. */
type Placed = readonly { readonly place: Place; readonly box?: Place }[]

/** What its look does to the photo's pixels under an object. */
export function lookAffine(elements: Placed, look: Look | undefined, photo: Size): Affine {
  return affineOf(look?.pose ?? AS_DRAWN, pivotOf(elements), photo)
}

/** What an object stands in, as it looks: shares of the photo's sides, upright. */
export function placeShown(elements: Placed, look: Look | undefined, photo: Size): Place {
  const place = placeAround(elements.map((one) => one.box ?? one.place))
  return movedPlace(place, lookAffine(elements, look, photo), photo)
}
