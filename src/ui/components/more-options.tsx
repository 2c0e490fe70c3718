import { useId } from 'react'
import { defaultOf, isInRange, settingOf, SETTINGS, sliderNames, type RecipeSetting } from '../../workers/engine-api'
import { settingCopy, strings, styleCopy } from '../i18n'
import { editor, isKnown, randomSeed, setSetting, useEditor } from '../store'
import { ChevronIcon, DiceIcon, LockIcon } from './icons'

/** What nobody needs for a first doodle: a slider for every setting that has one. */
export function MoreOptions() {
  return (
    <details
      className="more"
      onToggle={(event) => {
        if (event.currentTarget.open) event.currentTarget.scrollIntoView({ block: 'nearest' })
      }}
    >
      <summary>
        {strings.panel.more}
        <ChevronIcon />
      </summary>
      {sliderNames.map((name) =>
        name === 'strength' ? <Strength key={name} /> : <SettingSlider key={name} name={name} />,
      )}
      <Seed />
    </details>
  )
}

/** Nothing where the model has no such setting, or that is not known yet. */
function SettingSlider({ name }: { name: RecipeSetting }) {
  const model = useEditor((state) => state.model)
  const value = useEditor((state) => state.settings[name])
  const { models, step, slider } = settingOf(name)
  if (slider === undefined || (models !== undefined && (model === null || !isKnown(name, model)))) return null
  const own = defaultOf(name, model?.defaults) ?? SETTINGS[name].default
  const max = slider.max === 'model' ? own : slider.max
  const shown = slider.max === 'model' ? Math.min(value ?? own, own) : (value ?? own)
  if (max <= slider.min) return null
  const { label, hint } = settingCopy(name)
  return (
    <Slider
      label={label}
      hint={hint}
      min={slider.min}
      max={max}
      step={step}
      unit={slider.unit}
      value={shown}
      onChange={(next) => setSetting(name, next)}
    />
  )
}

const { step: strengthStep, slider: strengthRange } = SETTINGS.strength

/** Of the chosen style, and a second one to mix with it. */
function Strength() {
  const strength = useEditor((state) => state.strength)
  return (
    <>
      <Slider
        {...settingCopy('strength')}
        {...strengthRange}
        step={strengthStep}
        value={strength}
        onChange={(value) => editor.setState({ strength: value })}
      />
      <Mix />
    </>
  )
}

/** A second style and its strength. */
function Mix() {
  const id = useId()
  const styles = useEditor((state) => state.styles)
  const styleId = useEditor((state) => state.styleId)
  const mixId = useEditor((state) => state.mixId)
  const mixStrength = useEditor((state) => state.mixStrength)
  const others = styles
    .filter((style) => style.id !== styleId)
    .map((style) => ({ id: style.id, label: (style.imported ? undefined : styleCopy[style.id]?.label) ?? style.name }))
  const chosen = others.find((style) => style.id === mixId)
  return (
    <>
      <div className="field">
        <label htmlFor={id}>{strings.panel.mix}</label>
        <select
          id={id}
          value={chosen?.id ?? ''}
          aria-describedby={`${id}-hint`}
          onChange={(event) => editor.setState({ mixId: event.target.value === '' ? null : event.target.value })}
        >
          <option value="">{strings.panel.mixNone}</option>
          {others.map(({ id: other, label }) => (
            <option key={other} value={other}>
              {label}
            </option>
          ))}
        </select>
        <p id={`${id}-hint`} className="hint">
          {strings.panel.mixHint}
        </p>
      </div>
      {chosen !== undefined && (
        <Slider
          label={strings.panel.mixStrength(chosen.label)}
          {...strengthRange}
          step={strengthStep}
          value={mixStrength}
          onChange={(value) => editor.setState({ mixStrength: value })}
        />
      )}
    </>
  )
}

function Slider({
  label,
  hint,
  value,
  unit,
  onChange,
  ...range
}: {
  label: string
  hint?: string
  unit?: string | undefined
  value: number
  min: number
  max: number
  step: number
  onChange: (value: number) => void
}) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id}>
        {range.step < 1 ? value.toFixed(2) : value}
        {unit === undefined ? '' : ` ${unit}`}
      </output>
      <input
        id={id}
        type="range"
        {...range}
        value={value}
        {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })}
        onChange={(event) => onChange(event.target.valueAsNumber)}
      />
      {hint !== undefined && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
    </div>
  )
}

function Seed() {
  const id = useId()
  const seed = useEditor((state) => state.seed)
  const locked = useEditor((state) => state.seedLocked)
  const words = settingCopy('seed')
  const typed = (value: number) => {
    if (isInRange('seed', value)) editor.setState({ seed: value, seedLocked: true })
  }
  const lockLabel = locked ? strings.panel.unlock : strings.panel.lock
  return (
    <div className="field seed">
      <label htmlFor={id}>{words.label}</label>
      <div className="seed-row">
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={SETTINGS.seed.min}
          max={SETTINGS.seed.max}
          step={SETTINGS.seed.step}
          value={seed}
          aria-describedby={`${id}-hint`}
          onChange={(event) => typed(event.target.valueAsNumber)}
        />
        <button
          type="button"
          className="icon-button"
          aria-label={strings.panel.dice}
          title={strings.panel.dice}
          onClick={() => editor.setState({ seed: randomSeed() })}
        >
          <DiceIcon />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-pressed={locked}
          aria-label={strings.panel.lock}
          title={lockLabel}
          onClick={() => editor.setState({ seedLocked: !locked })}
        >
          <LockIcon open={!locked} />
        </button>
      </div>
      <p id={`${id}-hint`} className="hint">
        {words.hint}
      </p>
    </div>
  )
}
