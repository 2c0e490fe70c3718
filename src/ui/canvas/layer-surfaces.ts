import { lookAffine, type Look } from '../../workers/engine-api'
import type { LayerPixels } from '../../workers/picture-api'
import { paintStrokes, type Stroke } from '../../workers/strokes'
import { onDrawing } from '../project/objects'
import type { Layer } from '../project/project'
import { patiently } from './patiently'
import type { ImagePoint, Size } from './view'

/** Longest side of a layer on the screen. Files are written from the doodle itself at the photo's full size. */
export const LAYER_SIDE = 1536

/** Pixels around a pointer, of such a layer, that count as under it. */
const NEAR = 4

/** What the screen needs of a layer; a drawing that is only being looked at has no strokes. */
export type SurfaceLayer = Pick<Layer, 'id' | 'doodle' | 'recipe' | 'erased' | 'opacity' | 'vector' | 'look'>

interface Surface {
  /** What the bitmap was made from. */
  doodleId: string
  region: readonly Stroke[]
  vector: boolean
  look: Look | undefined
  /** What to fetch next, and how often something was asked for. */
  wanted: SurfaceLayer
  asked: number
  fetching: boolean
  bitmap: ImageBitmap | undefined
  /** The bitmap cannot be had, after several tries. */
  failed: boolean
  /** What the bitmap that is here was made from: strokes lie on it as it lies. */
  shown: { readonly doodle: Layer['doodle']; readonly look: Look | undefined; readonly stale: boolean } | undefined
  /** Strokes that the canvas has been cut with; undefined while it is not up to date. */
  erased: readonly Stroke[] | undefined
  readonly canvas: HTMLCanvasElement
  readonly mask: HTMLCanvasElement
}

/** Layers as canvases with their erased parts cut out, kept in step with the project. */
export class LayerSurfaces {
  readonly #surfaces = new Map<string, Surface>()

  /**
   * @param fetchBitmap the whole layer, from the picture worker
   * @param arrived called when a layer came and the picture should be drawn again
   * @param failed told why a layer will not come
   */
  constructor(
    private readonly photo: Size,
    private readonly fetchBitmap: (layer: LayerPixels) => Promise<ImageBitmap>,
    private readonly arrived: () => void,
    private readonly failed: (error: unknown) => void,
  ) {}

  /** The layer's canvas; undefined until its bitmap has arrived, null when it cannot be had. */
  canvas(layer: SurfaceLayer): HTMLCanvasElement | undefined | null {
    const surface = this.#surface(layer)
    if (surface.bitmap === undefined) return surface.failed ? null : undefined
    if (surface.erased !== layer.erased) {
      this.#cut(surface, surface.bitmap, layer.erased)
      surface.erased = layer.erased
    }
    return surface.canvas
  }

  /** Whether what is here is the layer as it looks now. */
  isCurrent({ id, look, doodle }: SurfaceLayer): boolean {
    const shown = this.#surfaces.get(id)?.shown
    return shown !== undefined && !shown.stale && shown.look === look && shown.doodle === doodle
  }

  /** What is seen of a layer at a place of the photo: the most within a finger's width, 0..255. */
  alphaAt(layer: SurfaceLayer, [x, y]: ImagePoint): number {
    const canvas = this.canvas(layer)
    const context = canvas?.getContext('2d')
    if (canvas == null || context == null) return 0
    const [px, py] = [(x / this.photo.width) * canvas.width, (y / this.photo.height) * canvas.height]
    const { data } = context.getImageData(Math.round(px) - NEAR, Math.round(py) - NEAR, 2 * NEAR + 1, 2 * NEAR + 1)
    return data.reduce((most, value, i) => (i % 4 === 3 ? Math.max(most, value) : most), 0)
  }

  /** Shows a stroke under way: `layer.erased` and the stroke. The next {@link canvas} without it is drawn anew. */
  liveStroke(layer: SurfaceLayer, stroke: Stroke): void {
    const surface = this.#surface(layer)
    if (surface.bitmap === undefined) return
    this.#cut(surface, surface.bitmap, [...layer.erased, onDrawing(layer, stroke, this.photo)])
    surface.erased = layer.erased
  }

  /** Draws a layer without its live stroke again. */
  forgetLive(id: string): void {
    const surface = this.#surfaces.get(id)
    if (surface !== undefined) surface.erased = undefined
  }

  /**
   * Fetches layers anew that go behind something: the subject was found. What is on the screen stays until they are
   * here.
   */
  matteChanged(): void {
    for (const surface of this.#surfaces.values()) {
      surface.doodleId = ''
      if (surface.shown !== undefined) surface.shown = { ...surface.shown, stale: true }
    }
  }

  /** Drops what no layer of these needs. */
  keep(ids: ReadonlySet<string>): void {
    for (const [id, { bitmap }] of this.#surfaces) {
      if (ids.has(id)) continue
      bitmap?.close()
      this.#surfaces.delete(id)
    }
  }

  #surface(layer: SurfaceLayer): Surface {
    const known = this.#surfaces.get(layer.id)
    const { vector = false } = layer
    if (
      known?.doodleId === layer.doodle.id &&
      known.region === layer.recipe.region &&
      known.vector === vector &&
      known.look === layer.look
    )
      return known
    // The old drawing stays in sight until the new one is here.
    const surface: Surface = known ?? {
      doodleId: '',
      region: [],
      vector,
      look: undefined,
      wanted: layer,
      asked: 0,
      fetching: false,
      bitmap: undefined,
      failed: false,
      shown: undefined,
      erased: undefined,
      canvas: document.createElement('canvas'),
      mask: document.createElement('canvas'),
    }
    surface.doodleId = layer.doodle.id
    surface.region = layer.recipe.region
    surface.vector = vector
    surface.look = layer.look
    surface.failed = false
    this.#surfaces.set(layer.id, surface)
    surface.wanted = layer
    surface.asked++
    if (!surface.fetching) void this.#fetch(surface)
    return surface
  }

  /** One at a time for each layer: what was asked for meanwhile is fetched after it, the last only. */
  async #fetch(surface: Surface): Promise<void> {
    const { wanted, asked } = surface
    const { doodle, recipe, vector = false, look } = wanted
    surface.fetching = true
    const layer = { elements: doodle.elements, region: recipe.region, vector, ...(look === undefined ? {} : { look }) }
    try {
      const bitmap = await patiently(
        () => this.fetchBitmap(layer),
        () => this.#held(surface) && surface.asked === asked,
      )
      if (!this.#held(surface)) return bitmap.close()
      surface.bitmap?.close()
      surface.bitmap = bitmap
      surface.shown = { doodle, look, stale: surface.asked !== asked }
      surface.erased = undefined
    } catch (error) {
      if (this.#held(surface) && surface.asked === asked) {
        surface.failed = true
        this.failed(error)
      }
    } finally {
      surface.fetching = false
      if (this.#held(surface) && surface.asked !== asked) void this.#fetch(surface)
    }
    this.arrived()
  }

  /** Whether it has not been dropped meanwhile. */
  #held(surface: Surface): boolean {
    return [...this.#surfaces.values()].includes(surface)
  }

  #cut({ canvas, mask, shown }: Surface, bitmap: ImageBitmap, erased: readonly Stroke[]): void {
    resizeTo(canvas, bitmap)
    const context = canvas.getContext('2d')
    if (context === null) return
    context.globalCompositeOperation = 'copy'
    context.drawImage(bitmap, 0, 0)
    if (erased.length === 0) return
    resizeTo(mask, bitmap)
    const painted = mask.getContext('2d')
    if (painted === null) return
    painted.setTransform(1, 0, 0, 1, 0, 0)
    painted.clearRect(0, 0, mask.width, mask.height)
    const scale = bitmap.width / this.photo.width
    if (shown?.look?.pose !== undefined) {
      const { a, b, c, d, e, f } = lookAffine(shown.doodle.elements, shown.look, this.photo)
      painted.setTransform(a, b, c, d, e * scale, f * scale)
    }
    paintStrokes(painted, erased, scale)
    context.globalCompositeOperation = 'destination-out'
    context.drawImage(mask, 0, 0)
  }
}

function resizeTo(canvas: HTMLCanvasElement, { width, height }: Size): void {
  if (canvas.width !== width) canvas.width = width
  if (canvas.height !== height) canvas.height = height
}
