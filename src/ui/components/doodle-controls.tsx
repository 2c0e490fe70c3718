import type { CSSProperties } from 'react'
import { cancel, doodle } from '../actions'
import { strings } from '../strings'
import { useEditor, type EngineState, type Running } from '../store'
import { CloseIcon, PenIcon } from './icons'

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)

/** The one button that matters; while it works, how far it is and how to stop it. */
export function DoodleControls() {
  const running = useEditor((state) => state.running)
  const hasPhoto = useEditor((state) => state.photo !== null)
  const hasOutcome = useEditor((state) => state.outcome !== null)
  const engine = useEditor((state) => state.engine)
  return (
    <div className="doodle-controls">
      {running === null ? (
        <button type="button" className="button primary doodle" disabled={!hasPhoto || engine.status === 'failed'} aria-keyshortcuts={isMac ? 'Meta+Enter' : 'Control+Enter'} onClick={() => void doodle()}>
          <PenIcon />
          <span>{hasOutcome ? strings.panel.again : strings.panel.doodle}</span>
          {hasPhoto && <kbd>{isMac ? strings.panel.shortcut.mac : strings.panel.shortcut.other}</kbd>}
        </button>
      ) : (
        <Progress running={running} engine={engine} />
      )}
      {!hasPhoto && <p className="quiet under">{strings.panel.needPhoto}</p>}
    </div>
  )
}

/** Reading the photo, each step, decoding and compositing, on one scale 0..1; null while its end is unknown. */
function fraction({ phase, step, steps }: Running, engine: EngineState): number | null {
  if (phase === 'load') {
    const progress = engine.status === 'loading' ? engine.progress : null
    return progress === null || progress.expected === 0 ? null : progress.received / progress.expected
  }
  if (phase === 'encode') return 0.02
  if (phase === 'denoise') return 0.04 + 0.86 * (step / Math.max(1, steps))
  return phase === 'decode' ? 0.93 : 0.98
}

function Progress({ running, engine }: { running: Running; engine: EngineState }) {
  const done = fraction(running, engine)
  return (
    <div className="progress">
      <div className="progress-words">
        <strong>{words(running)}</strong>
        <span>{running.secondsLeft !== null && !running.stopping ? strings.progress.secondsLeft(running.secondsLeft) : megabytes(running, engine)}</span>
      </div>
      <div className="bar" role="progressbar" aria-label={strings.progress.compose} aria-valuemin={0} aria-valuemax={100} {...(done === null ? {} : { 'aria-valuenow': Math.round(done * 100) })} data-indeterminate={done === null}>
        <span style={{ '--done': done ?? 0.3 } as CSSProperties} />
      </div>
      <button type="button" className="button cancel" disabled={running.stopping} onClick={cancel}>
        <CloseIcon />
        <span>{strings.progress.cancel}</span>
      </button>
    </div>
  )
}

function words({ stopping, phase, step, steps }: Running): string {
  if (stopping) return strings.progress.stopping
  return phase === 'denoise' ? strings.progress.denoise(step, steps) : strings.progress[phase]
}

function megabytes({ phase }: Running, engine: EngineState): string {
  if (phase !== 'load' || engine.status !== 'loading' || engine.progress === null) return ''
  const { received, expected } = engine.progress
  return strings.progress.megabytes((received / 1e6).toFixed(0), (expected / 1e6).toFixed(0))
}
