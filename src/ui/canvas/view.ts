/** Where the photo lies on the stage: a photo pixel p is seen at p * scale + (x, y), in CSS pixels. */
export interface View {
  readonly scale: number
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** A place on the stage, in CSS pixels from its top left corner. */
export type ScreenPoint = readonly [number, number] & { readonly in?: 'screen' }

/** A place on the photo, in its own pixels. */
export type ImagePoint = readonly [number, number] & { readonly in?: 'image' }

const MAX_SCALE = 16

/** A photo smaller than its frame is shown at no more than this, unless it would be a speck. */
const MAX_FIT = 2
const SPECK = 240

/** At the smallest, so much of the fitted size. */
const MIN_OF_FIT = 0.5

/** What lies over the stage at each side, in CSS pixels. */
export interface Margins {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/** The whole photo in the middle of the stage, `margins` around it. */
export function fit(photo: Size, stage: Size, margins: Margins): View {
  const room = {
    width: Math.max(1, stage.width - margins.left - margins.right),
    height: Math.max(1, stage.height - margins.top - margins.bottom),
  }
  const largest = Math.max(MAX_FIT, SPECK / Math.max(photo.width, photo.height))
  const scale = Math.min(room.width / photo.width, room.height / photo.height, largest)
  return {
    scale,
    x: margins.left + (room.width - photo.width * scale) / 2,
    y: margins.top + (room.height - photo.height * scale) / 2,
  }
}

/** Zooms so that what lies under the point stays there. @param fitted the scale at which the whole photo shows */
export function zoomAt(view: View, [x, y]: ScreenPoint, scale: number, fitted: number): View {
  const next = Math.min(Math.max(MAX_SCALE, fitted), Math.max(Math.min(1, fitted * MIN_OF_FIT), scale))
  const ratio = next / view.scale
  return { scale: next, x: x - (x - view.x) * ratio, y: y - (y - view.y) * ratio }
}

export function panBy(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x + dx, y: view.y + dy }
}

/** Keeps at least a part of the photo on the stage: its edge never goes past the middle. */
export function clamp(view: View, photo: Size, stage: Size): View {
  const [middleX, middleY] = [stage.width / 2, stage.height / 2]
  return {
    scale: view.scale,
    x: Math.min(middleX, Math.max(middleX - photo.width * view.scale, view.x)),
    y: Math.min(middleY, Math.max(middleY - photo.height * view.scale, view.y)),
  }
}

/**
 * How far a picture may be enlarged or reduced while it moves; beyond that its blur or its jagged edges would be seen.
 */
const MOVING_SCALES = { min: 0.5, max: 1.5 }

/**
 * Where a picture that was painted for one view has to be put to look like another: a point q of it goes to q * scale +
 * (x, y).
 */
export function between(painted: View, view: View): View {
  const scale = view.scale / painted.scale
  return { scale, x: view.x - painted.x * scale, y: view.y - painted.y * scale }
}

/**
 * Whether a picture that was painted for one view can be moved to another: it must still cover all of the photo on the
 * stage.
 * @param margin what was painted beyond each side of the stage
 */
export function reaches(painted: View, view: View, photo: Size, stage: Size, margin: number): boolean {
  const { scale, x, y } = between(painted, view)
  const covers = (side: number, length: number, moved: number, place: number): boolean =>
    moved - margin * scale <= Math.max(0, place) &&
    moved + (side + margin) * scale >= Math.min(side, place + length * view.scale)
  return (
    scale >= MOVING_SCALES.min &&
    scale <= MOVING_SCALES.max &&
    covers(stage.width, photo.width, x, view.x) &&
    covers(stage.height, photo.height, y, view.y)
  )
}

export function toImage(view: View, [x, y]: ScreenPoint): ImagePoint {
  return [(x - view.x) / view.scale, (y - view.y) / view.scale]
}

/**
 * The reduction 1 / 2^level whose pixels are just not coarser than the screen's. @param scale screen pixels for each
 * photo pixel
 */
export function levelFor(scale: number, photo: Size): number {
  const smallest = Math.floor(Math.log2(Math.max(photo.width, photo.height)))
  return Math.min(Math.max(0, smallest), Math.max(0, Math.floor(-Math.log2(scale))))
}
