import { CanvasBar } from '../canvas/canvas-bar'
import { Canvas } from '../canvas/canvas'
import { editHere } from '../actions/projects'
import { strings } from '../i18n'
import { useEditor } from '../store'
import { ChoiceTray } from './choice-tray'
import { Welcome } from './welcome'

/** The middle of the screen: the photo, or how to get one. */
export function Stage() {
  const photo = useEditor((state) => state.photo)
  const opening = useEditor((state) => state.opening)
  const readOnly = useEditor((state) => state.readOnly)
  return (
    <main className="stage" data-empty={photo === null} aria-busy={opening}>
      {photo === null ? (
        <Welcome />
      ) : (
        <>
          {readOnly && <Elsewhere />}
          <Canvas photo={photo} />
          <ChoiceTray />
          <CanvasBar />
        </>
      )}
      {opening && (
        <p className="opening" role="status">
          <span className="spinner" />
          {strings.stage.opening}
        </p>
      )}
    </main>
  )
}

/** Another tab has the project. */
function Elsewhere() {
  return (
    <p className="elsewhere" role="status">
      <span>{strings.projects.readOnly}</span>
      <button type="button" className="button small" onClick={() => void takeOver()}>
        {strings.projects.editHere}
      </button>
    </p>
  )
}

/** The button goes with its note; the keyboard goes on at the canvas. */
async function takeOver(): Promise<void> {
  await editHere()
  document.querySelector<HTMLElement>('.canvas-host')?.focus({ preventScroll: true })
}
