// Over 300 lines: one class, whose calls share the stage, its scene and what is painted of it.
import type { RgbaBuffer } from '../../workers/engine-api'
import { paintStrokes, type Stroke } from '../../workers/strokes'
import type { LayerSurfaces, SurfaceLayer } from './layer-surfaces'
import { Lifting, type LiftedObject } from './lifting'
import type { PlacedTile, Tiles } from './tiles'
import { between, levelFor, reaches, toImage, type Size, type View } from './view'

/** All that is on the stage at one moment. */
export interface Scene {
  readonly view: View
  /** Visible layers, bottom to top; empty while the original is compared. */
  readonly layers: readonly SurfaceLayer[]
  /** Layers show right of this share of the photo's width; 0: everywhere. */
  readonly split: number
  /** The predicted picture of the doodle being drawn, and how far it is, 0 .. 1. */
  readonly preview: {
    readonly pixels: RgbaBuffer
    readonly progress: number
    readonly region: readonly Stroke[]
  } | null
  /** Painted region for the next doodle; the rest is dimmed. */
  readonly region: readonly Stroke[]
  /** The subject, tinted, with the stroke that corrects it; null while it is not looked at. */
  readonly subject: { readonly matte: ImageBitmap | null; readonly live: Stroke | undefined } | null
  /** One of the layers that is being moved about. */
  readonly lifted: LiftedObject | null
  /** What is drawn in boxes that can still be moved, over all of the layers. */
  readonly floating: readonly LiftedObject[]
}

/** What is painted on, from the inside out. */
export interface Easel {
  readonly canvas: HTMLCanvasElement
  /** As large, over it: what is being moved, and the layers above that. Empty at other times. */
  readonly top: HTMLCanvasElement
  /** The photo's shadow and chequered ground, laid out under it. */
  readonly ground: HTMLElement
  /** Holds both, as large as the stage. It alone is moved while the picture moves. */
  readonly sheet: HTMLElement
}

/**
 * CSS pixels of the picture that are painted beyond each side of the stage: so far it moves without being painted anew.
 */
const MARGIN = 128

/** Milliseconds without movement after which the picture is painted sharp. */
const REST = 120

/** While the picture moves, tiles that arrive wait for each other, so many milliseconds at most. */
const TILES_WAIT = 100

/** Above this the photo's pixels are shown as squares. */
const PIXEL_SCALE = 6

/** Over the subject while it is corrected. */
const SUBJECT_TINT = 'rgb(214 40 120 / 50%)'

/** Longest side of the dimming over the rest of the photo. */
const REGION_SIDE = 1024

/**
 * Draws scenes, at most one for each frame of the display. While only the view changes, what is painted is moved and
 * scaled by a CSS transform, which costs the compositor one picture; painting again would cost every pixel of every
 * tile and layer. It is painted again when the view leaves what is painted, and once more, sharp, when it has come to
 * rest.
 */
export class Painter {
  #frame = 0
  #scene: Scene | undefined
  /** What the canvas shows now; undefined when the scene has changed since. */
  #painted: { readonly view: View; readonly stage: Size; readonly margin: number; readonly at: number } | undefined
  #rest: ReturnType<typeof setTimeout> | undefined
  #tilesArrived = false
  #topMoved = false
  readonly #lifting = new Lifting()
  #preview: { pixels: RgbaBuffer; region: readonly Stroke[]; canvas: HTMLCanvasElement } | undefined
  #tint: HTMLCanvasElement | undefined
  #veil: { region: readonly Stroke[]; canvas: HTMLCanvasElement } | undefined

  constructor(
    private readonly easel: Easel,
    private readonly photo: Size,
    private readonly tiles: Tiles,
    private readonly surfaces: LayerSurfaces,
  ) {}

  /** A scene that differs in more than its view. */
  show(scene: Scene): void {
    this.#scene = scene
    this.#painted = undefined
    this.#nextFrame()
  }

  /** The same scene, the objects elsewhere: the photo and what lies below them are not painted again. */
  lift(objects: Pick<Scene, 'floating'> & Partial<Pick<Scene, 'lifted'>>): void {
    if (this.#scene === undefined) return
    this.#scene = { ...this.#scene, ...objects }
    this.#topMoved = true
    this.#nextFrame()
  }

  /** The same scene from elsewhere. */
  look(view: View): void {
    if (this.#scene === undefined) return
    this.#scene = { ...this.#scene, view }
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => this.#settle(), REST)
    this.#nextFrame()
  }

  tileArrived(): void {
    this.#tilesArrived = true
    this.#nextFrame()
  }

  stop(): void {
    clearTimeout(this.#rest)
    cancelAnimationFrame(this.#frame)
    this.#frame = 0
  }

  #settle(): void {
    this.#rest = undefined
    this.#painted = undefined
    this.#nextFrame()
  }

  #nextFrame(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((now) => this.#draw(now))
  }

  #draw(now: number): void {
    this.#frame = 0
    const scene = this.#scene
    if (scene === undefined) return
    const painted = this.#painted
    const sharper = this.#tilesArrived && (this.#rest === undefined || now - (painted?.at ?? 0) > TILES_WAIT)
    if (
      painted !== undefined &&
      !sharper &&
      reaches(painted.view, scene.view, this.photo, painted.stage, painted.margin)
    ) {
      if (this.#topMoved) this.#paintTop(scene, painted.view, painted.margin)
      return this.#move(painted.view, scene.view)
    }
    const { sheet, ground } = this.easel
    const stage = { width: sheet.clientWidth, height: sheet.clientHeight }
    // Whole pixels of the display, or else the canvas would lie between them.
    const margin = Math.round(MARGIN * devicePixelRatio) / devicePixelRatio
    this.#paint(scene, stage, margin)
    const { view } = scene
    Object.assign(ground.style, {
      width: `${this.photo.width * view.scale}px`,
      height: `${this.photo.height * view.scale}px`,
      transform: `translate(${view.x}px, ${view.y}px)`,
    })
    sheet.style.transform = ''
    this.#painted = { view, stage, margin, at: now }
    this.#tilesArrived = false
  }

  #move(painted: View, view: View): void {
    const { scale, x, y } = between(painted, view)
    // Between pixels of the display the whole picture would be blurred.
    const whole = (at: number): number => (scale === 1 ? Math.round(at * devicePixelRatio) / devicePixelRatio : at)
    this.easel.sheet.style.transform = `translate(${whole(x)}px, ${whole(y)}px) scale(${scale})`
  }

  #paint(scene: Scene, stage: Size, margin: number): void {
    const {
      easel: { canvas },
      photo,
    } = this
    const ratio = devicePixelRatio
    const size = { width: stage.width + 2 * margin, height: stage.height + 2 * margin }
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)]
    for (const one of [canvas, this.easel.top]) {
      if (one.width === width && one.height === height) continue
      Object.assign(one, { width, height })
      Object.assign(one.style, {
        left: `${-margin}px`,
        top: `${-margin}px`,
        width: `${size.width}px`,
        height: `${size.height}px`,
      })
    }
    const context = canvas.getContext('2d')
    if (context === null) return
    const view = { ...scene.view, x: scene.view.x + margin, y: scene.view.y + margin }
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, width, height)
    context.setTransform(view.scale * ratio, 0, 0, view.scale * ratio, view.x * ratio, view.y * ratio)
    context.imageSmoothingEnabled = view.scale * ratio < PIXEL_SCALE
    context.save()
    context.beginPath()
    context.rect(0, 0, photo.width, photo.height)
    context.clip()
    this.#drawPhoto(context, view, size, ratio)
    this.#drawLayers(context, scene, belowLifted(scene))
    if (scene.preview !== null) this.#drawPreview(context, scene.preview)
    if (scene.region.length > 0) this.#drawVeil(context, scene.region)
    if (scene.subject !== null) this.#drawSubject(context, scene.subject)
    context.restore()
    this.#paintTop(scene, scene.view, margin)
  }

  /** @param painted the view that the canvas under it was painted for */
  #paintTop(scene: Scene, painted: View, margin: number): void {
    this.#topMoved = false
    const {
      easel: { top },
      photo,
    } = this
    const { lifted, floating } = scene
    top.hidden = lifted === null && floating.length === 0
    const context = top.hidden ? null : top.getContext('2d')
    if (context === null) return
    const ratio = devicePixelRatio
    const view = { scale: painted.scale * ratio, x: (painted.x + margin) * ratio, y: (painted.y + margin) * ratio }
    context.setTransform(1, 0, 0, 1, 0, 0)
    context.clearRect(0, 0, top.width, top.height)
    if (lifted !== null) this.#lifting.paint(context, lifted, view, photo)
    context.setTransform(view.scale, 0, 0, view.scale, view.x, view.y)
    this.#drawLayers(context, scene, aboveLifted(scene))
    for (const object of floating) this.#lifting.paint(context, object, view, photo)
  }

  #drawPhoto(context: CanvasRenderingContext2D, view: View, size: Size, ratio: number): void {
    const { photo } = this
    const [left, top] = toImage(view, [0, 0])
    const [right, bottom] = toImage(view, [size.width, size.height])
    const level = levelFor(view.scale * ratio, photo)
    const coarsest = levelFor(1 / Math.max(1, Math.max(photo.width, photo.height) / 512), photo)
    const sharp = this.tiles.within(level, left, top, right, bottom, true)
    context.save()
    context.setTransform(1, 0, 0, 1, 0, 0)
    // Edges on whole pixels of the display, or else hairlines would show between tiles.
    const draw = ({ bitmap, x, y, width, height }: PlacedTile): void => {
      const [x0, x1] = [x, x + width].map((at) => Math.round((at * view.scale + view.x) * ratio)) as [number, number]
      const [y0, y1] = [y, y + height].map((at) => Math.round((at * view.scale + view.y) * ratio)) as [number, number]
      context.drawImage(bitmap, x0, y0, x1 - x0, y1 - y0)
    }
    // A place whose tile is still on its way is blurred, never blank.
    if (!sharp.complete) {
      for (let coarser = Math.max(level, coarsest); coarser > level; coarser--)
        this.tiles.within(coarser, left, top, right, bottom, coarser === coarsest).tiles.forEach(draw)
    }
    sharp.tiles.forEach(draw)
    context.restore()
  }

  #drawLayers(context: CanvasRenderingContext2D, { split }: Scene, layers: readonly SurfaceLayer[]): void {
    const { photo } = this
    context.save()
    if (split > 0) {
      context.beginPath()
      context.rect(photo.width * split, 0, photo.width * (1 - split), photo.height)
      context.clip()
    }
    for (const layer of layers) {
      const surface = this.surfaces.canvas(layer)
      if (surface == null) continue
      context.globalAlpha = layer.opacity
      context.globalCompositeOperation = layer.look?.blend ?? 'source-over'
      context.drawImage(surface, 0, 0, photo.width, photo.height)
    }
    context.restore()
  }

  /** A few pixels, stretched over the photo; they grow clearer as the steps go. */
  #drawPreview(context: CanvasRenderingContext2D, { pixels, progress, region }: NonNullable<Scene['preview']>): void {
    if (this.#preview?.pixels !== pixels || this.#preview.region !== region) {
      const canvas = sized(this.#preview?.canvas, region.length === 0 ? pixels : fitted(this.photo, REGION_SIDE))
      const small = sized(undefined, pixels)
      small.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0)
      const target = canvas.getContext('2d')
      if (target === null) return
      if (region.length > 0) paintStrokes(target, region, canvas.width / this.photo.width)
      target.globalCompositeOperation = region.length > 0 ? 'source-in' : 'copy'
      target.drawImage(small, 0, 0, canvas.width, canvas.height)
      this.#preview = { pixels, region, canvas }
    }
    context.save()
    context.globalAlpha = 0.6 + 0.4 * progress
    context.imageSmoothingEnabled = true
    context.drawImage(this.#preview.canvas, 0, 0, this.photo.width, this.photo.height)
    context.restore()
  }

  #drawSubject(context: CanvasRenderingContext2D, { matte, live }: NonNullable<Scene['subject']>): void {
    const size = fitted(this.photo, REGION_SIDE)
    this.#tint = sized(this.#tint, size)
    const target = this.#tint.getContext('2d')
    if (target === null) return
    if (matte !== null) target.drawImage(matte, 0, 0, size.width, size.height)
    if (live !== undefined) paintStrokes(target, [live], size.width / this.photo.width)
    target.globalCompositeOperation = 'source-in'
    target.fillStyle = SUBJECT_TINT
    target.fillRect(0, 0, size.width, size.height)
    context.drawImage(this.#tint, 0, 0, this.photo.width, this.photo.height)
  }

  #drawVeil(context: CanvasRenderingContext2D, region: readonly Stroke[]): void {
    if (this.#veil?.region !== region) {
      const size = fitted(this.photo, REGION_SIDE)
      const canvas = sized(this.#veil?.canvas, size)
      const target = canvas.getContext('2d')
      if (target === null) return
      paintStrokes(target, region, size.width / this.photo.width)
      target.globalCompositeOperation = 'source-out'
      target.fillStyle = 'rgb(24 16 10 / 58%)'
      target.fillRect(0, 0, size.width, size.height)
      this.#veil = { region, canvas }
    }
    context.drawImage(this.#veil.canvas, 0, 0, this.photo.width, this.photo.height)
  }
}

function belowLifted({ layers, lifted }: Scene): readonly SurfaceLayer[] {
  return lifted === null ? layers : layers.slice(0, Math.max(0, indexOf(layers, lifted)))
}

function aboveLifted({ layers, lifted }: Scene): readonly SurfaceLayer[] {
  return lifted === null ? [] : layers.slice(indexOf(layers, lifted) + 1)
}

function indexOf(layers: readonly SurfaceLayer[], { layer }: LiftedObject): number {
  return layers.findIndex(({ id }) => id === layer.id)
}

function fitted({ width, height }: Size, longSide: number): Size {
  const scale = Math.min(1, longSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}

/** An empty canvas of this size, the given one when there is one. */
function sized(
  canvas: HTMLCanvasElement = document.createElement('canvas'),
  { width, height }: Size,
): HTMLCanvasElement {
  canvas.width = width
  canvas.height = height
  return canvas
}
