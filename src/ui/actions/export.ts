import type { ExportFormat } from '../../workers/picture-api'
import { downloadBlob, fileStem } from '../export/download'
import { lookOf, shown } from '../project/project'
import { writeRecipe } from '../project/saved-recipe'
import { editor } from '../store'
import { picture } from './picture'
import { showError } from './toasts'

export interface ExportChoice {
  readonly format: ExportFormat
  /** JPEG and WebP, 0 .. 1 */
  readonly quality: number
  /** The doodles alone on a transparent ground. */
  readonly withoutPhoto: boolean
}

const EXTENSION: Readonly<Record<ExportFormat, string>> = { png: 'png', jpeg: 'jpg', webp: 'webp', svg: 'svg' }
const BEST_PNG: ExportChoice = { format: 'png', quality: 1, withoutPhoto: false }

export async function download(choice: ExportChoice = BEST_PNG): Promise<void> {
  await exporting(async () => {
    const file = await written(choice)
    downloadBlob(file, file.name)
  })
}

/** @returns whether the picture is on the clipboard now */
export function copy(): Promise<boolean> {
  // The clipboard takes a promise, so that the permission of the click is not lost while the picture is written.
  return exporting(() => navigator.clipboard.write([new ClipboardItem({ 'image/png': written(BEST_PNG) })]))
}

export function canShare(): boolean {
  return (
    typeof navigator.canShare === 'function' &&
    navigator.canShare({ files: [new File([], 'doodle.png', { type: 'image/png' })] })
  )
}

export async function share(choice: ExportChoice): Promise<void> {
  await exporting(async () => {
    const file = await written(choice)
    // Closing the share sheet is no error.
    await navigator.share({ files: [file] }).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    })
  })
}

async function written({ format, quality, withoutPhoto }: ExportChoice): Promise<File> {
  const { photo, history, model, matte } = editor.getState()
  if (photo === null) throw new Error('There is no photo.')
  const layers = shown(history.present.layers).map(lookOf)
  const recipe =
    format === 'png' && !withoutPhoto && history.present.layers.length > 0
      ? await writeRecipe(photo, history.present, model, matte)
      : null
  const blob = await picture.call((api) => api.write({ format, quality, layers, withoutPhoto, recipe }))
  return new File([blob], `${fileStem(photo.name)}-${withoutPhoto ? 'doodle-only' : 'doodle'}.${EXTENSION[format]}`, {
    type: blob.type,
  })
}

async function exporting(work: () => Promise<void>): Promise<boolean> {
  editor.setState({ exporting: true })
  try {
    await work()
    return true
  } catch (error) {
    showError(error)
    return false
  } finally {
    editor.setState({ exporting: false })
  }
}
