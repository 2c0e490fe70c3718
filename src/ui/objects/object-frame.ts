import { AS_DRAWN, applied, lookAffine, pivotOf, placeShown, type Pose } from '../../workers/engine-api'
import { toImage, type View } from '../canvas/view'
import { useView } from '../canvas/view-store'
import { LIMITS } from '../project/look-from'
import type { Layer } from '../project/project'
import { editor, heldLayer, type Photo } from '../store'
import type { Frame, Framed } from './framed'
import { drop } from './object-drag'

/** The object in hand: corners scale it, the knob turns it. */
export function objectFrame(photo: Photo): Framed {
  const held = (): Layer | undefined => heldLayer(editor.getState())
  return {
    solid: true,
    frame: (view) => {
      const layer = held()
      if (layer === undefined) return undefined
      const { lifted } = useView.getState()
      const pose = (lifted?.id === layer.id ? lifted.pose : layer.look?.pose) ?? AS_DRAWN
      return frameOf(layer, pose, photo, view)
    },
    fits: ({ scaleX }) => scaleX >= LIMITS.scale.min && scaleX <= LIMITS.scale.max,
    follow: (frame, view) => {
      const layer = held()
      if (layer === undefined) return
      useView.setState({ lifted: { id: layer.id, pose: poseOf(layer, frame, photo, view), inHand: true } })
    },
    drop: (frame, view) => {
      const layer = held()
      if (layer !== undefined) drop(layer.id, poseOf(layer, frame, photo, view))
    },
  }
}

function frameOf({ doodle: { elements } }: Layer, pose: Pose, photo: Photo, view: View): Frame {
  const place = placeShown(elements, undefined, photo)
  const [px, py] = pivotOf(elements)
  const [x, y] = applied(lookAffine(elements, { pose }, photo), [px * photo.width, py * photo.height])
  const [width, height] = [place.width * photo.width * view.scale, place.height * photo.height * view.scale]
  return {
    width,
    height,
    x: x * view.scale + view.x,
    y: y * view.scale + view.y,
    offsetX: width / 2,
    offsetY: height / 2,
    scaleX: pose.scale,
    scaleY: pose.scale,
    rotation: pose.turn,
  }
}

/** The object goes where its frame went. */
function poseOf(layer: Layer, { x: left, y: top, scaleX, rotation }: Frame, photo: Photo, view: View): Pose {
  const [x, y] = toImage(view, [left, top])
  const [px, py] = pivotOf(layer.doodle.elements)
  return {
    x: x / photo.width - px,
    y: y / photo.height - py,
    scale: scaleX,
    turn: rotation,
    mirrored: layer.look?.pose?.mirrored ?? false,
  }
}
