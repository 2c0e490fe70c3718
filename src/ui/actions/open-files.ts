import { strings } from '../i18n'
import { isStyleFile } from '../../workers/file-kind'
import { sorted, type Brought } from './brought'
import { importStyle } from './engine'
import { installFolder, openManager } from './models'
import { openPicture } from './photo'
import { showInfo } from './toasts'

/** Whatever was dropped, pasted, picked or shared: each file does what it can, and what is left out is named. */
export async function openBrought(files: readonly Brought[]): Promise<void> {
  const { photo, styles, model, leftOut } = sorted(files, await weightsAmong(files))
  if (model.length > 0) {
    await openManager()
    return installFolder(model)
  }
  if (photo !== undefined) await openPicture(photo)
  for (const { file, name, adapterConfig } of styles) await importStyle(file, name, adapterConfig)
  if (leftOut.length > 0)
    showInfo(
      strings.stage.leftOut(leftOut.length),
      leftOut.slice(0, NAMED).join(', ') + (leftOut.length > NAMED ? ' …' : ''),
    )
}

/** Those that hold weights, whatever they are called. */
async function weightsAmong(files: readonly Brought[]): Promise<ReadonlySet<Brought>> {
  const weights = await Promise.all(files.map(({ file }) => isStyleFile(file)))
  return new Set(files.filter((_, index) => weights[index]))
}

/** Files left out that are named. */
const NAMED = 5

export function openFiles(files: Iterable<File>): Promise<void> {
  return openBrought(
    [...files].map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath })),
  )
}
