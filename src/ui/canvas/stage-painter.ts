import type { Stroke } from '../../workers/strokes'
import { picture } from '../actions/picture'
import { showError } from '../actions/toasts'
import { editor, shownLayers, type Photo } from '../store'
import { LAYER_SIDE, LayerSurfaces } from './layer-surfaces'
import { Painter, type Easel, type Scene } from './painter'
import { Tiles } from './tiles'
import { useView } from './view-store'

/** Keeps one photo's canvas in step with the stores, outside React: panning renders no component. */
export class StagePainter {
  readonly #tiles: Tiles
  readonly #surfaces: LayerSurfaces
  readonly #painter: Painter
  readonly #stops: readonly (() => void)[]
  #live: Stroke | undefined
  #lastPreview: Scene['preview'] = null

  /** @param settled told whether everything that should be seen has arrived */
  constructor(
    easel: Easel,
    photo: Photo,
    private readonly settled: (settled: boolean) => void,
  ) {
    const redraw = (): void => this.#show()
    this.#tiles = new Tiles(
      photo,
      (level, column, row) => picture.call((api) => api.tile(level, column, row)),
      () => this.#painter.tileArrived(),
    )
    this.#surfaces = new LayerSurfaces(
      photo,
      (layer) => picture.call((api) => api.layerBitmap(layer, LAYER_SIDE)),
      redraw,
      showError,
    )
    this.#painter = new Painter(easel, photo, this.#tiles, this.#surfaces)
    this.#stops = [
      editor.subscribe((now, before) => {
        if (now.matte !== before.matte) this.#surfaces.matteChanged()
        redraw()
      }),
      useView.subscribe((now, before) => {
        if (now.stage !== before.stage || now.split !== before.split || now.sliding !== before.sliding) redraw()
        else if (now.view !== before.view) this.#painter.look(now.view)
      }),
    ]
    this.#show()
  }

  /** Shows a stroke that is not part of the project yet; undefined when it is, or was given up. */
  live(stroke: Stroke | undefined): void {
    this.#live = stroke
    const { selectedId } = editor.getState()
    if (stroke === undefined && selectedId !== null) this.#surfaces.forgetLive(selectedId)
    this.#show()
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    this.#painter.stop()
    this.#tiles.close()
    this.#surfaces.keep(new Set())
  }

  #show(): void {
    const state = editor.getState()
    const { view, split, sliding } = useView.getState()
    const {
      history: { present },
      choice,
      running,
      tool,
      selectedId,
      comparing,
    } = state
    const layers = shownLayers(state)
    this.#surfaces.keep(
      new Set([...present.layers.map(({ id }) => id), ...(choice?.doodles ?? []).map(({ id }) => `choice ${id}`)]),
    )
    const regionTool = tool === 'region' || tool === 'unregion'
    const selected = layers.find(({ id }) => id === selectedId)
    if (this.#live !== undefined && !regionTool && selected !== undefined)
      this.#surfaces.liveStroke(selected, this.#live)
    const waiting = layers.some((layer) => this.#surfaces.canvas(layer) === undefined)
    if (running?.preview != null) {
      this.#lastPreview = {
        pixels: running.preview,
        progress: running.step / Math.max(1, running.steps),
        region: running.region,
      }
    } else if (!waiting) this.#lastPreview = null
    this.settled(!waiting)
    this.#painter.show({
      view,
      layers: comparing ? [] : layers,
      split: sliding && tool === 'move' && running === null ? split : 0,
      // What was predicted last stays until the finished layer has arrived.
      preview: comparing ? null : this.#lastPreview,
      region:
        this.#live !== undefined && regionTool
          ? [...present.region, this.#live]
          : running === null
            ? present.region
            : [],
    })
  }
}
