import { useId, type ReactNode } from 'react'
import { clearRegion, redo, undo } from '../actions/layers'
import { setSubject } from '../actions/subject'
import { IconButton } from '../components/icon-button'
import {
  BoxIcon,
  CheckIcon,
  EraserIcon,
  EyeIcon,
  FitIcon,
  HandIcon,
  MinusIcon,
  ObjectIcon,
  PlusIcon,
  RedoIcon,
  RegionIcon,
  RegionOffIcon,
  RestoreIcon,
  SliderIcon,
  UndoIcon,
} from '../components/icons'
import { strings } from '../i18n'
import { hold, letGo } from '../actions/objects'
import { GhostBar } from '../ghosts/ghost-bar'
import { mayStand } from '../ghosts/ghosts-store'
import { ObjectBar } from '../objects/object-bar'
import { shown } from '../project/project'
import { editor, heldLayer, useEditor, type Tool } from '../store'
import { BRUSH, erasable, isBrush, isSubjectTool } from './brush'
import { chooseTool } from './use-canvas-keys'
import { fitView, useView, zoomBy, zoomTo } from './view-store'

const ZOOM_STEP = 1.4

/** Under the photo: tools, undo, how it is looked at. */
export function CanvasBar() {
  const tool = useEditor((state) => state.tool)
  return (
    <div className="canvas-bar">
      <ObjectBar />
      <GhostBar />
      {isBrush(tool) && <BrushBar region={tool === 'region' || tool === 'unregion'} subject={isSubjectTool(tool)} />}
      <div className="bars">
        <Tools />
        <History />
        <Look />
      </div>
    </div>
  )
}

function Tools() {
  const canErase = useEditor(erasable)
  const busy = useEditor((state) => state.running !== null)
  const boxes = useEditor(mayStand)
  return (
    <div className="bar-group" role="group" aria-label={strings.canvas.tools}>
      <ToolButton tool="move" hint={strings.canvas.moveHint} icon={<HandIcon />} />
      <HoldButton />
      <ToolButton tool="box" hint={strings.canvas.boxHint} icon={<BoxIcon />} off={!boxes} />
      <ToolButton tool="region" hint={strings.canvas.regionHint} icon={<RegionIcon />} off={busy} />
      <ToolButton tool="erase" hint={strings.canvas.eraseHint} icon={<EraserIcon />} off={!canErase || busy} />
      <ToolButton tool="restore" hint={strings.canvas.restoreHint} icon={<RestoreIcon />} off={!canErase || busy} />
    </div>
  )
}

/** Takes the selected object in hand, for those who do not think of pressing on it. */
function HoldButton() {
  const held = useEditor((state) => heldLayer(state) !== undefined)
  const id = useEditor(({ history: { present }, selectedId, running, choice }) => {
    const seen = running === null && choice === null ? shown(present.layers) : []
    return (seen.find((layer) => layer.id === selectedId) ?? seen.at(-1))?.id
  })
  return (
    <IconButton
      className="hold"
      label={strings.objects.tool}
      hint={strings.objects.toolHint}
      icon={<ObjectIcon />}
      off={id === undefined}
      aria-pressed={held}
      onClick={() => {
        if (held) letGo()
        else if (id !== undefined) hold(id)
      }}
    />
  )
}

function ToolButton({ tool, hint, icon, off = false }: { tool: Tool; hint: string; icon: ReactNode; off?: boolean }) {
  const chosen = useEditor((state) => state.tool)
  const held = useEditor((state) => heldLayer(state) !== undefined)
  const pressed = (chosen === tool && !(tool === 'move' && held)) || (tool === 'region' && chosen === 'unregion')
  return (
    <IconButton
      label={strings.canvas[tool]}
      hint={hint}
      icon={icon}
      off={off}
      aria-pressed={pressed}
      onClick={() => {
        chooseTool(tool)
        letGo()
      }}
    />
  )
}

function BrushBar({ region, subject }: { region: boolean; subject: boolean }) {
  const id = useId()
  const brush = useEditor((state) => state.brush)
  const tool = useEditor((state) => state.tool)
  const painted = useEditor((state) => state.history.present.region.length > 0)
  return (
    <div className="bar-group brush-bar">
      {subject && <SubjectTools />}
      {tool !== 'pick' && (
        <>
          <label htmlFor={id}>{strings.canvas.brush}</label>
          <input
            id={id}
            type="range"
            min={Math.log(BRUSH.min)}
            max={Math.log(BRUSH.max)}
            step={0.05}
            value={Math.log(brush)}
            aria-valuetext={`${(brush * 100).toFixed(1)} %`}
            onChange={(event) => editor.setState({ brush: Math.exp(event.target.valueAsNumber) })}
          />
        </>
      )}
      {subject && <SubjectButtons />}
      {region && (
        <>
          <IconButton
            label={strings.canvas.unregion}
            hint={strings.canvas.unregionHint}
            icon={<RegionOffIcon />}
            off={!painted}
            aria-pressed={tool === 'unregion'}
            onClick={() => chooseTool(tool === 'unregion' ? 'region' : 'unregion')}
          />
          <button
            type="button"
            className="button small"
            title={strings.canvas.clearRegionHint}
            aria-disabled={!painted}
            onClick={clearRegion}
          >
            {strings.canvas.clearRegion}
          </button>
        </>
      )}
      <IconButton label={strings.objects.done} icon={<CheckIcon />} onClick={putBrushAway} />
    </div>
  )
}

/** The bar goes; the keyboard goes on at the canvas. */
function putBrushAway(): void {
  chooseTool('move')
  document.querySelector<HTMLElement>('.canvas-host')?.focus({ preventScroll: true })
}

/** Pointed at, painted, or painted off. */
function SubjectTools() {
  const tool = useEditor((state) => state.tool)
  const words = strings.subject
  return (
    <span className="tool-choice" role="group" aria-label={words.tools}>
      {(['pick', 'subject', 'unsubject'] as const).map((one) => (
        <button
          key={one}
          type="button"
          className="button small"
          title={words.hints[one]}
          aria-pressed={tool === one}
          onClick={() => chooseTool(one)}
        >
          {words[one]}
        </button>
      ))}
    </span>
  )
}

/** What counts as the subject, which doodles go behind. */
function SubjectButtons() {
  const edit = useEditor((state) => state.history.present.subject)
  const words = strings.canvas
  return (
    <>
      <button
        type="button"
        className="button small"
        title={words.noSubjectHint}
        aria-pressed={edit?.none === true && edit.strokes.length === 0}
        onClick={() => setSubject('none')}
      >
        {words.noSubject}
      </button>
      <button
        type="button"
        className="button small"
        title={words.foundSubjectHint}
        aria-disabled={edit === undefined}
        onClick={() => setSubject('found')}
      >
        {words.foundSubject}
      </button>
    </>
  )
}

function History() {
  const canUndo = useEditor((state) => state.history.past.length > 0)
  const canRedo = useEditor((state) => state.history.future.length > 0)
  return (
    <div className="bar-group">
      <IconButton
        label={strings.history.undo}
        icon={<UndoIcon />}
        off={!canUndo}
        aria-keyshortcuts="Control+Z"
        onClick={undo}
      />
      <IconButton
        label={strings.history.redo}
        icon={<RedoIcon />}
        off={!canRedo}
        aria-keyshortcuts="Control+Shift+Z"
        onClick={redo}
      />
    </div>
  )
}

function Look() {
  const percent = useView(({ view }) => Math.round(view.scale * devicePixelRatio * 100))
  const sliding = useView((state) => state.sliding)
  const hasDoodle = useEditor((state) => state.history.present.layers.length > 0)
  const compare = (comparing: boolean) => () => editor.setState({ comparing })
  return (
    <div className="bar-group">
      <IconButton
        className="zoom-step"
        label={strings.canvas.zoomOut}
        icon={<MinusIcon />}
        onClick={() => zoomBy(1 / ZOOM_STEP)}
      />
      <button
        type="button"
        className="zoom-level"
        aria-label={strings.canvas.zoomLevel(percent)}
        data-tip={strings.canvas.zoomLevel(percent)}
        onClick={() => zoomTo(1 / devicePixelRatio)}
      >
        {percent} %
      </button>
      <IconButton
        className="zoom-step"
        label={strings.canvas.zoomIn}
        icon={<PlusIcon />}
        onClick={() => zoomBy(ZOOM_STEP)}
      />
      <IconButton label={strings.canvas.fit} icon={<FitIcon />} onClick={fitView} />
      {hasDoodle && (
        <>
          <IconButton
            label={strings.canvas.slider}
            icon={<SliderIcon />}
            aria-pressed={sliding}
            onClick={() => useView.setState({ sliding: !sliding })}
          />
          <IconButton
            label={strings.canvas.original}
            icon={<EyeIcon />}
            onPointerDown={compare(true)}
            onPointerUp={compare(false)}
            onPointerLeave={compare(false)}
            onPointerCancel={compare(false)}
            onBlur={compare(false)}
            onContextMenu={(event) => event.preventDefault()}
            onKeyDown={(event) => {
              if (event.key === ' ' || event.key === 'Enter') editor.setState({ comparing: true })
            }}
            onKeyUp={compare(false)}
          />
        </>
      )}
    </div>
  )
}
