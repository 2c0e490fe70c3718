import { useRef, type KeyboardEvent, type RefObject } from 'react'
import { announce } from '../actions/toasts'
import { paint } from '../actions/layers'
import { chooseSubject } from '../actions/subject'
import { strings } from '../i18n'
import { focusGhost } from '../ghosts/changing'
import { drawn } from '../ghosts/ghost-drag'
import { mayStand } from '../ghosts/ghosts-store'
import { editor, type Tool } from '../store'
import { BRUSH, brushSize, erasable, isBrush, type Brushing } from './brush'
import type { StagePainter } from './stage-painter'
import { startBrushing } from './use-canvas-gestures'
import { fitView, moveBrush, pan, useView, zoomBy, zoomTo } from './view-store'

const ZOOM_STEP = 1.25
const PAN_STEP = 48

/** Arrow keys move the brush by this share of its size. */
const BRUSH_STEP = 0.25

/** The keyboard's box, before it is moved. */
const MIDDLE = { left: 0.35, top: 0.35, width: 0.3, height: 0.3 }

const arrows: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}
const toolKeys: Readonly<Record<string, Tool>> = {
  v: 'move',
  w: 'box',
  e: 'erase',
  r: 'restore',
  b: 'region',
  n: 'unregion',
  s: 'pick',
}

/** What the keyboard does while the canvas has the focus. Single letters work nowhere else (WCAG 2.1.4). */
export function useCanvasKeys(painter: RefObject<StagePainter | null>): {
  onKeyDown: (event: KeyboardEvent) => void
  onKeyUp: (event: KeyboardEvent) => void
  onBlur: () => void
} {
  const brushing = useRef<Brushing | null>(null)

  const lift = (): void => {
    if (brushing.current === null) return
    const { stroke } = brushing.current
    brushing.current = null
    painter.current?.live(undefined)
    paint(stroke)
    announce(strings.canvas.brushUp)
  }

  /** Where the keyboard's brush is; it starts in the middle of the photo. */
  const brushPlace = (): readonly [number, number] => {
    const { photo } = editor.getState()
    return useView.getState().brushAt ?? [(photo?.width ?? 0) / 2, (photo?.height ?? 0) / 2]
  }

  const arrow = ([dx, dy]: readonly [number, number], far: boolean): void => {
    const state = editor.getState()
    if (!isBrush(state.tool)) return pan(-dx * PAN_STEP * (far ? 4 : 1), -dy * PAN_STEP * (far ? 4 : 1))
    const step = brushSize(state) * BRUSH_STEP * (far ? 4 : 1)
    const [x, y] = brushPlace()
    const { width = 1, height = 1 } = state.photo ?? {}
    const at = [Math.min(width, Math.max(0, x + dx * step)), Math.min(height, Math.max(0, y + dy * step))] as const
    moveBrush(at)
    if (brushing.current?.moveTo(at) === true) painter.current?.live(brushing.current.stroke)
  }

  const space = (): void => {
    if (brushing.current !== null) return lift()
    if (editor.getState().tool === 'box') return focusGhost(drawn(MIDDLE)?.id)
    if (!isBrush(editor.getState().tool)) return
    const at = brushPlace()
    moveBrush(at)
    if (editor.getState().tool === 'pick') return void chooseSubject(at)
    brushing.current = startBrushing(at)
    if (brushing.current === null) return
    painter.current?.live(brushing.current.stroke)
    announce(strings.canvas.brushDown)
  }

  const plain: Readonly<Record<string, () => void>> = {
    '+': () => zoomBy(ZOOM_STEP),
    '=': () => zoomBy(ZOOM_STEP),
    '-': () => zoomBy(1 / ZOOM_STEP),
    '0': fitView,
    '1': () => zoomTo(1 / devicePixelRatio),
    '[': () => resizeBrush(1 / BRUSH.step),
    ']': () => resizeBrush(BRUSH.step),
    '\\': () => editor.setState({ comparing: true }),
    ' ': space,
  }

  return {
    onKeyDown: (event) => {
      if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
      const direction = arrows[event.key]
      const action = plain[event.key]
      const tool = toolKeys[event.key.toLowerCase()]
      if (direction !== undefined) arrow(direction, event.shiftKey)
      else if (action !== undefined) action()
      else if (tool !== undefined) chooseTool(tool)
      else return
      event.preventDefault()
    },
    onKeyUp: (event) => {
      if (event.key === '\\') editor.setState({ comparing: false })
    },
    onBlur: () => {
      lift()
      editor.setState({ comparing: false })
    },
  }
}

export function chooseTool(tool: Tool): void {
  const state = editor.getState()
  if ((tool === 'erase' || tool === 'restore') && !erasable(state)) return
  if (tool === 'box' && !mayStand(state)) return
  if (tool === 'unregion' && state.history.present.region.length === 0) return
  editor.setState({ tool })
  announce(strings.canvas[tool])
}

function resizeBrush(factor: number): void {
  editor.setState(({ brush }) => ({ brush: Math.min(BRUSH.max, Math.max(BRUSH.min, brush * factor)) }))
}
