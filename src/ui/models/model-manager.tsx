import { useEffect, useId, useRef, useState, type ChangeEvent, type ComponentProps } from 'react'
import { choose, closeManager, forget, installFolder, stopJob, verify } from '../actions/models'
import { PlusIcon } from '../components/icons'
import { Modal } from '../components/modal'
import { strings } from '../i18n'
import { useEditor, type Manager } from '../store'
import type { ModelStatus } from '../../workers/engine-api'
import { Diagnostics } from './diagnostics'
import { inBytes, Room } from './room'

/** Models: what is stored, how to bring, check, use and forget one; and the device they run on. */
export default function ModelManager() {
  const manager = useEditor((state) => state.manager)
  const dialog = useRef<HTMLDialogElement>(null)
  if (manager === null) return null
  return (
    <Modal
      dialog={dialog}
      title={strings.models.title}
      close={strings.models.close}
      className="wide"
      returnTo="badge"
      onClosed={closeManager}
    >
      <Outcome outcome={manager.outcome} />
      <ul className="models">
        {manager.models?.map((model, index) => (
          <Model key={model.id} model={model} inUse={index === 0} busy={manager.job !== null} />
        ))}
      </ul>
      {manager.job === null ? <Install /> : <Working job={manager.job} />}
      <Room storage={manager.storage} />
      <Diagnostics />
    </Modal>
  )
}

function Outcome({ outcome }: Pick<Manager, 'outcome'>) {
  if (outcome === null) return null
  return (
    <div
      className="outcome"
      role={outcome.kind === 'error' ? 'alert' : 'status'}
      data-kind={outcome.kind}
      data-error={outcome.name}
    >
      {outcome.kind === 'error' && <strong>{strings.errors[outcome.name] ?? strings.unexpected}</strong>}
      <p>{outcome.message}</p>
    </div>
  )
}

function Model({
  model: { id, name, version, storedBytes, streamed, loaded },
  inUse,
  busy,
}: {
  model: ModelStatus
  inUse: boolean
  busy: boolean
}) {
  const [gigabytes, setGigabytes] = useState('')
  const budget = Number(gigabytes)
  return (
    <li className="model" data-used={inUse}>
      <p>
        <strong>{name}</strong> <span className="quiet">{version}</span>
        {inUse && <span className="tag">{loaded ? strings.models.inUse : strings.models.opening}</span>}
      </p>
      <p className="quiet">
        {storedBytes === null ? strings.models.embedded : strings.models.stored(inBytes(storedBytes))}
      </p>
      {streamed && <Budget gigabytes={gigabytes} onChange={setGigabytes} />}
      <div className="model-actions">
        {(!inUse || streamed) && (
          <Press busy={busy} of={name} onPress={() => void choose(id, name, budget > 0 ? budget : null)}>
            {inUse ? strings.models.useAgain : strings.models.use}
          </Press>
        )}
        {storedBytes !== null && (
          <>
            <Press busy={busy} of={name} onPress={() => void verify(id, name)}>
              {strings.models.verify}
            </Press>
            <Forget busy={busy} id={id} name={name} bytes={storedBytes} />
          </>
        )}
      </div>
    </li>
  )
}

interface BudgetProps {
  readonly gigabytes: string
  readonly onChange: (gigabytes: string) => void
}

/** How much memory a model that is streamed may hold; nothing typed: as much as suits the device. */
function Budget({ gigabytes, onChange }: BudgetProps) {
  const field = useId()
  return (
    <div className="field budget">
      <label htmlFor={field}>{strings.models.budget}</label>
      <span>
        <input
          id={field}
          type="number"
          inputMode="decimal"
          min={0.1}
          step={0.1}
          value={gigabytes}
          placeholder={strings.models.budgetAuto}
          aria-describedby={`${field}-hint`}
          onChange={(event) => onChange(event.target.value)}
        />{' '}
        GB
      </span>
      <p id={`${field}-hint`} className="hint">
        {strings.models.budgetHint}
      </p>
    </div>
  )
}

interface PressProps extends Omit<ComponentProps<'button'>, 'onClick'> {
  readonly busy: boolean
  /** The model's name, for those who do not see beside what the button stands. */
  readonly of: string
  readonly onPress: () => void
}

function Press({ busy, of, onPress, children, ...button }: PressProps) {
  const press = (): void => {
    if (!busy) onPress()
  }
  return (
    <button type="button" className="button small" aria-disabled={busy} onClick={press} {...button}>
      {children}
      <span className="visually-hidden"> {of}</span>
    </button>
  )
}

interface ForgetProps {
  readonly busy: boolean
  readonly id: string
  readonly name: string
  readonly bytes: number
}

/** Asks once more before it deletes. */
function Forget({ busy, id, name, bytes }: ForgetProps) {
  const [sure, setSure] = useState(false)
  return (
    <Press
      busy={busy}
      of={name}
      data-sure={sure}
      onBlur={() => setSure(false)}
      onPress={() => {
        if (sure) void forget(id, name)
        else setSure(true)
      }}
    >
      {sure ? strings.models.reallyDelete(inBytes(bytes)) : strings.models.delete}
    </Press>
  )
}

/** A folder picker; browsers without one take the files it would hold. */
function Install() {
  const input = useRef<HTMLInputElement>(null)
  const picked = (event: ChangeEvent<HTMLInputElement>): void => {
    const files = [...(event.target.files ?? [])]
    event.target.value = ''
    if (files.length > 0)
      void installFolder(
        files.map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath })),
      )
  }
  return (
    <div className="install">
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <PlusIcon />
        {strings.models.install}
      </button>
      <p className="quiet">{strings.models.installHint}</p>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-label={strings.models.install}
        onChange={picked}
        {...{ webkitdirectory: '' }}
      />
    </div>
  )
}

function Working({ job: { kind, progress } }: { job: NonNullable<Manager['job']> }) {
  const share = progress === null || progress.total === 0 ? 0 : progress.done / progress.total
  const stop = useRef<HTMLButtonElement>(null)
  // The button that started it is gone.
  useEffect(() => stop.current?.focus(), [])
  return (
    <div className="progress">
      <div className="progress-words">
        <strong>{kind === 'install' ? strings.models.installing : strings.models.verifying}</strong>
        <span>{progress === null ? '' : strings.models.amount(inBytes(progress.done), inBytes(progress.total))}</span>
      </div>
      <div
        className="bar"
        role="progressbar"
        aria-label={strings.models.progress}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * share)}
      >
        <span style={{ width: `${100 * share}%` }} />
      </div>
      <button ref={stop} type="button" className="button cancel" onClick={stopJob}>
        {strings.models.stop}
      </button>
    </div>
  )
}
