import { levelSize, TILE } from '../../workers/picture-api'
import { patiently } from './patiently'
import type { Size } from './view'

/** Fetches one tile of the photo. */
type FetchTile = (level: number, column: number, row: number) => Promise<ImageBitmap>

/** Tiles kept, about 1 MB each; those not seen for longest go first. */
const KEPT = 160

/** A tile on the screen, in photo pixels. */
export interface PlacedTile {
  readonly bitmap: ImageBitmap
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The photo's tiles as far as they have arrived, most recently seen last. */
export class Tiles {
  readonly #tiles = new Map<string, ImageBitmap | 'asked'>()
  #closed = false

  /** @param arrived called when a tile came and the picture should be drawn again */
  constructor(
    private readonly photo: Size,
    private readonly fetchTile: FetchTile,
    private readonly arrived: () => void,
  ) {}

  /**
   * Tiles of a level that touch a rectangle of the photo, asked for when they are not here yet, and whether all are
   * here.
   * @param ask false: only those that are here
   */
  within(
    level: number,
    left: number,
    top: number,
    right: number,
    bottom: number,
    ask: boolean,
  ): { readonly tiles: readonly PlacedTile[]; readonly complete: boolean } {
    const { width, height } = levelSize(this.photo, level)
    // A level's size is rounded, so its pixels are not exactly 2^level wide.
    const [stepX, stepY] = [this.photo.width / width, this.photo.height / height]
    const span = (from: number, to: number, step: number, size: number): readonly number[] => {
      const first = Math.max(0, Math.floor(from / step / TILE))
      const last = Math.min(Math.ceil(size / TILE) - 1, Math.floor(to / step / TILE))
      return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
    }
    const columns = span(left, right, stepX, width)
    const rows = span(top, bottom, stepY, height)
    const tiles = rows.flatMap((row) =>
      columns.flatMap((column) => {
        const bitmap = this.#tile(level, column, row, ask)
        if (bitmap === undefined) return []
        return [
          {
            bitmap,
            x: column * TILE * stepX,
            y: row * TILE * stepY,
            width: bitmap.width * stepX,
            height: bitmap.height * stepY,
          },
        ]
      }),
    )
    return { tiles, complete: tiles.length === rows.length * columns.length }
  }

  close(): void {
    this.#closed = true
    for (const tile of this.#tiles.values()) if (tile !== 'asked') tile.close()
    this.#tiles.clear()
  }

  #tile(level: number, column: number, row: number, ask: boolean): ImageBitmap | undefined {
    const key = `${level} ${column} ${row}`
    const known = this.#tiles.get(key)
    if (known === 'asked') return undefined
    if (known !== undefined) {
      this.#tiles.delete(key)
      this.#tiles.set(key, known)
      return known
    }
    if (ask) void this.#ask(key, level, column, row)
    return undefined
  }

  async #ask(key: string, level: number, column: number, row: number): Promise<void> {
    this.#tiles.set(key, 'asked')
    try {
      const bitmap = await patiently(
        () => this.fetchTile(level, column, row),
        () => !this.#closed,
      )
      if (this.#closed) return bitmap.close()
      this.#tiles.set(key, bitmap)
      this.#forgetOldest()
      this.arrived()
    } catch {
      // Another photo is there by now, or memory is short: it is asked for again when the place is next drawn.
      this.#tiles.delete(key)
    }
  }

  #forgetOldest(): void {
    for (const [key, tile] of this.#tiles) {
      if (this.#tiles.size <= KEPT) return
      if (tile === 'asked') continue
      tile.close()
      this.#tiles.delete(key)
    }
  }
}
