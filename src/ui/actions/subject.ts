import type { MaskBuffer } from '../../workers/engine-api'
import type { ImagePoint } from '../canvas/view'
import { useView } from '../canvas/view-store'
import { strings } from '../i18n'
import { without } from '../project/without'
import { editor } from '../store'
import { engine } from './engine'
import { change } from './layers'
import { photoSource, picture } from './picture'
import { announce, showError, showInfo } from './toasts'

/** The subject as it was found, or none at all. */
export function setSubject(what: 'found' | 'none'): void {
  change((project) => {
    if (what === 'found' && project.subject === undefined) return project
    const rest = without(project, 'subject')
    return what === 'found' ? rest : { ...rest, subject: { none: true, strokes: [] } }
  }, strings.changes.subject)
}

/** What somebody points at becomes the subject. What was painted was painted on another, and goes. */
export async function chooseSubject([x, y]: ImagePoint): Promise<void> {
  const { photo, readOnly, running } = editor.getState()
  const busy = useView.getState().choosing !== null
  if (photo === null || readOnly || running !== null || busy) return
  const at = [x / photo.width, y / photo.height] as const
  if (at.some((share) => share < 0 || share >= 1)) return
  useView.setState({ choosing: [x, y] })
  announce(strings.subject.looking)
  try {
    const matte = await engine.chooseSubject(photoSource(photo), at)
    if (editor.getState().photo !== photo) return
    if (matte === null) return showInfo(strings.subject.nothing, strings.subject.nothingHint)
    change(
      (project) => ({ ...project, subject: { none: false, strokes: [], chosen: { at, matte } } }),
      strings.changes.subject,
    )
    announce(strings.subject.chosen)
  } catch (error) {
    showError(error)
  } finally {
    useView.setState({ choosing: null })
  }
}

/** The subject for the engine where it is not the one that the engine finds by itself. */
export async function correctedSubject(): Promise<MaskBuffer | undefined> {
  if (editor.getState().history.present.subject === undefined) return undefined
  return (await picture.call((api) => api.subject())) ?? undefined
}
