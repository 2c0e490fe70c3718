import { useGesture } from '@use-gesture/react'
import { useRef, type RefObject } from 'react'
import { paint } from '../actions/layers'
import { letGo } from '../actions/objects'
import { chooseSubject } from '../actions/subject'
import { BoxDrawing, GhostDrag } from '../ghosts/ghost-drag'
import { leaveGhosts } from '../ghosts/ghosts-store'
import { isOnHandle } from '../objects/handles-state'
import { ObjectDrag, ObjectPinch } from '../objects/object-drag'
import { editor } from '../store'
import { Brushing, brushSize, erasable } from './brush'
import type { StagePainter } from './stage-painter'
import { toImage, type ScreenPoint, type View } from './view'
import { moveBrush, pan, pinch, useView, zoomBy } from './view-store'

const MIDDLE_BUTTON = 4

/** Zoom for each pixel of a wheel's turn. */
const WHEEL_ZOOM = 0.0016

/** Screen pixels that a press may shake. */
const STILL = 3

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
      onDrag: ({ first, last, xy, initial, movement, delta, buttons, pinching, canceled, cancel, event, memo }) => {
        if (first && event.target instanceof Element && event.target.closest('input, .ghost-label button') !== null)
          return cancel()
        // The handles' own.
        if (first && isOnHandle(onStage(xy))) return cancel()
        const mode = (memo as Mode | undefined) ?? modeAt(onStage(initial), buttons, event.target, painter.current)
        if (pinching === true || canceled) {
          giveUp()
          if (typeof mode === 'object') mode.giveUp()
          return cancel()
        }
        const still = Math.hypot(...movement) < STILL
        if (mode === 'pick') {
          // A drag looks around; a press points.
          if (!still) pan(delta[0], delta[1])
          else if (last) void chooseSubject(toImage(useView.getState().view, onStage(xy)))
        } else if (mode === 'pan') {
          pan(delta[0], delta[1])
          if (last && still && editor.getState().tool === 'move') {
            letGo()
            leaveGhosts()
          }
        } else if (typeof mode === 'object') {
          if (!still) mode.moveTo(movement)
          if (last) mode.end()
        } else {
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
      onPinch: ({ first, last, origin, movement: [factor, degrees], memo, event }) => {
        const at = onStage(origin)
        const start = first ? pinchFrom(at, event) : (memo as Pinch)
        giveUp()
        if (start.object === undefined) pinch(start.view, factor, start.at, at)
        else if (last) start.object.end()
        else start.object.to(factor, degrees, [at[0] - start.at[0], at[1] - start.at[1]])
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

interface Pinch {
  readonly view: View
  readonly at: ScreenPoint
  /** In hand between the fingers; a trackpad's pinch always zooms. */
  readonly object: ObjectPinch | undefined
}

function pinchFrom(at: ScreenPoint, event: Event): Pinch {
  const { view } = useView.getState()
  return { view, at, object: event instanceof WheelEvent ? undefined : ObjectPinch.at(toImage(view, at)) }
}

/** Something that follows the pointer. */
interface Dragged {
  /** @param movement in screen pixels, from the start */
  moveTo(movement: readonly [number, number]): void
  end(): void
  giveUp(): void
}

type Mode = 'pan' | 'paint' | 'pick' | Dragged

function modeAt(on: ScreenPoint, buttons: number, target: EventTarget | null, painter: StagePainter | null): Mode {
  if (buttons === MIDDLE_BUTTON) return 'pan'
  const at = toImage(useView.getState().view, on)
  const { tool } = editor.getState()
  if (tool === 'box') return BoxDrawing.at(at) ?? 'pan'
  if (tool === 'pick') return 'pick'
  if (tool !== 'move') return 'paint'
  const label = target instanceof Element ? target.closest<HTMLElement>('.ghost-label') : null
  return GhostDrag.at(at, label?.dataset['label']) ?? ObjectDrag.at(at, painter) ?? 'pan'
}

/** Null when there is nothing to paint on. */
export function startBrushing(at: Parameters<Brushing['moveTo']>[0]): Brushing | null {
  const state = editor.getState()
  const { tool, running } = state
  const onLayer = tool === 'erase' || tool === 'restore'
  if (running !== null || (onLayer && !erasable(state))) return null
  const mode = tool === 'erase' || tool === 'region' || tool === 'subject' ? 'add' : 'subtract'
  return new Brushing(mode, brushSize(state), SPACING / useView.getState().view.scale, at)
}
