import { strings } from '../i18n'
import { forgetProject, loadProject, originalOf, saveProject, type SavedProject } from '../project/autosave'
import { emptyProject } from '../project/project'
import { currentHistory } from '../project/older-versions'
import { editor, type EditorState } from '../store'
import { openPhoto } from './photo'
import { announce, showInfo } from './toasts'

/** After the last change; a dragged slider is written once. */
const QUIET_MS = 400

/** Brings back what was on the screen before a reload or a crash, then keeps what comes. */
export async function restoreAndKeep(): Promise<void> {
  const saved = await loadProject()
  if (saved !== undefined && editor.getState().photo === null) await restore(saved)
  keep()
}

async function restore({ photoId, name, subject, suggestion, matte = null, history, typed, styleId }: SavedProject): Promise<void> {
  const file = await originalOf(photoId)
  if (file === undefined) return
  editor.setState({ opening: true })
  try {
    await openPhoto(file, name, { subject, suggestion }, emptyProject, matte)
    const kept = currentHistory(history)
    editor.setState({ history: kept.history, typed, styleId, selectedId: history.present.layers.at(-1)?.id ?? null })
    if (kept.dropped) showInfo(strings.toast.welcomeBack(name), strings.recipe.optionsGone)
    announce(strings.toast.welcomeBack(name))
  } catch {
    // What stopped the page before must not stop it again.
    await forgetProject()
  } finally {
    editor.setState({ opening: false })
  }
}

/** Writes what has not been written yet. */
export let saveNow = (): Promise<void> => Promise.resolve()

function keep(): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let warned = false
  const save = async (): Promise<void> => {
    const { photo, matte, history, typed, styleId } = editor.getState()
    if (photo === null) return
    const kept = await saveProject({ photoId: photo.id, name: photo.name, subject: photo.subject, suggestion: photo.suggestion, matte, history, typed, styleId })
    if (!kept && !warned) showInfo(strings.toast.notKept, strings.toast.notKeptHint)
    warned ||= !kept
  }
  saveNow = save
  const parts = ({ photo, matte, history, typed, styleId }: EditorState): readonly unknown[] => [photo, matte, history, typed, styleId]
  editor.subscribe((now, before) => {
    const old = parts(before)
    if (parts(now).every((part, i) => part === old[i])) return
    clearTimeout(timer)
    timer = setTimeout(() => void save(), QUIET_MS)
  })
}
