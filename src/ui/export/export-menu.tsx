import { useEffect, useId, useState } from 'react'
import type { ExportFormat } from '../../workers/picture-api'
import { canShare, copy, download, share, type ExportChoice } from '../actions/export'
import { ChevronIcon, CopyIcon, DownloadIcon, LayerIcon, ShareIcon } from '../components/icons'
import { strings } from '../i18n'
import { useEditor } from '../store'

/** The exact PNG in one press; everything else beside it. */
export function ExportMenu() {
  const photo = useEditor((state) => state.photo)
  const exporting = useEditor((state) => state.exporting)
  if (photo === null) return null
  return (
    <div className="export">
      <button
        type="button"
        className="button strong export-now"
        aria-disabled={exporting}
        onClick={() => {
          if (!exporting) void download()
        }}
      >
        <DownloadIcon />
        <span>{exporting ? strings.export.preparing : strings.export.download}</span>
      </button>
      <button
        type="button"
        className="button strong export-more"
        aria-label={strings.export.more}
        data-tip={strings.export.more}
        popoverTarget="export-menu"
      >
        <ChevronIcon />
      </button>
      <section id="export-menu" className="popover" popover="auto" aria-label={strings.export.title}>
        <Choices width={photo.width} height={photo.height} busy={exporting} />
      </section>
    </div>
  )
}

const formats = ['png', 'jpeg', 'webp', 'svg'] as const satisfies readonly ExportFormat[]

function Choices({ width, height, busy }: { width: number; height: number; busy: boolean }) {
  const slider = useId()
  const hasDoodle = useEditor((state) => state.history.present.layers.some(({ visible }) => visible))
  const [format, setFormat] = useState<ExportFormat>('png')
  const [quality, setQuality] = useState(0.92)
  const choice: ExportChoice = { format, quality, withoutPhoto: format === 'svg' }
  return (
    <>
      <h2>{strings.export.title}</h2>
      <p className="quiet">{strings.export.size(width, height)}</p>
      <fieldset className="formats">
        <legend className="visually-hidden">{strings.export.format}</legend>
        {formats
          .filter((one) => one !== 'svg' || hasDoodle)
          .map((one) => (
            <label key={one}>
              <input type="radio" name="format" value={one} checked={format === one} onChange={() => setFormat(one)} />
              <span>{strings.export[one]}</span>
            </label>
          ))}
      </fieldset>
      {format === 'svg' && <p className="quiet">{strings.export.svgHint}</p>}
      {format === 'svg' ? null : format === 'png' ? (
        hasDoodle && <p className="quiet">{strings.export.recipe}</p>
      ) : (
        <div className="field compact">
          <label htmlFor={slider}>{strings.export.quality}</label>
          <input
            id={slider}
            type="range"
            min={40}
            max={100}
            step={1}
            value={Math.round(quality * 100)}
            onChange={(event) => setQuality(event.target.valueAsNumber / 100)}
          />
          <output htmlFor={slider}>{Math.round(quality * 100)}</output>
        </div>
      )}
      <button
        type="button"
        className="button primary"
        aria-disabled={busy}
        onClick={() => {
          if (!busy) void download(choice)
        }}
      >
        <DownloadIcon />
        <span>{strings.export.save(format.toUpperCase())}</span>
      </button>
      <div className="takeaways">
        {hasDoodle && (
          <button
            type="button"
            className="button"
            title={strings.export.layerHint}
            aria-disabled={busy}
            onClick={() => {
              if (!busy) void download({ ...choice, format: 'png', withoutPhoto: true })
            }}
          >
            <LayerIcon />
            <span>{strings.export.layer}</span>
          </button>
        )}
        {typeof ClipboardItem !== 'undefined' && <CopyButton busy={busy} />}
        {canShare() && (
          <button
            type="button"
            className="button"
            aria-disabled={busy}
            onClick={() => {
              if (!busy) void share(choice)
            }}
          >
            <ShareIcon />
            <span>{strings.export.share}</span>
          </button>
        )}
      </div>
    </>
  )
}

function CopyButton({ busy }: { busy: boolean }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button
      type="button"
      className="button"
      aria-disabled={busy}
      onClick={() => {
        if (!busy) void copy().then(setCopied)
      }}
    >
      <CopyIcon />
      <span>{copied ? strings.export.copied : strings.export.copy}</span>
    </button>
  )
}
