import { useGesture } from '@use-gesture/react'
import { useRef, type RefObject } from 'react'
import { paint } from '../actions/layers'
import { editor } from '../store'
import { Brushing, brushSize, erasable } from './brush'
import type { StagePainter } from './stage-painter'
import { toImage, type ScreenPoint, type View } from './view'
import { moveBrush, pan, pinch, useView, zoomBy } from './view-store'

const MIDDLE_BUTTON = 4

/** Zoom for each pixel of a wheel's turn. */
const WHEEL_ZOOM = 0.0016

/** Screen pixels between the points of a stroke. */
const SPACING = 2

/** Mouse, pen and fingers: drag pans or paints, the wheel zooms, two fingers pan and zoom whatever the tool. */
export function useCanvasGestures(host: RefObject<HTMLElement | null>, painter: RefObject<StagePainter | null>): void {
  const brushing = useRef<Brushing | null>(null)

  const onStage = ([x, y]: readonly [number, number]): ScreenPoint => {
    const box = host.current?.getBoundingClientRect()
    return [x - (box?.left ?? 0), y - (box?.top ?? 0)]
  }
  const giveUp = (): void => {
    brushing.current = null
    painter.current?.live(undefined)
  }

  useGesture(
    {
      onDrag: ({ first, last, xy, delta, buttons, pinching, canceled, cancel, event, memo }) => {
        if (first && event.target instanceof Element && event.target.closest('input') !== null) return cancel()
        if (pinching === true || canceled) {
          giveUp()
          return cancel()
        }
        const mode =
          (memo as 'pan' | 'paint' | undefined) ??
          (editor.getState().tool === 'move' || buttons === MIDDLE_BUTTON ? 'pan' : 'paint')
        if (mode === 'pan') pan(delta[0], delta[1])
        else {
          const at = toImage(useView.getState().view, onStage(xy))
          moveBrush(at)
          if (first) brushing.current = startBrushing(at)
          const stroke = brushing.current
          if (stroke !== null && (stroke.moveTo(at) || first) && !last) painter.current?.live(stroke.stroke)
          if (stroke !== null && last) {
            brushing.current = null
            painter.current?.live(undefined)
            paint(stroke.stroke)
          }
          // A finger that is lifted leaves no brush behind.
          if (last && event instanceof PointerEvent && event.pointerType === 'touch') moveBrush(null)
        }
        return mode
      },
      onPinch: ({ first, origin, movement: [factor], memo }) => {
        const at = onStage(origin)
        const start = first ? { view: useView.getState().view, at } : (memo as { view: View; at: ScreenPoint })
        giveUp()
        pinch(start.view, factor, start.at, at)
        return start
      },
      onWheel: ({ event, delta: [, dy] }) => {
        // With Ctrl it is a trackpad's pinch, which arrives as one.
        if (event.ctrlKey) return
        event.preventDefault()
        zoomBy(Math.exp(-dy * WHEEL_ZOOM), onStage([event.clientX, event.clientY]))
      },
      onMove: ({ xy, event }) => {
        if (event.pointerType !== 'touch') moveBrush(toImage(useView.getState().view, onStage(xy)))
      },
      onHover: ({ hovering }) => {
        if (hovering === false) moveBrush(null)
      },
    },
    {
      target: host,
      eventOptions: { passive: false },
      drag: { pointer: { buttons: [1, MIDDLE_BUTTON], keys: false } },
      pinch: { pinchOnWheel: true },
    },
  )
}

/** Null when there is nothing to paint on. */
export function startBrushing(at: Parameters<Brushing['moveTo']>[0]): Brushing | null {
  const state = editor.getState()
  const { tool, running } = state
  const region = tool === 'region' || tool === 'unregion'
  if (running !== null || (!region && !erasable(state))) return null
  const mode = tool === 'erase' || tool === 'region' ? 'add' : 'subtract'
  return new Brushing(mode, brushSize(state), SPACING / useView.getState().view.scale, at)
}
