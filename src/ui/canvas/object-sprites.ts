import type { LayerPixels, Sprite } from '../../workers/picture-api'
import type { SurfaceLayer } from './layer-surfaces'

interface Ready {
  readonly layer: SurfaceLayer
  readonly sprites: readonly Sprite[]
}

/** The pictures of the object in hand, fetched when it is taken so that they are there when it moves. */
export class ObjectSprites {
  #wanted: SurfaceLayer | undefined
  #ready: Ready | undefined
  #fetching = false

  constructor(
    private readonly fetchSprites: (layer: LayerPixels) => Promise<readonly Sprite[]>,
    private readonly arrived: () => void,
  ) {}

  /** Of this layer, as it looked when they were made; undefined until they are here. */
  of(id: string): Ready | undefined {
    return this.#ready?.layer.id === id ? this.#ready : undefined
  }

  want(layer: SurfaceLayer | undefined): void {
    const same =
      this.#wanted?.id === layer?.id && this.#wanted?.doodle === layer?.doodle && this.#wanted?.look === layer?.look
    if (same) return
    this.#wanted = layer
    if (layer === undefined) this.#drop()
    else if (!this.#fetching) void this.#fetch(layer)
  }

  async #fetch(layer: SurfaceLayer): Promise<void> {
    const { doodle, look, vector = false } = layer
    const pixels = { elements: doodle.elements, region: [], vector, ...(look === undefined ? {} : { look }) }
    this.#fetching = true
    const sprites = await this.fetchSprites(pixels).catch(() => [])
    this.#fetching = false
    if (this.#wanted !== layer) {
      close(sprites)
      // One at a time: what was wanted meanwhile, the last only.
      if (this.#wanted !== undefined) void this.#fetch(this.#wanted)
      return
    }
    this.#drop()
    this.#ready = { layer, sprites }
    this.arrived()
  }

  #drop(): void {
    if (this.#ready !== undefined) close(this.#ready.sprites)
    this.#ready = undefined
  }
}

function close(sprites: readonly Sprite[]): void {
  for (const { bitmap, behind } of sprites) {
    bitmap.close()
    behind?.close()
  }
}
