import { useEffect, useRef, useState } from 'react'
import { preview } from '../actions/export'
import { strings } from '../i18n'
import type { Layer } from '../project/project'
import type { Output } from './output'

/** Pixels along the preview's longer side: sharp on displays of twice the density. */
const SIDE = 720

/** What the file will show. @param layers drawn anew when these change */
export function OutputPreview({ output, label, layers }: { output: Output; label: string; layers: readonly Layer[] }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [shown, setShown] = useState<{ readonly output: Output; readonly failed: boolean } | null>(null)
  useEffect(() => {
    let wanted = true
    preview(output, SIDE).then(
      (bitmap) => {
        const context = wanted ? canvas.current?.getContext('2d') : undefined
        if (context != null) {
          context.canvas.width = bitmap.width
          context.canvas.height = bitmap.height
          context.drawImage(bitmap, 0, 0)
          setShown({ output, failed: false })
        }
        bitmap.close()
      },
      () => {
        if (wanted) setShown({ output, failed: true })
      },
    )
    return () => {
      wanted = false
    }
  }, [output, layers])
  const busy = shown?.output !== output
  return (
    <div className="save-preview" aria-busy={busy}>
      <canvas ref={canvas} role="img" aria-label={strings.export.preview(label)} hidden={shown?.failed === true} />
      {!busy && shown.failed && <p className="quiet">{strings.export.noPreview}</p>}
    </div>
  )
}
