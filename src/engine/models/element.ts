/** How an element meets the subject: before it, behind it, parts of it either way, or over the whole photo. In the order networks know them. */
export const KINDS = ['front', 'behind', 'both', 'whole'] as const

export type ElementKind = (typeof KINDS)[number]

/** A rectangle in shares of the photo's width and height; it may reach outside 0..1. Sides are above 0. */
export interface Shares {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}
