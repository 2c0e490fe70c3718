import type { Grid } from '../transformer/position-ids'
import { ELEMENT_KINDS, type ElementKind } from '../../image/element'

/** Tokens along the side of a crop; boxes are measured in crops of this many. */
export const CROP_TOKENS = 8

/** Values that tell a token where it lies in its element's box. */
export const PLACE_FEATURES = 29
const FREQUENCIES = [1, 2, 3, 4, 6] as const

/** A box in units of {@link CROP_TOKENS} tokens from the grid's upper left corner; it may reach beyond the grid. */
export interface GridBox {
  readonly top: number
  readonly bottom: number
  readonly left: number
  readonly right: number
}

/**
 * What every token of a grid is told (training/model/conditioned.py, place_features): its share inside the box | v and
 * sin, cos of
 * pi k v | the same of u | log height, log width | one of four kinds. v runs from 0 at the box's upper edge to 1 at its
 * lower one, u
 * likewise to the right, both for the token's centre and kept within -0.5..1.5.
 * @returns [rows * columns, 29]
 */
export function placeFeatures(
  { top, bottom, left, right }: GridBox,
  kind: ElementKind,
  { rows, columns }: Grid,
): Float32Array {
  const features = new Float32Array(rows * columns * PLACE_FEATURES)
  const down = axis(rows, top, bottom)
  const across = axis(columns, left, right)
  const size = [Math.log(bottom - top), Math.log(right - left)]
  const hot = ELEMENT_KINDS.map((name) => Number(name === kind))
  let at = 0
  const write = (values: readonly number[]): void => {
    for (let i = 0; i < values.length; i++) features[at++] = values[i]!
  }
  for (const v of down) {
    for (const u of across) {
      features[at++] = v.inside * u.inside
      write(v.waves)
      write(u.waves)
      write(size)
      write(hot)
    }
  }
  return features
}

/** Of every token along one axis: its share inside the box, and its place there with sines and cosines. */
function axis(
  tokens: number,
  low: number,
  high: number,
): { readonly inside: number; readonly waves: readonly number[] }[] {
  const step = 1 / CROP_TOKENS
  return Array.from({ length: tokens }, (_, token) => {
    const start = token * step
    const place = Math.min(1.5, Math.max(-0.5, (start + step / 2 - low) / (high - low)))
    return {
      inside: Math.max(0, Math.min(start + step, high) - Math.max(start, low)) * CROP_TOKENS,
      waves: [place, ...FREQUENCIES.flatMap((k) => [Math.sin(Math.PI * k * place), Math.cos(Math.PI * k * place)])],
    }
  })
}
