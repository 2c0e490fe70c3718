import type { Place } from '../../workers/engine-api'
import { toImage, type View } from '../canvas/view'
import type { Frame, Framed } from '../objects/framed'
import type { Photo } from '../store'
import { setBox } from './changing'
import { SMALLEST } from './ghost'
import { selectedGhost } from './ghosts-store'

/** The selected box: corners and sides are pulled freely. */
export function ghostFrame(photo: Photo): Framed {
  const pulled = (frame: Frame, view: View, inHand: boolean): void => {
    const ghost = selectedGhost()
    if (ghost !== undefined) setBox(ghost.id, boxOf(frame, photo, view), inHand)
  }
  return {
    solid: false,
    frame: (view) => {
      const ghost = selectedGhost()
      if (ghost === undefined) return undefined
      const { left, top, width, height } = ghost.box
      return {
        x: left * photo.width * view.scale + view.x,
        y: top * photo.height * view.scale + view.y,
        width: width * photo.width * view.scale,
        height: height * photo.height * view.scale,
        offsetX: 0,
        offsetY: 0,
        scaleX: 1,
        scaleY: 1,
        rotation: 0,
      }
    },
    fits: ({ scaleX, scaleY }) => {
      const { width, height } = selectedGhost()?.box ?? { width: 1, height: 1 }
      return width * scaleX >= SMALLEST && height * scaleY >= SMALLEST && width * scaleX <= 2 && height * scaleY <= 2
    },
    follow: (frame, view) => pulled(frame, view, true),
    drop: (frame, view) => pulled(frame, view, false),
  }
}

function boxOf({ x, y, width, height, scaleX, scaleY }: Frame, photo: Photo, view: View): Place {
  const [left, top] = toImage(view, [x, y])
  return {
    left: left / photo.width,
    top: top / photo.height,
    width: (width * scaleX) / view.scale / photo.width,
    height: (height * scaleY) / view.scale / photo.height,
  }
}
