import { AS_DRAWN, placeShown, type Pose } from '../../workers/engine-api'
import { hold, setPose } from '../actions/objects'
import type { StagePainter } from '../canvas/stage-painter'
import type { ImagePoint } from '../canvas/view'
import { useView } from '../canvas/view-store'
import { LIMITS } from '../project/look-from'
import type { Layer } from '../project/project'
import { editor, heldLayer, type Photo } from '../store'
import { snapped, subjectMiddle } from './snap'

/** One object dragged by the pointer from where it was pressed. */
export class ObjectDrag {
  #pose: Pose | undefined
  readonly #middles: readonly (readonly [number, number])[]

  private constructor(
    private readonly layer: Layer,
    private readonly photo: Photo,
  ) {
    const { matte, history } = editor.getState()
    const edit = history.present.subject
    const subject = edit?.none === true ? undefined : subjectMiddle(edit?.chosen?.matte ?? matte)
    this.#middles = subject === undefined ? [[0.5, 0.5]] : [[0.5, 0.5], subject]
  }

  /** The object at a place of the photo, taken in hand; the one in hand also where it is transparent. */
  static at(at: ImagePoint, painter: StagePainter | null): ObjectDrag | undefined {
    const state = editor.getState()
    const { photo, running, choice, readOnly } = state
    if (photo === null || running !== null || choice !== null || readOnly) return undefined
    const held = heldLayer(state)
    const layer = painter?.objectAt(at) ?? (held !== undefined && isInside(held, at, photo) ? held : undefined)
    if (layer === undefined) return undefined
    if (held?.id !== layer.id) hold(layer.id)
    return new ObjectDrag(layer, photo)
  }

  /** @param movement in screen pixels, from the start */
  moveTo([dx, dy]: readonly [number, number]): void {
    const { scale } = useView.getState().view
    const { photo, layer } = this
    const start = layer.look?.pose ?? AS_DRAWN
    const free = { ...start, x: start.x + dx / scale / photo.width, y: start.y + dy / scale / photo.height }
    this.#pose = snapped(layer, free, this.#middles, photo, scale)
    useView.setState({ lifted: { id: layer.id, pose: this.#pose, inHand: true } })
  }

  end(): void {
    const { layer } = this
    if (this.#pose !== undefined) drop(layer.id, this.#pose)
    // Its button has the keys that move it.
    document.getElementById(buttonId(layer.id))?.focus({ preventScroll: true })
  }

  giveUp(): void {
    useView.setState({ lifted: null })
  }
}

/** The object in hand between two fingers, which scale and turn it about its middle. */
export class ObjectPinch {
  #pose: Pose | undefined

  private constructor(
    private readonly layer: Layer,
    private readonly photo: Photo,
    private readonly start: Pose,
  ) {}

  /** @param at between the fingers; undefined where the object in hand is not */
  static at(at: ImagePoint): ObjectPinch | undefined {
    const state = editor.getState()
    const held = heldLayer(state)
    if (held === undefined || state.photo === null || !isInside(held, at, state.photo)) return undefined
    return new ObjectPinch(held, state.photo, held.look?.pose ?? AS_DRAWN)
  }

  /** @param degrees clockwise, movement in screen pixels, all from the start */
  to(factor: number, degrees: number, [dx, dy]: readonly [number, number]): void {
    const { start, photo, layer } = this
    const { scale } = useView.getState().view
    this.#pose = {
      ...start,
      x: start.x + dx / scale / photo.width,
      y: start.y + dy / scale / photo.height,
      scale: Math.min(LIMITS.scale.max, Math.max(LIMITS.scale.min, start.scale * factor)),
      turn: start.turn + degrees,
    }
    useView.setState({ lifted: { id: layer.id, pose: this.#pose, inHand: true } })
  }

  end(): void {
    if (this.#pose !== undefined) drop(this.layer.id, this.#pose)
  }
}

/** The object stays where it is let go; what is on the screen stays until its layer has been painted there. */
export function drop(id: string, pose: Pose): void {
  useView.setState({ lifted: { id, pose, inHand: false } })
  setPose(id, pose)
}

export const buttonId = (id: string): string => `object ${id}`.replaceAll(' ', '-')

function isInside({ doodle, look }: Layer, [x, y]: ImagePoint, photo: Photo): boolean {
  const { left, top, width, height } = placeShown(doodle.elements, look, photo)
  const [u, v] = [x / photo.width, y / photo.height]
  return u >= left && v >= top && u <= left + width && v <= top + height
}
