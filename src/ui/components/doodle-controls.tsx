import { useLayoutEffect, useRef, type CSSProperties, type RefObject } from 'react'
import { cancel, doodle } from '../actions/doodle'
import { mayStand, useGhosts } from '../ghosts/ghosts-store'
import { strings } from '../i18n'
import { editor, useEditor, type EngineState, type Running } from '../store'
import { BoxIcon, CloseIcon, PenIcon, RegionIcon } from './icons'

const isMac = /mac|iphone|ipad/i.test(navigator.userAgent)

/** The one button that matters; while it works, how far it is and how to stop it. */
export function DoodleControls() {
  const running = useEditor((state) => state.running)
  const hasPhoto = useEditor((state) => state.photo !== null)
  const engine = useEditor((state) => state.engine)
  const controls = useRef<HTMLDivElement>(null)
  const may = useEditor(mayStand)
  const standing = useGhosts(({ ghosts }) => ghosts.length)
  const boxes = may ? standing : 0
  const busy = running !== null
  useKeptFocus(controls, busy)
  return (
    <div className="doodle-controls" ref={controls}>
      {running === null ? (
        <>
          <Region />
          {boxes > 0 && (
            <p className="quiet region-note">
              <BoxIcon />
              {strings.where.note(boxes)}
            </p>
          )}
          <div className="doodle-row">
            <button
              id="doodle"
              type="button"
              className="button primary doodle"
              disabled={!hasPhoto || engine.status === 'failed'}
              aria-keyshortcuts={isMac ? 'Meta+Enter' : 'Control+Enter'}
              onClick={() => void doodle()}
            >
              <PenIcon />
              <DoodleWords boxes={boxes} />
              {hasPhoto && <kbd>{isMac ? strings.panel.shortcut.mac : strings.panel.shortcut.other}</kbd>}
            </button>
            <Count />
          </div>
        </>
      ) : (
        <Progress running={running} engine={engine} />
      )}
      {!hasPhoto && <p className="quiet under">{strings.panel.needPhoto}</p>}
    </div>
  )
}

/** Add and Cancel take each other's place; the focus must not fall between them. */
function useKeptFocus(controls: RefObject<HTMLElement | null>, busy: boolean): void {
  const before = useRef(busy)
  useLayoutEffect(() => {
    if (before.current === busy) return
    before.current = busy
    const nowhere = document.activeElement === null || document.activeElement === document.body
    if (nowhere) controls.current?.querySelector<HTMLElement>('.doodle, .cancel')?.focus()
  }, [busy, controls])
}

function DoodleWords({ boxes }: { boxes: number }) {
  const editing = useEditor((state) => state.editingId !== null)
  if (boxes > 0) return <span>{strings.where.add}</span>
  return <span>{editing ? strings.panel.redraw : strings.panel.doodle}</span>
}

/** One doodle, or four variations to choose from. */
function Count() {
  const count = useEditor((state) => state.count)
  return (
    <button
      type="button"
      className="button count"
      aria-pressed={count === 4}
      data-tip={strings.choice.four}
      onClick={() => editor.setState({ count: count === 4 ? 1 : 4 })}
    >
      ×4<span className="visually-hidden">{strings.choice.four}</span>
    </button>
  )
}

/** Reminds of a painted region, which would otherwise explain a doodle cut short only to those who remember it. */
function Region() {
  const painted = useEditor((state) => state.history.present.region.length > 0)
  if (!painted) return null
  return (
    <p className="quiet region-note">
      <RegionIcon />
      {strings.canvas.regionActive}
    </p>
  )
}

/** Reading the photo, each step, and decoding, on one scale 0..1; null while its end is unknown. */
function fraction({ phase, step, steps }: Running, engine: EngineState): number | null {
  if (phase === 'load') {
    const progress = engine.status === 'loading' ? engine.progress : null
    return progress === null || progress.expected === 0 ? null : progress.received / progress.expected
  }
  if (phase === 'prepare') return 0.02
  if (phase === 'layout') return 0.03
  if (phase === 'draw') return 0.04 + 0.86 * (step / Math.max(1, steps))
  return 0.95
}

function Progress({ running, engine }: { running: Running; engine: EngineState }) {
  const done = fraction(running, engine)
  return (
    <div className="progress">
      <div className="progress-words">
        <strong>{words(running)}</strong>
        <span>
          {running.secondsLeft !== null && !running.stopping
            ? strings.progress.secondsLeft(running.secondsLeft)
            : megabytes(running, engine)}
        </span>
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={strings.progress.bar}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(done === null ? {} : { 'aria-valuenow': Math.round(done * 100) })}
        data-indeterminate={done === null}
      >
        <span style={{ '--done': done ?? 0.3 } as CSSProperties} />
      </div>
      <button type="button" className="button cancel" aria-disabled={running.stopping} onClick={cancel}>
        <CloseIcon />
        <span>{strings.progress.cancel}</span>
      </button>
    </div>
  )
}

function words({ stopping, phase, step, steps }: Running): string {
  if (stopping) return strings.progress.stopping
  return phase === 'draw' ? strings.progress.draw(step, steps) : strings.progress[phase]
}

function megabytes({ phase }: Running, engine: EngineState): string {
  if (phase !== 'load' || engine.status !== 'loading' || engine.progress === null) return ''
  const { received, expected } = engine.progress
  return strings.progress.megabytes((received / 1e6).toFixed(0), (expected / 1e6).toFixed(0))
}
