import { useId } from 'react'
import { strings, styleCopy } from '../i18n'
import { editor, randomSeed, useEditor } from '../store'
import { ChevronIcon, DiceIcon, LockIcon } from './icons'

const FALLBACK_STEPS = 8
const MAX_STEPS = 30
/** Beyond it nothing but the photo is left. */
const MOST_KEPT = 0.8
const LOWEST_RESOLUTION = 96
const MAX_SEED = 0xffffffff

/** What nobody needs for a first doodle. */
export function MoreOptions() {
  const steps = useEditor((state) => state.steps ?? state.model?.defaults.steps ?? FALLBACK_STEPS)
  const strength = useEditor((state) => state.strength)
  const cfgScale = useEditor((state) => state.cfgScale ?? state.model?.defaults.cfgScale ?? 1)
  return (
    <details className="more" onToggle={(event) => { if (event.currentTarget.open) event.currentTarget.scrollIntoView({ block: 'nearest' }) }}>
      <summary>{strings.panel.more}<ChevronIcon /></summary>
      <Slider label={strings.panel.steps} hint={strings.panel.stepsHint} min={1} max={MAX_STEPS} step={1} value={steps} onChange={(value) => editor.setState({ steps: value })} />
      <Slider label={strings.panel.strength} hint={strings.panel.strengthHint} min={0} max={1.5} step={0.05} value={strength} onChange={(value) => editor.setState({ strength: value })} />
      <Mix />
      <Slider label={strings.panel.cfgScale} hint={strings.panel.cfgScaleHint} min={1} max={4} step={0.1} value={cfgScale} onChange={(value) => editor.setState({ cfgScale: value })} />
      <OnTheWholePhoto />
      <Seed />
    </details>
  )
}

/** What only models that draw on the whole photo know; nothing to choose while that is not known. */
function OnTheWholePhoto() {
  const highest = useEditor((state) => state.model?.defaults.resolution)
  const resolution = useEditor((state) => state.resolution)
  const keepPhoto = useEditor((state) => state.keepPhoto)
  if (highest === undefined || highest === null) return null
  return (
    <>
      <Slider label={strings.panel.keepPhoto} hint={strings.panel.keepPhotoHint} min={0} max={MOST_KEPT} step={0.05} value={keepPhoto} onChange={(value) => editor.setState({ keepPhoto: value })} />
      {highest > LOWEST_RESOLUTION && <Slider label={strings.panel.resolution} hint={strings.panel.resolutionHint} min={LOWEST_RESOLUTION} max={highest} step={16} unit=" px" value={Math.min(resolution ?? highest, highest)} onChange={(value) => editor.setState({ resolution: value === highest ? null : value })} />}
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
  const others = styles.filter((style) => style.id !== styleId).map((style) => ({ id: style.id, label: (style.imported ? undefined : styleCopy[style.id]?.label) ?? style.name }))
  const chosen = others.find((style) => style.id === mixId)
  return (
    <>
      <div className="field">
        <label htmlFor={id}>{strings.panel.mix}</label>
        <select id={id} value={chosen?.id ?? ''} aria-describedby={`${id}-hint`} onChange={(event) => editor.setState({ mixId: event.target.value === '' ? null : event.target.value })}>
          <option value="">{strings.panel.mixNone}</option>
          {others.map(({ id: other, label }) => <option key={other} value={other}>{label}</option>)}
        </select>
        <p id={`${id}-hint`} className="hint">{strings.panel.mixHint}</p>
      </div>
      {chosen !== undefined && <Slider label={strings.panel.mixStrength(chosen.label)} min={0} max={1.5} step={0.05} value={mixStrength} onChange={(value) => editor.setState({ mixStrength: value })} />}
    </>
  )
}

function Slider({ label, hint, value, unit = '', onChange, ...range }: { label: string; hint?: string; unit?: string; value: number; min: number; max: number; step: number; onChange: (value: number) => void }) {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <output htmlFor={id}>{range.step < 1 ? value.toFixed(2) : value}{unit}</output>
      <input id={id} type="range" {...range} value={value} {...(hint === undefined ? {} : { 'aria-describedby': `${id}-hint` })} onChange={(event) => onChange(event.target.valueAsNumber)} />
      {hint !== undefined && <p id={`${id}-hint`} className="hint">{hint}</p>}
    </div>
  )
}

function Seed() {
  const id = useId()
  const seed = useEditor((state) => state.seed)
  const locked = useEditor((state) => state.seedLocked)
  const typed = (value: number) => {
    if (Number.isInteger(value) && value >= 0 && value <= MAX_SEED) editor.setState({ seed: value, seedLocked: true })
  }
  const lockLabel = locked ? strings.panel.unlock : strings.panel.lock
  return (
    <div className="field seed">
      <label htmlFor={id}>{strings.panel.seed}</label>
      <div className="seed-row">
        <input id={id} type="number" inputMode="numeric" min={0} max={MAX_SEED} step={1} value={seed} aria-describedby={`${id}-hint`} onChange={(event) => typed(event.target.valueAsNumber)} />
        <button type="button" className="icon-button" aria-label={strings.panel.dice} title={strings.panel.dice} onClick={() => editor.setState({ seed: randomSeed() })}><DiceIcon /></button>
        <button type="button" className="icon-button" aria-pressed={locked} aria-label={strings.panel.lock} title={lockLabel} onClick={() => editor.setState({ seedLocked: !locked })}><LockIcon open={!locked} /></button>
      </div>
      <p id={`${id}-hint`} className="hint">{strings.panel.seedHint}</p>
    </div>
  )
}
