import Konva from 'konva/lib/Core'
import { Rect } from 'konva/lib/shapes/Rect'
import { Transformer } from 'konva/lib/shapes/Transformer'
import type { ScreenPoint } from '../canvas/view'
import { useView } from '../canvas/view-store'
import type { Frame, Framed } from './framed'
import { setHandleTest } from './handles-state'

/** Pixels of the screen; a finger is wider than what is drawn. */
const HANDLE = 13
const FINGER = 28
const STEM = 30

/** Turning stops lightly at these. */
const EVEN = Array.from({ length: 8 }, (_, i) => 45 * i)

const CORNERS = ['top-left', 'top-right', 'bottom-left', 'bottom-right']
const SIDES = ['top-center', 'bottom-center', 'middle-left', 'middle-right']

/**
 * Konva's handles around what is in hand. The frame is the only thing in its stage, and lets the pointer through to the
 * photo.
 */
export class TransformHandles {
  readonly #stage: Konva.Stage
  readonly #frame: Rect
  readonly #handles: Transformer
  readonly #stops: readonly (() => void)[]
  #busy = false

  /** @param changes calls what it is given whenever the frame may have moved; gives what ends that */
  constructor(
    host: HTMLDivElement,
    private readonly framed: Framed,
    changes: (moved: () => void) => () => void,
  ) {
    const { stage } = useView.getState()
    // Konva empties its container by assigning HTML, which our Trusted Types refuse, be it empty.
    Object.defineProperty(host, 'innerHTML', { configurable: true, set: () => host.replaceChildren() })
    this.#stage = new Konva.Stage({ container: host, ...stage })
    const layer = new Konva.Layer()
    this.#frame = new Rect({ listening: false })
    const accent = getComputedStyle(host).color
    const { solid } = framed
    this.#handles = new Transformer({
      nodes: [this.#frame],
      keepRatio: solid,
      rotateEnabled: solid,
      flipEnabled: false,
      enabledAnchors: solid ? CORNERS : [...CORNERS, ...SIDES],
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
        const now = this.#now()
        const scaleX = after.width / Math.max(1, now.width)
        const scaleY = after.height / Math.max(1, now.height)
        return framed.fits({ ...now, scaleX, scaleY }) ? after : before
      },
    })
    layer.add(this.#frame, this.#handles)
    this.#stage.add(layer)
    this.#handles.on('transformstart', () => {
      this.#busy = true
    })
    this.#handles.on('transform', () => framed.follow(this.#now(), useView.getState().view))
    this.#handles.on('transformend', () => {
      framed.drop(this.#now(), useView.getState().view)
      this.#busy = false
      this.#place()
    })
    setHandleTest((at) => this.#isHandle(at))
    this.#stops = [
      changes(() => this.#place()),
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

  /** Around what is in hand, as it lies in the project or follows the pointer. */
  #place(): void {
    const frame = this.#busy ? undefined : this.framed.frame(useView.getState().view)
    if (frame === undefined) return
    this.#frame.setAttrs(frame)
    this.#handles.forceUpdate()
  }

  #now(): Frame {
    const frame = this.#frame
    return {
      x: frame.x(),
      y: frame.y(),
      width: frame.width(),
      height: frame.height(),
      offsetX: frame.offsetX(),
      offsetY: frame.offsetY(),
      scaleX: frame.scaleX(),
      scaleY: frame.scaleY(),
      rotation: frame.rotation(),
    }
  }
}
