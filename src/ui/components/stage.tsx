import { CanvasBar } from '../canvas/canvas-bar'
import { Canvas } from '../canvas/canvas'
import { strings } from '../i18n'
import { useEditor } from '../store'
import { ChoiceTray } from './choice-tray'
import { Welcome } from './welcome'

/** The middle of the screen: the photo, or how to get one. */
export function Stage() {
  const photo = useEditor((state) => state.photo)
  const opening = useEditor((state) => state.opening)
  return (
    <main className="stage" data-empty={photo === null} aria-busy={opening}>
      {photo === null ? <Welcome /> : (
        <>
          <Canvas photo={photo} />
          <ChoiceTray />
          <CanvasBar />
        </>
      )}
      {opening && <p className="opening" role="status"><span className="spinner" />{strings.stage.opening}</p>}
    </main>
  )
}
