import { lazy, Suspense, useState } from 'react'
import { download } from '../actions/export'
import { DownloadIcon, ShareIcon } from '../components/icons'
import { strings } from '../i18n'
import { useEditor } from '../store'

const SaveDialog = lazy(() => import('./save-dialog'))

/** The exact PNG in one press; every other way out in one dialog. */
export function SaveButtons() {
  const photo = useEditor((state) => state.photo)
  const exporting = useEditor((state) => state.exporting)
  const [open, setOpen] = useState(false)
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
        aria-haspopup="dialog"
        onClick={() => setOpen(true)}
      >
        <ShareIcon />
      </button>
      {open && (
        <Suspense>
          <SaveDialog photo={photo} onClosed={() => setOpen(false)} />
        </Suspense>
      )}
    </div>
  )
}
