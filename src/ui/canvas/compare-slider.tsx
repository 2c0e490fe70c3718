import type { CSSProperties } from 'react'
import { strings } from '../i18n'
import { ArrowsIcon } from '../components/icons'
import { ghostStore, useGhosts } from '../ghosts/ghosts-store'
import { heldLayer, useEditor, type EditorState } from '../store'
import { useView } from './view-store'

/** Whether before and after are compared: not while something is drawn, in hand, or about to be. */
export function isCompared(state: EditorState): boolean {
  const { tool, running } = state
  return tool === 'move' && running === null && heldLayer(state) === undefined && !ghostStore.getState().on
}

/**
 * Before/after: a native range input whose thumb is the whole dividing line, so pointer, touch and keyboard work alike.
 */
export function CompareSlider() {
  const photo = useEditor((state) => state.photo)
  const boxes = useGhosts(({ on }) => on)
  const wanted = useEditor(
    (state) =>
      isCompared(state) &&
      !state.comparing &&
      (state.choice !== null || state.history.present.layers.some(({ visible }) => visible)),
  )
  const { scale, x, y } = useView((state) => state.view)
  const split = useView((state) => state.split)
  const sliding = useView((state) => state.sliding)
  if (photo === null || !wanted || !sliding || boxes) return null
  const percent = Math.round(split * 100)
  const style = {
    width: photo.width * scale,
    height: photo.height * scale,
    transform: `translate(${x}px, ${y}px)`,
    '--split': `${split * 100}%`,
  } as CSSProperties
  return (
    <div className="compare" style={style}>
      <input
        type="range"
        min={0}
        max={100}
        step={1}
        value={percent}
        aria-label={strings.stage.compare}
        aria-valuetext={strings.stage.compareValue(percent)}
        onChange={(event) => useView.setState({ split: event.target.valueAsNumber / 100 })}
      />
      <span className="divider" aria-hidden="true">
        <span className="handle">
          <ArrowsIcon />
        </span>
      </span>
      <span className="side before" aria-hidden="true" data-hidden={percent < 18}>
        {strings.stage.before}
      </span>
      <span className="side after" aria-hidden="true" data-hidden={percent > 82}>
        {strings.stage.after}
      </span>
    </div>
  )
}
