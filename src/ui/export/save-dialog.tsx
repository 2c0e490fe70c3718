import { useEffect, useMemo, useRef, useState } from 'react'
import { canShare, copy, download, share } from '../actions/export'
import { CopyIcon, DownloadIcon, ShareIcon } from '../components/icons'
import { Modal } from '../components/modal'
import { strings } from '../i18n'
import { cropAround } from '../project/crop'
import { shown } from '../project/project'
import { useEditor, type Photo } from '../store'
import { DOODLES_ALONE, FIRST_CHOICE, outputOf, WAYS, type Output, type OutputChoice, type Way } from './output'
import { OutputOptions } from './output-options'
import { OutputPreview } from './output-preview'
import '../styles/save.css'

/** Every way out of the editor, with what it gives in view. */
export default function SaveDialog({ photo, onClosed }: { photo: Photo; onClosed: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const layers = useEditor((state) => state.history.present.layers)
  const [choice, setChoice] = useState(FIRST_CHOICE)
  const seen = useMemo(() => shown(layers), [layers])
  const output = useMemo(() => {
    const crop = cropAround(
      seen.map(({ doodle, look }) => ({ elements: doodle.elements, look })),
      photo,
    )
    return outputOf(choice, photo, [crop.left + crop.width / 2, crop.top + crop.height / 2])
  }, [choice, photo, seen])
  const ways = seen.length > 0 ? WAYS : WAYS.filter((way) => !DOODLES_ALONE.includes(way))
  return (
    <Modal
      dialog={dialog}
      title={strings.export.title}
      close={strings.export.close}
      className="save"
      onClosed={onClosed}
    >
      <div className="save-body">
        <OutputPreview output={output} label={strings.export.ways[choice.way]} layers={seen} />
        <div className="save-choices">
          <Ways ways={ways} choice={choice} onChange={setChoice} />
          <OutputOptions choice={choice} photo={photo} hasDoodle={layers.length > 0} onChange={setChoice} />
        </div>
      </div>
      <Actions output={output} way={choice.way} failed={() => dialog.current?.close()} />
    </Modal>
  )
}

interface WaysProps {
  readonly ways: readonly Way[]
  readonly choice: OutputChoice
  readonly onChange: (choice: OutputChoice) => void
}

function Ways({ ways, choice, onChange }: WaysProps) {
  return (
    <fieldset className="ways">
      <legend className="visually-hidden">{strings.export.way}</legend>
      {ways.map((way) => (
        <label key={way}>
          <input
            type="radio"
            name="way"
            value={way}
            checked={choice.way === way}
            onChange={() => onChange({ ...choice, way, format: null })}
          />
          <span>{strings.export.ways[way]}</span>
        </label>
      ))}
    </fieldset>
  )
}

/** A failure is told behind the dialog, which makes way for it. */
function Actions({ output, way, failed }: { output: Output; way: Way; failed: () => void }) {
  const busy = useEditor((state) => state.exporting)
  const [copied, setCopied] = useState(false)
  // The page's own live region is out of reach while the dialog is open.
  const [said, setSaid] = useState('')
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  const run = (act: typeof copy, done: string) => async (): Promise<void> => {
    if (busy) return
    if (await act(output, way)) {
      setSaid(done)
      if (act === copy) setCopied(true)
    } else failed()
  }
  const words = strings.export
  return (
    <div className="save-actions">
      <p className="visually-hidden" role="status">
        {said}
      </p>
      <button
        type="button"
        className="button primary"
        aria-disabled={busy}
        onClick={() => void run(download, words.saved)()}
      >
        <DownloadIcon />
        <span>{busy ? words.preparing : words.save(output.format.toUpperCase())}</span>
      </button>
      {typeof ClipboardItem !== 'undefined' && (
        <button type="button" className="button" aria-disabled={busy} onClick={() => void run(copy, words.copied)()}>
          <CopyIcon />
          <span>{copied ? words.copied : words.copy}</span>
        </button>
      )}
      {canShare() && (
        <button type="button" className="button" aria-disabled={busy} onClick={() => void run(share, words.shared)()}>
          <ShareIcon />
          <span>{words.share}</span>
        </button>
      )}
    </div>
  )
}
