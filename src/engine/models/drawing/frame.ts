import type { PlaneSize } from '../../image/mask'
import { all, type Window } from '../../image/window'
import type { Place } from '../../image/place'
import type { ElementKind } from '../../image/element'
import type { Grid } from '../transformer/position-ids'
import { CROP_TOKENS, type GridBox } from './place-features'

/** Side of a crop relative to the longer side of its box; training has the same. */
const CROP_MARGIN = 1.15

/** Tokens along the longer side of a photo on which a whole element is drawn, and at least along the shorter. */
const WHOLE_TOKENS = { longest: 16, least: 4 } as const

/** Where an element is drawn: a part of the photo cut into tokens. */
export interface Frame {
  /** In the photo's pixels. */
  readonly window: Window
  readonly grid: Grid
  /** Where the thing itself is, in the frame. */
  readonly box: GridBox
  /** The window on the photo. */
  readonly place: Place
}

/** A square of 8 x 8 tokens around the box; for a `whole` element, whatever its box, all of the photo. */
export function frameOf(box: Place, kind: ElementKind, photo: PlaneSize): Frame {
  return kind === 'whole' ? wholeFrame(photo) : cropFrame(box, photo)
}

function cropFrame(box: Place, { width, height }: PlaneSize): Frame {
  const [boxWidth, boxHeight] = [box.width * width, box.height * height]
  const side = CROP_MARGIN * Math.max(boxWidth, boxHeight)
  const window = {
    left: (box.left + box.width / 2) * width - side / 2,
    top: (box.top + box.height / 2) * height - side / 2,
    width: side,
    height: side,
  }
  const span = (length: number): [number, number] => [(side - length) / 2 / side, (side + length) / 2 / side]
  const [[top, bottom], [left, right]] = [span(boxHeight), span(boxWidth)]
  return {
    window,
    grid: { rows: CROP_TOKENS, columns: CROP_TOKENS },
    box: { top, bottom, left, right },
    place: { left: window.left / width, top: window.top / height, width: side / width, height: side / height },
  }
}

function wholeFrame(photo: PlaneSize): Frame {
  const tokens = (side: number): number =>
    Math.max(WHOLE_TOKENS.least, Math.round((WHOLE_TOKENS.longest * side) / Math.max(photo.width, photo.height)))
  const grid = { rows: tokens(photo.height), columns: tokens(photo.width) }
  return {
    window: all(photo),
    grid,
    box: { top: 0, bottom: grid.rows / CROP_TOKENS, left: 0, right: grid.columns / CROP_TOKENS },
    place: { left: 0, top: 0, width: 1, height: 1 },
  }
}
