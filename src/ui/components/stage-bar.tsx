import { useEffect, useState } from 'react'
import { copyResult, download } from '../actions'
import { strings } from '../strings'
import { useEditor } from '../store'
import { FileButton } from './file-button'
import { CopyIcon, DownloadIcon, ImageIcon, LayerIcon } from './icons'

/** Under the picture: another photo, and what can be taken away. */
export function StageBar() {
  const photo = useEditor((state) => state.photo)
  const outcome = useEditor((state) => state.outcome)
  const exporting = useEditor((state) => state.exporting)
  if (photo === null) return null
  return (
    <div className="stage-bar">
      <FileButton className="button quiet-button" label={strings.stage.another} icon={<ImageIcon />} />
      <p className="facts">
        <span>{strings.stage.size(photo.width, photo.height)}</span>
        {outcome !== null && <span title={strings.stage.covers(percent(outcome.coverage))}>{strings.stage.took(outcome.seconds.toFixed(outcome.seconds < 10 ? 1 : 0))}</span>}
      </p>
      {outcome !== null && (
        <div className="takeaways">
          {typeof ClipboardItem !== 'undefined' && <CopyButton busy={exporting === 'copy'} disabled={exporting !== null} />}
          <button type="button" className="button" title={strings.stage.layerHint} disabled={exporting !== null} onClick={() => void download('layer')}>
            <LayerIcon />
            <span>{exporting === 'layer' ? strings.stage.preparing : strings.stage.layer}</span>
          </button>
          <button type="button" className="button strong" disabled={exporting !== null} onClick={() => void download('result')}>
            <DownloadIcon />
            <span>{exporting === 'result' ? strings.stage.preparing : strings.stage.download}</span>
          </button>
        </div>
      )}
    </div>
  )
}

function CopyButton({ busy, disabled }: { busy: boolean; disabled: boolean }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 2500)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <button type="button" className="button" disabled={disabled} onClick={() => void copyResult().then((done) => setCopied(done))}>
      <CopyIcon />
      <span>{busy ? strings.stage.preparing : copied ? strings.stage.copied : strings.stage.copy}</span>
    </button>
  )
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}
