import { applied, inverse, lookAffine, type Affine, type Pose } from '../../workers/engine-api'
import type { Sprite } from '../../workers/picture-api'
import { paintStrokes } from '../../workers/strokes'
import type { SurfaceLayer } from './layer-surfaces'
import type { Size, View } from './view'

/** An object on its way over the photo. */
export interface LiftedObject {
  /** As it looks in the project, which is how its sprites were made. */
  readonly layer: SurfaceLayer
  readonly sprites: readonly Sprite[]
  /** The subject, over all of the photo. */
  readonly matte: ImageBitmap | null
  /** Where it is now. */
  readonly pose: Pose
}

interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/**
 * Paints an object that is being moved by the same formula as files are written, alpha (1 - (1 - front) matte), on
 * canvases: no pixel of it passes through script, and nothing but its own box is painted.
 */
export class Lifting {
  readonly #object = document.createElement('canvas')
  readonly #hidden = document.createElement('canvas')

  /** @param view the photo's pixels on the context's, untransformed */
  paint(
    context: CanvasRenderingContext2D,
    { layer, sprites, matte, pose }: LiftedObject,
    view: View,
    photo: Size,
  ): void {
    const { elements } = layer.doodle
    const now = lookAffine(elements, { ...layer.look, pose }, photo)
    const moved = product(now, inverse(lookAffine(elements, layer.look, photo)))
    const box = boxOf(sprites, moved, view, photo, context.canvas)
    if (box === undefined) return
    const object = cleared(this.#object, box)
    if (object === null) return
    for (const { bitmap, place } of sprites) {
      transform(object, moved, view, box)
      object.drawImage(bitmap, ...rectangle(place, photo))
    }
    if (matte !== null && sprites.some(({ behind }) => behind !== null))
      this.#hide(object, sprites, matte, moved, view, box, photo)
    this.#cut(object, layer, now, view, box)
    context.save()
    context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y)
    context.beginPath()
    context.rect(0, 0, photo.width, photo.height)
    context.clip()
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.globalAlpha = layer.opacity
    context.drawImage(this.#object, 0, 0, box.width, box.height, box.x, box.y, box.width, box.height)
    context.restore()
  }

  /** Takes off what goes behind the subject. */
  #hide(
    object: CanvasRenderingContext2D,
    sprites: readonly Sprite[],
    matte: ImageBitmap,
    moved: Affine,
    view: View,
    box: Box,
    photo: Size,
  ): void {
    const hidden = cleared(this.#hidden, box)
    if (hidden === null) return
    for (const { behind, place } of sprites) {
      if (behind === null) continue
      transform(hidden, moved, view, box)
      hidden.drawImage(behind, ...rectangle(place, photo))
    }
    transform(hidden, IDENTITY, view, box)
    hidden.globalCompositeOperation = 'destination-in'
    hidden.drawImage(matte, 0, 0, photo.width, photo.height)
    object.setTransform(1, 0, 0, 1, 0, 0)
    object.globalCompositeOperation = 'destination-out'
    object.drawImage(this.#hidden, 0, 0, box.width, box.height, 0, 0, box.width, box.height)
  }

  /** What was painted moves along. */
  #cut(object: CanvasRenderingContext2D, { recipe, erased }: SurfaceLayer, now: Affine, view: View, box: Box): void {
    for (const [strokes, operation] of [
      [recipe.region, 'destination-in'],
      [erased, 'destination-out'],
    ] as const) {
      const mask = strokes.length === 0 ? null : cleared(this.#hidden, box)
      if (mask === null) continue
      transform(mask, now, view, box)
      paintStrokes(mask, strokes, 1)
      object.setTransform(1, 0, 0, 1, 0, 0)
      object.globalCompositeOperation = operation
      object.drawImage(this.#hidden, 0, 0, box.width, box.height, 0, 0, box.width, box.height)
    }
  }
}

const IDENTITY: Affine = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 }

/** The second, then the first. */
function product(first: Affine, second: Affine): Affine {
  const [e, f] = applied(first, [second.e, second.f])
  return {
    a: first.a * second.a + first.c * second.b,
    b: first.b * second.a + first.d * second.b,
    c: first.a * second.c + first.c * second.d,
    d: first.b * second.c + first.d * second.d,
    e,
    f,
  }
}

/** Photo pixels, moved, on the part of the screen that the box is. */
function transform(context: CanvasRenderingContext2D, { a, b, c, d, e, f }: Affine, view: View, box: Box): void {
  const { scale } = view
  context.setTransform(
    a * scale,
    b * scale,
    c * scale,
    d * scale,
    e * scale + view.x - box.x,
    f * scale + view.y - box.y,
  )
}

function rectangle(
  { left, top, width, height }: Sprite['place'],
  photo: Size,
): [x: number, y: number, width: number, height: number] {
  return [left * photo.width, top * photo.height, width * photo.width, height * photo.height]
}

/** The whole pixels around all of it that are on the canvas. */
function boxOf(sprites: readonly Sprite[], moved: Affine, view: View, photo: Size, canvas: Size): Box | undefined {
  const corners = sprites.flatMap(({ place }) => {
    const [x, y, width, height] = rectangle(place, photo)
    return [
      [x, y],
      [x + width, y],
      [x, y + height],
      [x + width, y + height],
    ].map(([px, py]) => applied(moved, [px ?? 0, py ?? 0]))
  })
  const [xs, ys] = [corners.map(([x]) => x * view.scale + view.x), corners.map(([, y]) => y * view.scale + view.y)]
  const [x, y] = [Math.max(0, Math.floor(Math.min(...xs))), Math.max(0, Math.floor(Math.min(...ys)))]
  const right = Math.min(canvas.width, Math.ceil(Math.max(...xs)))
  const bottom = Math.min(canvas.height, Math.ceil(Math.max(...ys)))
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : undefined
}

/** The context of a canvas that is at least as large as the box, empty there. */
function cleared(canvas: HTMLCanvasElement, { width, height }: Box): CanvasRenderingContext2D | null {
  if (canvas.width < width) canvas.width = width
  if (canvas.height < height) canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null) return null
  context.setTransform(1, 0, 0, 1, 0, 0)
  context.globalCompositeOperation = 'source-over'
  context.clearRect(0, 0, width, height)
  return context
}
