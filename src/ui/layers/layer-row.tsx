import { useDrag } from '@use-gesture/react'
import { useId, useState, type ComponentProps, type KeyboardEvent, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { reroll } from '../actions/doodle'
import { move, remove, select, setOpacity, setVector, setVisible, takeOther } from '../actions/layers'
import { IconButton } from '../components/icon-button'
import {
  AgainIcon,
  DownIcon,
  EyeIcon,
  EyeOffIcon,
  GripIcon,
  PenIcon,
  SwapIcon,
  TrashIcon,
  UpIcon,
} from '../components/icons'
import { strings } from '../i18n'
import type { Layer } from '../project/project'
import { editor, useEditor } from '../store'
import { DoodleThumb } from './doodle-thumb'
import { editWords } from './edit-words'
import { LookControls } from './look-controls'
import { WordSwap } from './word-swap'

/** Height of a row that is not unfolded, in pixels: how far a drag goes for one place. */
const ROW = 58

interface RowProps {
  readonly layer: Layer
  readonly selected: boolean
  readonly top: boolean
  readonly bottom: boolean
}

/** One doodle: shown or hidden, dragged to another place; selected, it unfolds what can be done with it. */
export function LayerRow({ layer, selected, top, bottom }: RowProps) {
  const { id, visible, doodle, recipe } = layer
  const [dragged, setDragged] = useState(0)
  const bindGrip = useDrag(
    ({ movement: [, y], last, first }) => {
      if (first) select(id)
      setDragged(last ? 0 : y)
      if (last) move(id, Math.round(-y / ROW))
    },
    { axis: 'y', filterTaps: true },
  )

  const keys = (event: KeyboardEvent): void => {
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown'))
      moveKeeping(id, event.key === 'ArrowUp' ? 1 : -1)
    else if (event.key === 'Delete' || event.key === 'Backspace') removeAndGoOn(id)
    else return
    event.preventDefault()
  }
  return (
    <li
      className="layer"
      data-selected={selected}
      data-hidden={!visible}
      data-dragged={dragged !== 0}
      style={dragged === 0 ? undefined : { transform: `translateY(${dragged}px)` }}
    >
      <div className="layer-head">
        <span className="grip" title={strings.layers.drag} aria-hidden="true" {...bindGrip()}>
          <GripIcon />
        </span>
        <button
          type="button"
          id={rowId(id)}
          className="layer-name"
          aria-label={strings.layers.select(recipe.instruction)}
          aria-expanded={selected}
          aria-keyshortcuts="Alt+ArrowUp Alt+ArrowDown Delete"
          onClick={() => select(id)}
          onKeyDown={keys}
        >
          <DoodleThumb elements={doodle.elements} look={layer.look} />
          <span>{recipe.instruction}</span>
        </button>
        <IconButton
          className="bare"
          label={visible ? strings.layers.hide(recipe.instruction) : strings.layers.show(recipe.instruction)}
          icon={visible ? <EyeIcon /> : <EyeOffIcon />}
          aria-pressed={visible}
          onClick={() => setVisible(id, !visible)}
        />
      </div>
      {selected && <Unfolded layer={layer} top={top} bottom={bottom} />}
    </li>
  )
}

function Unfolded({ layer, top, bottom }: Omit<RowProps, 'selected'>) {
  const [swapping, setSwapping] = useState(false)
  return (
    <div className="layer-more">
      <Opacity layer={layer} />
      <Actions layer={layer} swapping={swapping} onSwap={() => setSwapping(!swapping)} />
      <LookControls layer={layer} />
      {swapping && (
        <WordSwap key={layer.recipe.instruction} layer={layer} onDrawn={() => finishSwap(layer.id, setSwapping)} />
      )}
      {layer.others.length > 0 && <Others layer={layer} />}
      <Foot layer={layer} top={top} bottom={bottom} />
    </div>
  )
}

function Opacity({ layer: { id, opacity } }: { readonly layer: Layer }) {
  const slider = useId()
  return (
    <div className="field compact">
      <label htmlFor={slider}>{strings.layers.opacity}</label>
      <input
        id={slider}
        type="range"
        min={0}
        max={100}
        step={1}
        value={Math.round(opacity * 100)}
        onChange={(event) => setOpacity(id, event.target.valueAsNumber / 100)}
      />
      <output htmlFor={slider}>{Math.round(opacity * 100)} %</output>
    </div>
  )
}

interface ActionsProps {
  readonly layer: Layer
  readonly swapping: boolean
  readonly onSwap: () => void
}

/** What draws it anew, or shows it otherwise. */
function Actions({ layer, swapping, onSwap }: ActionsProps) {
  const busy = useEditor((state) => state.running !== null)
  const { id, vector = false } = layer
  const words = strings.layers
  const unlessBusy = (act: () => void) => () => {
    if (!busy) act()
  }
  return (
    <div className="layer-actions">
      <Action
        title={words.reroll}
        name={words.rerollShort}
        icon={<AgainIcon />}
        aria-disabled={busy}
        onClick={unlessBusy(() => void reroll(layer))}
      />
      <Action
        title={words.edit}
        name={words.editShort}
        icon={<PenIcon />}
        aria-disabled={busy}
        onClick={unlessBusy(() => editWords(layer))}
      />
      <Action
        title={words.vector}
        name={words.vectorShort}
        aria-pressed={vector}
        onClick={() => setVector(id, !vector)}
      />
      <Action title={words.swapHint} name={words.swap} icon={<SwapIcon />} aria-expanded={swapping} onClick={onSwap} />
    </div>
  )
}

interface ActionProps extends ComponentProps<'button'> {
  readonly name: string
  readonly icon?: ReactNode
}

function Action({ name, icon, ...button }: ActionProps) {
  return (
    <button type="button" className="button small" {...button}>
      {icon}
      <span>{name}</span>
    </button>
  )
}

/** The drawings that were not taken. */
function Others({ layer }: { readonly layer: Layer }) {
  return (
    <div className="others" role="group" aria-label={strings.layers.others}>
      <span className="quiet">{strings.layers.others}</span>
      {layer.others.map((other, index) => (
        <button
          type="button"
          key={other.id}
          className="other"
          aria-label={strings.choice.inColour(strings.layers.take(index + 1), other.colour)}
          title={strings.choice.inColour(strings.layers.seed(other.seed), other.colour)}
          onClick={() => takeAndStay(layer, other.id)}
        >
          <DoodleThumb elements={other.elements} look={layer.look} />
        </button>
      ))}
    </div>
  )
}

function Foot({ layer: { id, doodle }, top, bottom }: Omit<RowProps, 'selected'>) {
  return (
    <div className="layer-foot">
      <p className="quiet seed-note">{strings.layers.seed(doodle.seed)}</p>
      <IconButton
        className="bare"
        label={strings.layers.up}
        icon={<UpIcon />}
        off={top}
        onClick={() => moveKeeping(id, 1, 'up')}
        data-act="up"
      />
      <IconButton
        className="bare"
        label={strings.layers.down}
        icon={<DownIcon />}
        off={bottom}
        onClick={() => moveKeeping(id, -1, 'down')}
        data-act="down"
      />
      <IconButton
        className="bare"
        label={strings.layers.delete}
        icon={<TrashIcon />}
        onClick={() => removeAndGoOn(id)}
      />
    </div>
  )
}

const rowId = (id: string): string => `row ${id}`.replaceAll(' ', '-')

/** The drawing taken leaves the list of others; the keyboard goes on at the layer's name. */
function takeAndStay(layer: Layer, other: string): void {
  flushSync(() => takeOther(layer, other))
  document.getElementById(rowId(layer.id))?.focus()
}

/** The form closes; the keyboard goes on at the layer's name. */
function finishSwap(id: string, setSwapping: (open: boolean) => void): void {
  flushSync(() => setSwapping(false))
  document.getElementById(rowId(id))?.focus()
}

/** Moves a layer; what had the focus in its row keeps it, though the row is now elsewhere in the page. */
function moveKeeping(id: string, by: number, act?: string): void {
  flushSync(() => move(id, by))
  const name = document.getElementById(rowId(id))
  const button = act === undefined ? name : name?.closest('.layer')?.querySelector<HTMLElement>(`[data-act=${act}]`)
  button?.focus()
}

/** The focus goes on to the next layer, or to the Doodle button after the last. */
function removeAndGoOn(id: string): void {
  flushSync(() => remove(id))
  const { selectedId } = editor.getState()
  const next = document.getElementById(selectedId === null ? 'doodle' : rowId(selectedId))
  next?.focus()
}
