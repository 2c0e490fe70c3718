import type { ExportFormat } from '../../workers/picture-api'
import { downloadBlob, fileStem } from '../export/download'
import type { Output, Way } from '../export/output'
import { lookOf, shown } from '../project/project'
import { writeRecipe } from '../project/saved-recipe'
import { editor } from '../store'
import { picture } from './picture'
import { showError } from './toasts'

const EXTENSION: Readonly<Record<ExportFormat, string>> = { png: 'png', jpeg: 'jpg', webp: 'webp', svg: 'svg' }

/** What a file's name ends with. */
const SUFFIX: Readonly<Record<Way, string>> = {
  picture: 'doodle',
  layer: 'doodle-only',
  sticker: 'sticker',
  story: 'story',
  square: 'square',
  print: 'print',
  svg: 'doodle-only',
}

/** The exact picture, as a file that opens again. */
const BEST_PNG: Output = { format: 'png', quality: 1, withoutPhoto: false }

/** @returns whether there is a file; why not is told */
export async function download(output: Output = BEST_PNG, way: Way = 'picture'): Promise<boolean> {
  return exporting(async () => {
    const file = await written(output, way)
    downloadBlob(file, file.name)
  })
}

/** @returns whether the picture is on the clipboard now */
export function copy(output: Output, way: Way): Promise<boolean> {
  // The clipboard takes a promise, so that the permission of the click is not lost while the picture is written.
  return exporting(() =>
    navigator.clipboard.write([new ClipboardItem({ 'image/png': written(asPicture(output), way) })]),
  )
}

export function canShare(): boolean {
  return (
    typeof navigator.canShare === 'function' &&
    navigator.canShare({ files: [new File([], 'doodle.png', { type: 'image/png' })] })
  )
}

/** @returns whether the share sheet was offered */
export function share(output: Output, way: Way): Promise<boolean> {
  return exporting(async () => {
    const file = await written(output.format === 'svg' ? asPicture(output) : output, way)
    // Closing the share sheet is no error.
    await navigator.share({ files: [file] }).catch((error: unknown) => {
      if (!(error instanceof DOMException && error.name === 'AbortError')) throw error
    })
  })
}

/** What a file would show, small. */
export function preview(output: Output, longSide: number): Promise<ImageBitmap> {
  return picture.call((api) => api.preview({ ...output, layers: seenLayers(), recipe: null }, longSide))
}

const asPicture = (output: Output): Output => ({ ...output, format: 'png' })

const seenLayers = () => shown(editor.getState().history.present.layers).map(lookOf)

async function written(output: Output, way: Way): Promise<File> {
  const { photo, history, model, matte } = editor.getState()
  if (photo === null) throw new Error('There is no photo.')
  const { format, withoutPhoto, frame } = output
  const recipe =
    format === 'png' && !withoutPhoto && frame === undefined && history.present.layers.length > 0
      ? await writeRecipe(photo, history.present, model, matte)
      : null
  const blob = await picture.call((api) => api.write({ ...output, layers: seenLayers(), recipe }))
  return new File([blob], `${fileStem(photo.name)}-${SUFFIX[way]}.${EXTENSION[format]}`, { type: blob.type })
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
