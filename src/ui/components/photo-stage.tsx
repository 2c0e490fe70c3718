import { Canvas } from '../canvas/canvas'
import { CanvasBar } from '../canvas/canvas-bar'
import type { Photo } from '../store'
import { ChoiceTray } from './choice-tray'

/** The photo with all that is done on it; it comes with the first photo. */
export default function PhotoStage({ photo }: { photo: Photo }) {
  return (
    <>
      <Canvas photo={photo} />
      <div className="over-photo">
        <ChoiceTray />
        <CanvasBar />
      </div>
    </>
  )
}
