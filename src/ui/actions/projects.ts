import { strings } from '../i18n'
import { newHistory } from '../project/history'
import { emptyProject } from '../project/project'
import type { ProjectEntry } from '../project/project-store'
import { editor, type Gallery } from '../store'
import { keepProjects, opened, projectLock, projects, saveNow } from './autosave'
import { openProject } from './photo'
import { announce, showInfo } from './toasts'

/** Which project this tab shows, so that a reload brings back the same. */
const OPEN = 'photodoodle-open'
/** Which one was being opened; still there at the next start when it took the page down with it. */
const OPENING = 'photodoodle-opening'

/**
 * Brings back what was on the screen before a reload or a crash, or else the last project that no other tab has; then
 * keeps what comes.
 */
export async function restoreAndKeep(): Promise<void> {
  const dropped = await keepProjects()
  editor.subscribe(({ photo }, before) => {
    if (photo !== null && photo.id !== before.photo?.id) sessionStorage.setItem(OPEN, photo.id)
  })
  const entries = await projects.list().catch(() => undefined)
  // It keeps nothing, which is said when there is something to keep.
  if (entries === undefined) return
  void projects.purge(undefined, sessionStorage.getItem(OPEN) ?? undefined).catch(() => undefined)
  const before = sessionStorage.getItem(OPEN)
  if (before !== null && !entries.some((entry) => entry.id === before)) {
    sessionStorage.removeItem(OPEN)
    showInfo(strings.projects.evicted, strings.projects.evictedHint)
  }
  const id = sessionStorage.getItem(OPEN) ?? (await lastElsewhereNot(entries))
  const failedBefore = id !== undefined && sessionStorage.getItem(OPENING) === id
  sessionStorage.removeItem(OPENING)
  if (
    id === undefined ||
    failedBefore ||
    editor.getState().photo !== null ||
    !entries.some((entry) => entry.id === id && entry.deletedAt === null)
  )
    return
  sessionStorage.setItem(OPENING, id)
  await openProject(id)
  sessionStorage.removeItem(OPENING)
  if (dropped) showInfo(strings.toast.welcomeBack(editor.getState().photo?.name ?? ''), strings.recipe.optionsGone)
}

async function lastElsewhereNot(entries: readonly ProjectEntry[]): Promise<string | undefined> {
  for (const { id, deletedAt } of entries) if (deletedAt === null && !(await projectLock.isElsewhere(id))) return id
  return undefined
}

/** Goes on here with a project that another tab has open, from where that one saved it. */
export async function editHere(): Promise<void> {
  const { photo } = editor.getState()
  if (photo === null) return
  await projectLock.takeOver(photo.id)
  const entry = await projects.entry(photo.id)
  const saved = await projects.load(photo.id)
  opened(entry?.revision ?? 0)
  editor.setState({
    readOnly: false,
    ...(saved === undefined
      ? {}
      : { ...saved.snapshot, selectedId: saved.snapshot.history.present.layers.at(-1)?.id ?? null }),
  })
}

function set(part: Partial<Gallery>): void {
  editor.setState(({ gallery }) => (gallery === null ? {} : { gallery: { ...gallery, ...part } }))
}

export async function openGallery(): Promise<void> {
  editor.setState({ gallery: { entries: null, elsewhere: [], storage: null, deleted: null, failed: false } })
  await saveNow()
  await refresh()
}

export function closeGallery(): void {
  editor.setState({ gallery: null })
}

export async function pick(id: string): Promise<void> {
  closeGallery()
  if (editor.getState().photo?.id !== id) await openProject(id)
}

/** The open one goes off the screen as well. */
export async function deleteProject(entry: ProjectEntry): Promise<void> {
  if (editor.getState().photo?.id === entry.id) {
    await saveNow()
    editor.setState({
      photo: null,
      matte: null,
      choice: null,
      selectedId: null,
      editingId: null,
      history: newHistory(emptyProject),
    })
    projectLock.release()
    sessionStorage.removeItem(OPEN)
  }
  await projects.delete(entry.id)
  set({ deleted: entry })
  announce(strings.projects.deleted(entry.name))
  await refresh()
}

export async function undoDelete(): Promise<void> {
  const deleted = editor.getState().gallery?.deleted
  if (deleted == null) return
  await projects.restore(deleted.id)
  set({ deleted: null })
  await refresh()
}

async function refresh(): Promise<void> {
  try {
    const entries = (await projects.list()).filter(({ deletedAt }) => deletedAt === null)
    const elsewhere = await Promise.all(
      entries.map(async ({ id }) => ((await projectLock.isElsewhere(id)) ? [id] : [])),
    )
    const [estimate, persisted] = await Promise.all([
      navigator.storage?.estimate?.(),
      navigator.storage?.persisted?.() ?? false,
    ])
    const known = estimate?.usage !== undefined && estimate.quota !== undefined
    set({
      entries,
      elsewhere: elsewhere.flat(),
      storage: known ? { usage: estimate.usage ?? 0, quota: estimate.quota ?? 0, persisted } : null,
    })
  } catch {
    set({ entries: [], failed: true })
  }
}
