import Konva from 'konva/lib/Core'
import { Rect } from 'konva/lib/shapes/Rect'
import { Transformer } from 'konva/lib/shapes/Transformer'
import { AS_DRAWN, applied, lookAffine, pivotOf, placeShown, type Pose } from '../../workers/engine-api'
import { toImage, type ScreenPoint } from '../canvas/view'
import { useView } from '../canvas/view-store'
import { LIMITS } from '../project/look-from'
import type { Layer } from '../project/project'
import { editor, heldLayer, type Photo } from '../store'
import { setHandleTest } from './handles-state'
import { drop } from './object-drag'

/** Pixels of the screen; a finger is wider than what is drawn. */
const HANDLE = 13
const FINGER = 28
const STEM = 30

/** Turning stops lightly at these. */
const EVEN = Array.from({ length: 8 }, (_, i) => 45 * i)

/**
 * Konva's handles around the object in hand: corners scale it, the knob turns it. The frame is the only thing in its
 * stage, and lets the pointer through to the photo.
 */
export class TransformHandles {
  readonly #stage: Konva.Stage
  readonly #frame: Rect
  readonly #handles: Transformer
  readonly #stops: readonly (() => void)[]
  #busy = false

  constructor(
    host: HTMLDivElement,
    private readonly photo: Photo,
  ) {
    const { stage } = useView.getState()
    // Konva empties its container by assigning HTML, which our Trusted Types refuse, be it empty.
    Object.defineProperty(host, 'innerHTML', { configurable: true, set: () => host.replaceChildren() })
    this.#stage = new Konva.Stage({ container: host, ...stage })
    const layer = new Konva.Layer()
    this.#frame = new Rect({ listening: false })
    const accent = getComputedStyle(host).color
    this.#handles = new Transformer({
      nodes: [this.#frame],
      keepRatio: true,
      flipEnabled: false,
      enabledAnchors: ['top-left', 'top-right', 'bottom-left', 'bottom-right'],
      rotationSnaps: EVEN,
      rotationSnapTolerance: 4,
      rotateAnchorOffset: STEM,
      anchorSize: HANDLE,
      anchorCornerRadius: HANDLE / 2,
      anchorStroke: accent,
      anchorStrokeWidth: 2,
      borderStroke: accent,
      borderStrokeWidth: 2,
      anchorStyleFunc: (anchor) => anchor.hitStrokeWidth(FINGER),
      boundBoxFunc: (before, after) => {
        const scale = after.width / Math.max(1, this.#frame.width())
        return scale < LIMITS.scale.min || scale > LIMITS.scale.max ? before : after
      },
    })
    layer.add(this.#frame, this.#handles)
    this.#stage.add(layer)
    this.#handles.on('transformstart', () => {
      this.#busy = true
    })
    this.#handles.on('transform', () => this.#follow())
    this.#handles.on('transformend', () => this.#end())
    setHandleTest((at) => this.#isHandle(at))
    this.#stops = [
      editor.subscribe(() => this.#place()),
      useView.subscribe((now, before) => {
        if (now.stage !== before.stage) this.#stage.size(now.stage)
        this.#place()
      }),
    ]
    this.#place()
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    setHandleTest(undefined)
    this.#stage.destroy()
  }

  #isHandle([x, y]: ScreenPoint): boolean {
    return this.#busy || this.#stage.getIntersection({ x, y }) !== null
  }

  /** Around the object, as it lies in the project or follows the pointer. */
  #place(): void {
    const layer = heldLayer(editor.getState())
    if (layer === undefined || this.#busy) return
    const { view, lifted } = useView.getState()
    const { photo } = this
    const pose = (lifted?.id === layer.id ? lifted.pose : layer.look?.pose) ?? AS_DRAWN
    const { elements } = layer.doodle
    const { width, height } = placeShown(elements, undefined, photo)
    const [px, py] = pivotOf(elements)
    const affine = lookAffine(elements, { pose }, photo)
    const [x, y] = applied(affine, [px * photo.width, py * photo.height])
    const size = { width: width * photo.width * view.scale, height: height * photo.height * view.scale }
    this.#frame.setAttrs({
      ...size,
      x: x * view.scale + view.x,
      y: y * view.scale + view.y,
      offsetX: size.width / 2,
      offsetY: size.height / 2,
      scaleX: pose.scale,
      scaleY: pose.scale,
      rotation: pose.turn,
    })
    this.#handles.forceUpdate()
  }

  /** The object goes where its frame went. */
  #pose(layer: Layer): Pose {
    const { photo } = this
    const frame = this.#frame
    const [x, y] = toImage(useView.getState().view, [frame.x(), frame.y()])
    const [px, py] = pivotOf(layer.doodle.elements)
    return {
      x: x / photo.width - px,
      y: y / photo.height - py,
      scale: frame.scaleX(),
      turn: frame.rotation(),
      mirrored: layer.look?.pose?.mirrored ?? false,
    }
  }

  #follow(): void {
    const layer = heldLayer(editor.getState())
    if (layer !== undefined) useView.setState({ lifted: { id: layer.id, pose: this.#pose(layer), inHand: true } })
  }

  #end(): void {
    const layer = heldLayer(editor.getState())
    this.#busy = false
    if (layer !== undefined) drop(layer.id, this.#pose(layer))
  }
}
