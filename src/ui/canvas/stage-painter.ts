import type { Stroke } from '../../workers/strokes'
import { picture } from '../actions/picture'
import { showError } from '../actions/toasts'
import { editor, heldLayer, shownLayers, type EditorState, type Photo } from '../store'
import { LAYER_SIDE, LayerSurfaces, type SurfaceLayer } from './layer-surfaces'
import type { LiftedObject } from './lifting'
import { ObjectSprites } from './object-sprites'
import { Painter, type Easel, type Scene } from './painter'
import { poseBetween } from '../ghosts/ghost'
import { ghostStore } from '../ghosts/ghosts-store'
import { previews } from '../ghosts/live'
import { isSubjectTool } from './brush'
import { isCompared } from './compare-slider'
import { Tiles } from './tiles'
import type { Layer } from '../project/project'
import type { ImagePoint } from './view'
import { useView } from './view-store'

/** Alpha, 0..255, from which an object is hit. */
const SEEN = 60

/** Keeps one photo's canvas in step with the stores, outside React: panning renders no component. */
export class StagePainter {
  readonly #tiles: Tiles
  readonly #surfaces: LayerSurfaces
  readonly #painter: Painter
  readonly #stops: (() => void)[]
  readonly #sprites: ObjectSprites
  #matte: { readonly of: readonly unknown[]; bitmap: ImageBitmap | null } | undefined
  #live: Stroke | undefined
  #lastPreview: Scene['preview'] = null
  #floating: readonly LiftedObject[] = []

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
    this.#sprites = new ObjectSprites((layer) => picture.call((api) => api.sprites(layer, LAYER_SIDE)), redraw)
    this.#painter = new Painter(easel, photo, this.#tiles, this.#surfaces)
    this.#stops = [
      editor.subscribe((now, before) => {
        const { subject } = now.history.present
        if (subject !== before.history.present.subject) void picture.setSubject(subject)
        if (now.matte !== before.matte || subject !== before.history.present.subject) {
          this.#surfaces.matteChanged()
          this.#sprites.want(undefined)
        }
        redraw()
      }),
      useView.subscribe((now, before) => {
        if (now.stage !== before.stage || now.split !== before.split || now.sliding !== before.sliding) redraw()
        else if (now.lifted !== before.lifted) this.#lift(before.lifted?.id !== now.lifted?.id)
        else if (now.view !== before.view) this.#painter.look(now.view)
      }),
    ]
    this.#stops.push(
      previews.subscribe((now, before) => {
        // The first needs the subject, too.
        if (now.shown.length === 0 || before.shown.length === 0) this.#show()
        else this.#float()
      }),
      ghostStore.subscribe((now, before) => {
        if (now.on !== before.on) this.#show()
        else if (now.ghosts !== before.ghosts) this.#float()
      }),
    )
    const { subject } = editor.getState().history.present
    if (subject !== undefined) void picture.setSubject(subject)
    this.#show()
  }

  /** Shows a stroke that is not part of the project yet; undefined when it is, or was given up. */
  live(stroke: Stroke | undefined): void {
    this.#live = stroke
    const { selectedId } = editor.getState()
    if (stroke === undefined && selectedId !== null) this.#surfaces.forgetLive(selectedId)
    this.#show()
  }

  /** The topmost object that is seen at a place of the photo. What is drawn all over the photo is taken by its row. */
  objectAt(at: ImagePoint): Layer | undefined {
    return shownLayers(editor.getState()).findLast(
      (layer) =>
        layer.doodle.elements.every(({ kind }) => kind !== 'whole') && this.#surfaces.alphaAt(layer, at) > SEEN,
    )
  }

  stop(): void {
    for (const stop of this.#stops) stop()
    this.#painter.stop()
    this.#tiles.close()
    this.#surfaces.keep(new Set())
    this.#sprites.want(undefined)
    this.#matte?.bitmap?.close()
  }

  /** @param another the object was not in the air before, or is let go */
  #lift(another: boolean): void {
    const layers = shownLayers(editor.getState())
    const lifted = this.#lifted(layers)
    if (another || lifted === null) this.#show()
    else this.#painter.lift({ lifted, floating: this.#floating })
  }

  #float(): void {
    if (!mayFloat(editor.getState())) return
    this.#floating = this.#floats()
    this.#painter.lift({ floating: this.#floating })
  }

  /** What is drawn in boxes, where the boxes are now. */
  #floats(): readonly LiftedObject[] {
    const { ghosts } = ghostStore.getState()
    return previews.getState().shown.flatMap(({ ghostId, box, layer, sprites }): LiftedObject[] => {
      const ghost = ghosts.find(({ id }) => id === ghostId)
      if (ghost === undefined) return []
      return [{ layer, sprites, matte: this.#matte?.bitmap ?? null, pose: poseBetween(box, ghost.box) }]
    })
  }

  /** The object that follows the pointer, or was let go where its layer has not been painted yet. */
  #lifted(layers: readonly SurfaceLayer[]): LiftedObject | null {
    const { lifted } = useView.getState()
    const ready = lifted === null ? undefined : this.#sprites.of(lifted.id)
    if (lifted === null || ready === undefined || !layers.some(({ id }) => id === lifted.id)) return null
    return { ...ready, pose: lifted.pose, matte: this.#matte?.bitmap ?? null }
  }

  /** The subject's, as soon as an object is in hand. */
  #wantMatte({ matte, history: { present } }: EditorState): void {
    const of = [matte, present.subject]
    if (this.#matte?.of.every((one, i) => one === of[i]) === true) return
    // What is here stays in sight until the next has come.
    const before = this.#matte?.bitmap ?? null
    const wanted: { readonly of: readonly unknown[]; bitmap: ImageBitmap | null } = { of, bitmap: before }
    this.#matte = wanted
    void picture
      .call((api) => api.matteBitmap(LAYER_SIDE))
      .then(
        (bitmap) => {
          before?.close()
          if (this.#matte !== wanted) return bitmap?.close()
          wanted.bitmap = bitmap
          this.#show()
        },
        () => undefined,
      )
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
    const subjectTool = isSubjectTool(tool)
    const regionTool = tool === 'region' || tool === 'unregion'
    const selected = layers.find(({ id }) => id === selectedId)
    if (this.#live !== undefined && !regionTool && !subjectTool && selected !== undefined)
      this.#surfaces.liveStroke(selected, this.#live)
    const held = heldLayer(state)
    this.#sprites.want(held)
    const floating = mayFloat(state) ? this.#floats() : []
    if (held !== undefined || subjectTool || floating.length > 0) this.#wantMatte(state)
    const waiting = layers.some((layer) => this.#surfaces.canvas(layer) === undefined)
    if (running?.preview != null) {
      this.#lastPreview = {
        pixels: running.preview,
        progress: running.step / Math.max(1, running.steps),
        region: running.region,
      }
    } else if (!waiting) this.#lastPreview = null
    // What was drawn in boxes stays until the doodle itself has arrived.
    if (floating.length > 0 || !waiting) this.#floating = floating
    const { lifted } = useView.getState()
    const landed = layers.find(({ id }) => id === lifted?.id)
    if (lifted !== null && !lifted.inHand && (landed === undefined || this.#surfaces.isCurrent(landed))) {
      // Its layer is here as it looks now. This calls #show again.
      useView.setState({ lifted: null })
      return
    }
    this.settled(!waiting && layers.every((layer) => this.#surfaces.isCurrent(layer)))
    this.#painter.show({
      view,
      layers: comparing ? [] : layers,
      split: sliding && isCompared(state) ? split : 0,
      lifted: comparing ? null : this.#lifted(layers),
      floating: comparing ? [] : this.#floating,
      // What was predicted last stays until the finished layer has arrived.
      preview: comparing ? null : this.#lastPreview,
      subject: subjectTool ? { matte: this.#matte?.bitmap ?? null, live: this.#live } : null,
      region:
        this.#live !== undefined && regionTool
          ? [...present.region, this.#live]
          : running === null
            ? present.region
            : [],
    })
  }
}

/** Whether what is drawn in boxes is looked at: also while the doodle itself is drawn of them. */
function mayFloat({ history: { present }, editingId, choice, tool, running }: EditorState): boolean {
  const free = tool === 'move' || tool === 'box' || running !== null
  return free && present.region.length === 0 && editingId === null && choice === null
}
