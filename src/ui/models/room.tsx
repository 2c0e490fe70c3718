import { strings } from '../i18n'
import type { Manager } from '../store'

/** What the browser keeps of ours, and has room for. */
export function Room({ storage }: Pick<Manager, 'storage'>) {
  if (storage === null) return null
  const { usage, quota, persisted } = storage
  return (
    <p className="quiet">
      {strings.models.room(inBytes(usage), inBytes(Math.max(0, quota - usage)))}{' '}
      {persisted ? strings.models.persisted : strings.models.notPersisted}
    </p>
  )
}

/** "6.2 GB" or "43 MB". */
export function inBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`
}
