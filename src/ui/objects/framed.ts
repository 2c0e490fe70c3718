import type { View } from '../canvas/view'

/** A frame on the stage, in screen pixels: Konva's, which turns and scales about (x, y). */
export interface Frame {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  /** From the left upper corner to (x, y), before it is scaled. */
  readonly offsetX: number
  readonly offsetY: number
  readonly scaleX: number
  readonly scaleY: number
  /** Degrees clockwise. */
  readonly rotation: number
}

/** What has handles around it, and what its handles do. */
export interface Framed {
  /** Its sides keep their ratio, and it turns; without: sides are pulled freely. */
  readonly solid: boolean
  /** Where its frame stands now; undefined: where it was. */
  frame(view: View): Frame | undefined
  /** Whether it may become so large. @param frame in screen pixels */
  fits(frame: Frame): boolean
  /** Its frame was pulled there. */
  follow(frame: Frame, view: View): void
  /** Its frame was let go there. */
  drop(frame: Frame, view: View): void
}
