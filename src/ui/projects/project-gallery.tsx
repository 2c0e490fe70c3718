import { useEffect, useMemo, useRef } from 'react'
import { closeGallery, deleteProject, pick, undoDelete } from '../actions/projects'
import { ImageIcon, TrashIcon } from '../components/icons'
import { IconButton } from '../components/icon-button'
import { Modal } from '../components/modal'
import { strings, useLanguage } from '../i18n'
import { Room } from '../models/room'
import type { ProjectEntry } from '../project/project-store'
import { useEditor } from '../store'

/** Every picture that is kept: open one, delete one and think again, see what room is left. */
export default function ProjectGallery() {
  const gallery = useEditor((state) => state.gallery)
  const openId = useEditor((state) => state.photo?.id)
  const dialog = useRef<HTMLDialogElement>(null)
  if (gallery === null) return null
  const { entries, elsewhere, storage, deleted, failed } = gallery
  return (
    <Modal
      dialog={dialog}
      title={strings.projects.title}
      close={strings.projects.close}
      className="wide"
      returnTo="your-pictures"
      onClosed={closeGallery}
    >
      {deleted !== null && (
        <div className="outcome" role="status">
          <p>{strings.projects.deleted(deleted.name)}</p>
          <button type="button" className="button small" onClick={() => undo(dialog.current)}>
            {strings.projects.undo}
          </button>
        </div>
      )}
      {entries?.length === 0 && <p>{failed ? strings.projects.failed : strings.projects.empty}</p>}
      <ul className="gallery">
        {entries?.map((entry) => (
          <Picture
            key={entry.id}
            entry={entry}
            open={entry.id === openId}
            elsewhere={elsewhere.includes(entry.id)}
            remove={() => remove(dialog.current, entry)}
          />
        ))}
      </ul>
      <Room storage={storage} />
    </Modal>
  )
}

function Picture({
  entry,
  open,
  elsewhere,
  remove,
}: {
  entry: ProjectEntry
  open: boolean
  elsewhere: boolean
  remove: () => void
}) {
  const { id, name, layers, changedAt } = entry
  const language = useLanguage((state) => state.language)
  const changed = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(changedAt)
  return (
    <li className="picture" data-open={open}>
      <button type="button" className="open" aria-label={strings.projects.open(name)} onClick={() => void pick(id)}>
        <span className="frame">
          <Thumbnail entry={entry} />
        </span>
        <strong>{name}</strong>
        <span className="quiet">
          {open ? `${strings.projects.isOpen}. ` : elsewhere ? `${strings.projects.elsewhere}. ` : ''}
          {strings.projects.doodles(layers)}
        </span>
        <time className="quiet" dateTime={new Date(changedAt).toISOString()}>
          {changed}
        </time>
      </button>
      {!elsewhere && (
        <IconButton className="delete" label={strings.projects.delete(name)} icon={<TrashIcon />} onClick={remove} />
      )}
    </li>
  )
}

function Thumbnail({ entry: { thumbnail } }: { entry: ProjectEntry }) {
  const url = useMemo(
    () => (thumbnail === null ? null : URL.createObjectURL(new Blob([thumbnail], { type: 'image/webp' }))),
    [thumbnail],
  )
  useEffect(
    () => () => {
      if (url !== null) URL.revokeObjectURL(url)
    },
    [url],
  )
  return url === null ? <ImageIcon /> : <img src={url} alt="" />
}

/** The picture goes with its button; the keyboard goes on at the way back. */
function remove(dialog: HTMLDialogElement | null, entry: ProjectEntry): void {
  void deleteProject(entry).then(() =>
    requestAnimationFrame(() => dialog?.querySelector<HTMLElement>('.outcome .button')?.focus()),
  )
}

function undo(dialog: HTMLDialogElement | null): void {
  void undoDelete().then(() =>
    requestAnimationFrame(() => dialog?.querySelector<HTMLElement>('.gallery .open')?.focus()),
  )
}
