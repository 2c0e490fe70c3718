import { strings } from '../i18n'
import { bringOver } from '../project/bring-over'
import { ProjectStore, type SaveFailure } from '../project/project-store'
import type { Snapshot } from '../project/project-record'
import { ProjectLock } from '../project/tabs'
import { lookOf, shown } from '../project/project'
import { editor, type EditorState, type Photo } from '../store'
import { picture } from './picture'
import { showInfo } from './toasts'

/**
 * Typing and dragged sliders are written once, after the last change; every step that undo knows is written at once.
 */
const QUIET_MS = 400

/** Longest side of a picture in the gallery. */
const THUMBNAIL = 320

export const projects = new ProjectStore()

/** One tab at a time writes a project. */
export const projectLock = new ProjectLock(
  () => saveNow(),
  (id) => {
    if (editor.getState().photo?.id === id) editor.setState({ readOnly: true })
  },
)

/** Of the open project, see ProjectEntry. */
let revision = 0
let dirty = false
let timer: ReturnType<typeof setTimeout> | undefined
let saving: Promise<void> = Promise.resolve()
let told: SaveFailure | undefined

/** The project now open is the one saved with this revision. */
export function opened(saved: number): void {
  clearTimeout(timer)
  revision = saved
  dirty = false
  // A photo that is new has to be kept as well.
  if (saved > 0) return editor.setState({ saved: true })
  changed()
  timer = setTimeout(() => void saveNow(), 0)
}

function changed(): void {
  clearTimeout(timer)
  dirty = true
  if (editor.getState().saved) editor.setState({ saved: false })
}

/** Writes what has not been written yet. Never fails: what went wrong is said. */
export function saveNow(): Promise<void> {
  clearTimeout(timer)
  return (saving = saving.then(write))
}

async function write(): Promise<void> {
  const { photo, readOnly, ...state } = editor.getState()
  if (!dirty || photo === null || readOnly) return
  dirty = false
  try {
    revision = await projects.save({ ...photo, revision }, photo.file, snapshotOf(state))
    told = undefined
    if (!dirty) editor.setState({ saved: true })
    if (state.history.present.layers.length > 0) void askToPersist()
    void drawThumbnail(photo)
  } catch (error) {
    // The next change tries again.
    dirty = true
    tell((error as { failure?: SaveFailure }).failure ?? 'forbidden')
  }
}

function snapshotOf({ matte, history, typed, styleId, choice }: Pick<EditorState, keyof Snapshot>): Snapshot {
  return { matte, history, typed, styleId, choice }
}

function tell(failure: SaveFailure): void {
  if (failure === 'stale') editor.setState({ readOnly: true })
  else if (failure !== told) {
    if (failure === 'full') showInfo(strings.projects.full, strings.projects.fullHint)
    else showInfo(strings.toast.notKept, strings.toast.notKeptHint)
  }
  told = failure
}

/** Once there is something to lose; a refusal changes nothing else. */
async function askToPersist(): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined
  if (storage?.persist === undefined || (await storage.persisted())) return
  await storage.persist()
}

async function drawThumbnail(photo: Photo): Promise<void> {
  const layers = shown(editor.getState().history.present.layers).map(lookOf)
  if (editor.getState().photo !== photo) return
  // The gallery shows the one before.
  const blob = await picture.call((api) => api.thumbnail(layers, THUMBNAIL)).catch(() => undefined)
  if (blob === undefined || editor.getState().photo !== photo) return
  await projects.saveThumbnail(photo.id, new Uint8Array(await blob.arrayBuffer())).catch(() => undefined)
}

/**
 * Brings over what an earlier version kept, and saves what changes from now on. @returns whether options that are gone
 * were dropped
 */
export async function keepProjects(): Promise<boolean> {
  const dropped = await bringOver(projects).catch(() => false)
  editor.subscribe((now, before) => {
    if (now.photo !== before.photo || now.readOnly || now.photo === null) return
    const keys = ['matte', 'history', 'typed', 'styleId', 'choice'] as const
    if (keys.every((key) => now[key] === before[key])) return
    changed()
    const step =
      now.history.past.length !== before.history.past.length ||
      now.history.future !== before.history.future ||
      now.choice !== before.choice
    if (step) void saveNow()
    else timer = setTimeout(() => void saveNow(), QUIET_MS)
  })
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) void saveNow()
  })
  window.addEventListener('pagehide', () => void saveNow())
  return dropped
}
