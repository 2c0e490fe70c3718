import { lazy, Suspense, useEffect } from 'react'
import { editHere } from '../actions/projects'
import { strings } from '../i18n'
import { useLayout } from '../sheet/layout'
import { useEditor } from '../store'
import { Welcome } from './welcome'

const loadPhotoStage = () => import('./photo-stage')
const PhotoStage = lazy(loadPhotoStage)

/** The middle of the screen: the photo, or how to get one. */
export function Stage() {
  const photo = useEditor((state) => state.photo)
  const opening = useEditor((state) => state.opening)
  const readOnly = useEditor((state) => state.readOnly)
  const covered = useEditor((state) => state.sheet === 'full')
  const sheet = useLayout(({ layout }) => layout === 'sheet')
  useEffect(() => {
    // While the photo is decoded.
    if (opening) void loadPhotoStage()
  }, [opening])
  return (
    <main className="stage" data-empty={photo === null} aria-busy={opening} inert={sheet && covered && photo !== null}>
      {photo === null ? (
        <Welcome />
      ) : (
        <>
          {readOnly && <Elsewhere />}
          <Suspense>
            <PhotoStage photo={photo} />
          </Suspense>
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
