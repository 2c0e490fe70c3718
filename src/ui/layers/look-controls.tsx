import { useId } from 'react'
import { AS_DRAWN, BLENDS, type Look } from '../../workers/engine-api'
import { setLook, setPose } from '../actions/objects'
import { strings } from '../i18n'
import { LIMITS } from '../project/look-from'
import type { Layer } from '../project/project'

/** An object's look by sliders, for those who want a figure and for the keyboard. */
export function LookControls({ layer }: { layer: Layer }) {
  const { id, look } = layer
  const words = strings.objects
  const pose = look?.pose ?? AS_DRAWN
  return (
    <details className="look">
      <summary>{words.look}</summary>
      <Slider
        label={words.size}
        low={Math.log(LIMITS.scale.min)}
        high={Math.log(LIMITS.scale.max)}
        step={0.01}
        value={Math.log(pose.scale)}
        shown={`${Math.round(pose.scale * 100)} %`}
        onChange={(value) => setPose(id, { ...pose, scale: Math.exp(value) }, `size ${id}`)}
      />
      <Slider
        label={words.angle}
        low={-180}
        high={180}
        step={1}
        value={pose.turn}
        shown={`${Math.round(pose.turn)}°`}
        onChange={(turn) => setPose(id, { ...pose, turn }, `turn ${id}`)}
      />
      {look?.recolour !== undefined && (
        <button type="button" className="button small" onClick={() => ownColours(id)}>
          {words.ownColours}
        </button>
      )}
      <Part layer={layer} name="hue" low={-LIMITS.hue} high={LIMITS.hue} step={1} shown={(value) => `${value}°`} />
      <Part layer={layer} name="brightness" low={-1} high={1} />
      <Part layer={layer} name="border" low={0} high={LIMITS.border} step={0.001} />
      <Part layer={layer} name="shadow" low={0} high={1} />
      <BlendChoice layer={layer} />
    </details>
  )
}

/** The button goes; the keyboard goes on at the look. */
function ownColours(id: string): void {
  const summary = document.activeElement?.closest('details')?.querySelector('summary')
  setLook(id, 'recolour', undefined)
  summary?.focus()
}

function Part({
  layer: { id, look },
  name,
  low,
  high,
  step = 0.01,
  shown = (value) => `${Math.round((value / high) * 100)} %`,
}: {
  layer: Layer
  name: 'hue' | 'brightness' | 'border' | 'shadow'
  low: number
  high: number
  step?: number
  shown?: (value: number) => string
}) {
  const value = look?.[name] ?? 0
  return (
    <Slider
      label={strings.objects[name]}
      low={low}
      high={high}
      step={step}
      value={value}
      shown={shown(value)}
      onChange={(next) => setLook(id, name, next)}
    />
  )
}

function Slider({
  label,
  low,
  high,
  step,
  value,
  shown,
  onChange,
}: {
  label: string
  low: number
  high: number
  step: number
  value: number
  shown: string
  onChange: (value: number) => void
}) {
  const id = useId()
  return (
    <div className="field compact">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="range"
        min={low}
        max={high}
        step={step}
        value={value}
        aria-valuetext={shown}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      <output htmlFor={id}>{shown}</output>
    </div>
  )
}

function BlendChoice({ layer: { id, look } }: { layer: Layer }) {
  const select = useId()
  const words = strings.objects
  return (
    <div className="field compact">
      <label htmlFor={select}>{words.blend}</label>
      <select
        id={select}
        value={look?.blend ?? ''}
        onChange={({ target: { value } }) =>
          setLook(
            id,
            'blend',
            BLENDS.find((one): one is NonNullable<Look['blend']> => one === value),
          )
        }
      >
        <option value="">{words.blends.normal}</option>
        {BLENDS.map((one) => (
          <option key={one} value={one}>
            {words.blends[one]}
          </option>
        ))}
      </select>
    </div>
  )
}
