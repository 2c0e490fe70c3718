import { strings } from '../i18n'
import { newHistory, record } from '../project/history'
import { emptyProject } from '../project/project'
import type { Snapshot } from '../project/project-record'
import type { ProjectEntry } from '../project/project-store'
import { readRecipe, type SavedRecipe } from '../project/saved-recipe'
import { editor, type Photo, type Sample } from '../store'
import { opened, projectLock, projects, saveNow } from './autosave'
import { cancel } from './doodle'
import { startOver } from './layers'
import { findSubject, picture } from './picture'
import { announce, closeToast, showError, showInfo } from './toasts'

/** A picture: one of ours comes back as the project that it holds. */
export async function openPicture(file: File): Promise<void> {
  await opening(async () => {
    const text = await picture.call((api) => api.recipe(file))
    const recipe = text === null ? null : await readRecipe(text)
    await (recipe === null ? replacePhoto(file, file.name) : openRecipe(recipe, file))
  })
}

export async function openSample(sample: Sample): Promise<void> {
  await opening(async () => {
    const response = await fetch(`${import.meta.env.BASE_URL}samples/${sample.file}`)
    if (!response.ok) throw new Error(`The sample photo answered ${response.status}.`)
    await replacePhoto(await response.blob(), sample.file, {
      subject: sample.subject,
      suggestion: sample.suggestedInstruction,
    })
  })
}

/**
 * The photo that a waiting recipe was made from, picked by the user. Another photo is refused: the doodles would not
 * fit it.
 */
export async function openOriginal(file: File): Promise<void> {
  const { waiting } = editor.getState()
  if (waiting === null) return
  await opening(async () => {
    if ((await hashOf(file)) !== waiting.recipe.photo.id)
      throw new Error(strings.recipe.otherPhoto(waiting.recipe.photo.name))
    await restore(waiting.recipe, file)
  })
}

/** The picture that holds the recipe, taken as a photo like any other. */
export async function openAsPhoto(): Promise<void> {
  const { waiting } = editor.getState()
  if (waiting !== null) await opening(() => replacePhoto(waiting.file, waiting.file.name))
}

/**
 * Opens a photo with the project that is kept for it, or on a clean sheet. The project before stays in the gallery.
 * @param recipe laid on top of what is kept, as a step that undo takes back
 * @returns how many layers were there already
 */
async function openPhoto(
  file: Blob,
  name: string,
  known: Pick<Photo, 'subject' | 'suggestion'>,
  recipe: Pick<SavedRecipe, 'project' | 'matte'> | null = null,
): Promise<number> {
  const { id, width, height, animated } = await picture.open(file)
  cancel()
  // The project before, which may be this photo's own.
  await saveNow()
  const readOnly = !(await projectLock.hold(id))
  const kept = await keptProject(id)
  const matte = recipe?.matte ?? kept?.snapshot.matte ?? null
  if (matte !== null) await picture.setMatte(matte)
  const photo: Photo = {
    id,
    file,
    name: kept?.entry.name ?? name,
    width,
    height,
    subject: known.subject ?? kept?.entry.subject ?? null,
    suggestion: known.suggestion ?? kept?.entry.suggestion ?? null,
  }
  const before = kept?.snapshot.history ?? newHistory(emptyProject)
  const history = recipe === null || readOnly ? before : record(before, recipe.project, strings.changes.recipe)
  const { typed, styleId } = kept?.snapshot ?? {}
  opened(kept?.entry.revision ?? 0)
  editor.setState({
    photo,
    matte,
    history,
    readOnly,
    choice: kept?.snapshot.choice ?? null,
    selectedId: history.present.layers.at(-1)?.id ?? null,
    holding: false,
    editingId: null,
    tool: 'move',
    waiting: null,
    ...(typed == null ? {} : { typed }),
    ...(styleId == null ? {} : { styleId }),
  })
  if (recipe !== null) void saveNow()
  void findSubject(photo)
  announce(strings.stage.opened(photo.name, width, height))
  if (animated) showInfo(strings.toast.animated, strings.toast.animatedHint)
  if (kept !== undefined && kept.lost > 0) showInfo(strings.projects.lost(kept.lost))
  return before.present.layers.length
}

/** What is kept for a photo. Damage costs this project's doodles, which is said, and nothing else. */
async function keptProject(
  id: string,
): Promise<{ readonly entry: ProjectEntry; readonly snapshot: Snapshot; readonly lost: number } | undefined> {
  const entry = await projects.entry(id).catch(() => undefined)
  if (entry === undefined) return undefined
  const nothing: Snapshot = { matte: null, history: newHistory(emptyProject), typed: null, styleId: null, choice: null }
  try {
    const { snapshot, lost } = (await projects.load(id)) ?? { snapshot: nothing, lost: 0 }
    return { entry, snapshot, lost }
  } catch (error) {
    showError(error)
    return { entry, snapshot: nothing, lost: 0 }
  }
}

/** Another photo is another project. The one before stays in the gallery, a press away. */
async function replacePhoto(
  file: Blob,
  name: string,
  known: Pick<Photo, 'subject' | 'suggestion'> = { subject: null, suggestion: null },
): Promise<void> {
  const { photo: before, history } = editor.getState()
  const layers = await openPhoto(file, name, known)
  const { photo, readOnly } = editor.getState()
  if (layers > 0 && !readOnly)
    showInfo(strings.projects.again(photo?.name ?? name), strings.projects.againHint, {
      label: strings.projects.startOver,
      run: startOver,
    })
  if (before === null || before.id === photo?.id || history.present.layers.length === 0) return
  showInfo(strings.toast.replaced(before.name), '', {
    label: strings.toast.back,
    run: () => void openProject(before.id),
  })
}

/** Opens a project of the gallery. */
export async function openProject(id: string): Promise<void> {
  await opening(async () => {
    const [entry, photo] = await Promise.all([projects.entry(id), projects.photo(id)])
    if (entry === undefined || photo === undefined) throw new Error(strings.projects.photoGone(entry?.name ?? ''))
    await openPhoto(photo, entry.name, entry)
    announce(strings.toast.welcomeBack(entry.name))
  })
}

async function openRecipe(recipe: SavedRecipe, file: File): Promise<void> {
  const { photo } = editor.getState()
  const original =
    photo?.id === recipe.photo.id ? photo.file : await projects.photo(recipe.photo.id).catch(() => undefined)
  if (original !== undefined) return restore(recipe, original)
  editor.setState({ waiting: { recipe, file } })
}

async function restore({ photo, project, matte, dropped }: SavedRecipe, original: Blob): Promise<void> {
  await openPhoto(original, photo.name, { subject: photo.subject, suggestion: null }, { project, matte })
  showInfo(strings.recipe.restored(project.layers.length), dropped ? strings.recipe.optionsGone : '')
}

/** Why the last file was not opened; of no use any more once another one is. */
let refused: number | null = null

async function opening(work: () => Promise<void>): Promise<void> {
  editor.setState({ opening: true })
  try {
    await work()
    if (refused !== null) closeToast(refused)
    refused = null
  } catch (error) {
    refused = showError(error)
  } finally {
    editor.setState({ opening: false })
  }
}

async function hashOf(file: Blob): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
