import { create } from 'zustand'
import type { Pose } from '../../workers/engine-api'
import { editor } from '../store'
import {
  clamp,
  fit,
  panBy,
  zoomAt,
  type ImagePoint,
  type Margins,
  type ScreenPoint,
  type Size,
  type View,
} from './view'

/** How the photo is looked at. Of no interest to undo or autosave. */
interface ViewState {
  readonly stage: Size
  readonly view: View
  /** What lies over the stage on a phone: the photo fits into the rest, edge to edge. Null on a wide screen. */
  readonly covered: Margins | null
  /** The whole photo is kept in sight when the stage changes, until it is moved or zoomed. */
  readonly fitted: boolean
  /** Layers show right of this share of the photo's width. */
  readonly split: number
  /** The before/after slider is in use. */
  readonly sliding: boolean
  /** Where the brush is, in photo pixels; null while it is not over the photo. */
  readonly brushAt: ImagePoint | null
  /** Where the subject is being looked for, in photo pixels. */
  readonly choosing: ImagePoint | null
  /** The object that follows the pointer, and how it lies now; the project learns of it when it is let go. */
  readonly lifted: { readonly id: string; readonly pose: Pose; readonly inHand: boolean } | null
}

/** Where the slider rests: nearly all of the doodle shows, and the handle invites. */
const RESTING_SPLIT = 0.06

/** Room around a fitted photo; below it the tools float over the stage. */
const WIDE_MARGINS: Margins = { left: 28, top: 24, right: 28, bottom: 88 }

export const useView = create<ViewState>()(() => ({
  stage: { width: 1, height: 1 },
  view: { scale: 1, x: 0, y: 0 },
  covered: null,
  fitted: true,
  split: RESTING_SPLIT,
  sliding: true,
  brushAt: null,
  choosing: null,
  lifted: null,
}))

export function fitView(): void {
  useView.setState(({ stage, covered }) => ({ view: fittedView(stage, covered), fitted: true }))
}

export function resizeStage(stage: Size): void {
  useView.setState(({ view, fitted, covered }) => ({
    stage,
    view: fitted ? fittedView(stage, covered) : bounded(view, stage),
  }))
}

/** A photo that was moved or zoomed stays where it is. */
export function setCovered(covered: Margins | null): void {
  useView.setState(({ view, stage, fitted }) => ({ covered, view: fitted ? fittedView(stage, covered) : view }))
}

/** Around a place on the stage, or its middle. */
export function zoomTo(scale: number, at?: ScreenPoint): void {
  useView.setState(({ view, stage, covered }) => ({
    view: bounded(
      zoomAt(view, at ?? [stage.width / 2, stage.height / 2], scale, fittedView(stage, covered).scale),
      stage,
    ),
    fitted: false,
  }))
}

export function zoomBy(factor: number, at?: ScreenPoint): void {
  zoomTo(useView.getState().view.scale * factor, at)
}

export function pan(dx: number, dy: number): void {
  useView.setState(({ view, stage }) => ({ view: bounded(panBy(view, dx, dy), stage), fitted: false }))
}

/** A pinch: zoomed from the view at its start, and moved with the fingers. */
export function pinch(start: View, factor: number, from: ScreenPoint, to: ScreenPoint): void {
  const { stage, covered } = useView.getState()
  const zoomed = zoomAt(start, from, start.scale * factor, fittedView(stage, covered).scale)
  useView.setState({ view: bounded(panBy(zoomed, to[0] - from[0], to[1] - from[1]), stage), fitted: false })
}

export function moveBrush(brushAt: ImagePoint | null): void {
  useView.setState({ brushAt })
}

function photoSize(): Size {
  return editor.getState().photo ?? { width: 1, height: 1 }
}

function fittedView(stage: Size, covered: Margins | null): View {
  return fit(photoSize(), stage, covered ?? WIDE_MARGINS)
}

function bounded(view: View, stage: Size): View {
  return clamp(view, photoSize(), stage)
}
