import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import { strings } from '../i18n'
import { useEditor, type Photo } from '../store'
import { brushSize, isBrush } from './brush'
import { GhostBoxes } from '../ghosts/ghost-boxes'
import { Handles } from '../objects/handles'
import { ObjectButtons } from '../objects/object-buttons'
import { CompareSlider } from './compare-slider'
import { StagePainter } from './stage-painter'
import { useCanvasGestures } from './use-canvas-gestures'
import { useCanvasKeys } from './use-canvas-keys'
import { fitView, resizeStage, useView } from './view-store'

/** The photo with its doodles, to be looked at from near and far and painted on. */
export function Canvas({ photo }: { photo: Photo }) {
  const host = useRef<HTMLDivElement>(null)
  const sheet = useRef<HTMLDivElement>(null)
  const ground = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const top = useRef<HTMLCanvasElement>(null)
  const painter = useRef<StagePainter | null>(null)
  const [settled, setSettled] = useState(true)
  const help = useId()
  const tool = useEditor((state) => state.tool)
  const hasDoodle = useEditor((state) => state.history.present.layers.some(({ visible }) => visible))
  const running = useEditor((state) => state.running !== null && state.running.preview === null)

  useLayoutEffect(() => {
    const element = host.current
    if (element === null) return
    const measure = (): void => resizeStage({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  useEffect(() => {
    if (sheet.current === null || ground.current === null || canvas.current === null || top.current === null) return
    fitView()
    const own = new StagePainter(
      { sheet: sheet.current, ground: ground.current, canvas: canvas.current, top: top.current },
      photo,
      setSettled,
    )
    painter.current = own
    // What opened the photo, a sample's button say, is gone: the focus goes on here.
    if (document.activeElement === null || document.activeElement === document.body)
      host.current?.focus({ preventScroll: true })
    return () => {
      painter.current = null
      own.stop()
    }
  }, [photo])

  useCanvasGestures(host, painter)
  const keys = useCanvasKeys(painter)
  return (
    <div
      ref={host}
      className="canvas-host"
      data-tool={tool}
      data-brush={isBrush(tool)}
      tabIndex={0}
      role="group"
      aria-label={strings.canvas.label}
      aria-describedby={help}
      {...keys}
    >
      <div ref={sheet} className="sheet">
        {/* The photo's shadow, a chequered ground where it is transparent, and a sheen until there is a preview. */}
        <div ref={ground} className="photo-ground" data-opaque={photo.file.type === 'image/jpeg'}>
          {running && <span className="sheen" />}
        </div>
        <canvas
          ref={canvas}
          role="img"
          aria-busy={!settled}
          aria-label={hasDoodle ? strings.stage.result : strings.stage.photo(photo.name)}
          data-photo={photo.id}
        />
        <canvas ref={top} aria-hidden="true" hidden />
      </div>
      <GhostBoxes photo={photo} />
      <ObjectButtons />
      <CompareSlider />
      <Handles photo={photo} />
      {isBrush(tool) && <BrushRing />}
      <p id={help} className="visually-hidden">
        {strings.canvas.help}
      </p>
    </div>
  )
}

/** Screen pixels of the ring that points at the subject. */
const POINTER = 22

/** Where the brush is. An element of its own, so that the photo is not painted for each movement of the pointer. */
function BrushRing() {
  const { scale, x, y } = useView((state) => state.view)
  const choosing = useView((state) => state.choosing)
  const brushAt = useView((state) => state.brushAt)
  const painted = useEditor(brushSize) * scale
  const pointing = useEditor((state) => state.tool === 'pick')
  const at = choosing ?? brushAt
  const diameter = pointing ? POINTER : painted
  if (at === null) return null
  return (
    <div
      className="brush-ring"
      data-busy={choosing !== null}
      aria-hidden="true"
      style={{
        width: diameter,
        height: diameter,
        transform: `translate(${at[0] * scale + x - diameter / 2}px, ${at[1] * scale + y - diameter / 2}px)`,
      }}
    />
  )
}
