import type { MaskBuffer } from '../../workers/engine-api'
import { isStyleFile } from '../../workers/file-kind'
import { strings } from '../i18n'
import { keepOriginal, originalOf } from '../project/autosave'
import { newHistory, record } from '../project/history'
import { emptyProject, type Project } from '../project/project'
import { readRecipe, type SavedRecipe } from '../project/saved-recipe'
import { editor, type Photo, type Sample } from '../store'
import { cancel } from './doodle'
import { importStyle } from './engine'
import { findSubject, picture } from './picture'
import { announce, closeToast, showError, showInfo } from './toasts'

/** What was dropped, pasted or picked: a style by its content or name, or else a photo. The first of several counts. */
export async function openFiles(files: Iterable<File>): Promise<void> {
  const [file] = files
  if (file === undefined) return
  if (await isStyleFile(file)) return importStyle(file)
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
    await replacePhoto(await response.blob(), sample.file, { subject: sample.subject, suggestion: sample.suggestedInstruction })
  })
}

/** The photo that a waiting recipe was made from, picked by the user. Another photo is refused: the doodles would not fit it. */
export async function openOriginal(file: File): Promise<void> {
  const { waiting } = editor.getState()
  if (waiting === null) return
  await opening(async () => {
    if ((await hashOf(file)) !== waiting.recipe.photo.id) throw new Error(strings.recipe.otherPhoto(waiting.recipe.photo.name))
    await restore(waiting.recipe, file)
  })
}

/** The picture that holds the recipe, taken as a photo like any other. */
export async function openAsPhoto(): Promise<void> {
  const { waiting } = editor.getState()
  if (waiting !== null) await opening(() => replacePhoto(waiting.file, waiting.file.name))
}

/** Opens a photo with a project of its own; without one, on a clean sheet. @param matte the photo's subject, where it was found before */
export async function openPhoto(file: Blob, name: string, known: Pick<Photo, 'subject' | 'suggestion'>, project: Project = emptyProject, matte: MaskBuffer | null = null): Promise<void> {
  const { id, width, height, animated } = await picture.open(file)
  if (matte !== null) await picture.setMatte(matte)
  cancel()
  const photo: Photo = { id, file, name, width, height, ...known }
  const history = record(newHistory(emptyProject), project, strings.changes.recipe)
  editor.setState({ photo, matte, history, selectedId: project.layers.at(-1)?.id ?? null, editingId: null, choice: null, tool: 'move', waiting: null })
  void keepOriginal(id, file)
  void findSubject(photo)
  announce(strings.stage.opened(name, width, height))
  if (animated) showInfo(strings.toast.animated, strings.toast.animatedHint)
}

/** Another photo is another project. The one before can be had back for a while. */
async function replacePhoto(file: Blob, name: string, known: Pick<Photo, 'subject' | 'suggestion'> = { subject: null, suggestion: null }): Promise<void> {
  const { photo: before, matte, history, typed } = editor.getState()
  await openPhoto(file, name, known)
  if (before === null || history.present.layers.length === 0) return
  const back = async (): Promise<void> => {
    await opening(async () => {
      await openPhoto(before.file, before.name, before, emptyProject, matte)
      editor.setState({ history, typed, selectedId: history.present.layers.at(-1)?.id ?? null })
    })
  }
  showInfo(strings.toast.replaced(before.name), '', { label: strings.toast.back, run: () => void back() })
}

async function openRecipe(recipe: SavedRecipe, file: File): Promise<void> {
  const { photo } = editor.getState()
  const original = photo?.id === recipe.photo.id ? photo.file : await originalOf(recipe.photo.id)
  if (original !== undefined) return restore(recipe, original)
  editor.setState({ waiting: { recipe, file } })
}

async function restore({ photo, project, matte, dropped }: SavedRecipe, original: Blob): Promise<void> {
  await openPhoto(original, photo.name, { subject: photo.subject, suggestion: null }, project, matte)
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
