import { eachRegion } from '../image/mask'
import type { RgbaImage } from '../image/rgba-image'
import type { Grid } from '../models/transformer/position-ids'

/** A rectangle of tokens on the enlarged picture. */
export interface TokenBox extends Grid {
  readonly row: number
  readonly column: number
}

/** Where a second, closer look at a doodle is taken. */
export interface ZoomPlan {
  /** Whole number: the enlarged picture has `factor` times the tokens of the first pass along each side, so both share a pixel grid. */
  readonly factor: number
  /** Crops of the first pass's own grid; neighbours overlap. */
  readonly windows: readonly TokenBox[]
  /** Smallest box around all windows: what is encoded and decoded. */
  readonly box: TokenBox
}

export interface ZoomLimits {
  /** Greatest enlargement. A network that has seen things of a certain size draws parts of them badly beyond. */
  readonly maxFactor: number
  /** Most crops: each costs about as much as a few steps of the first pass. */
  readonly maxWindows: number
}

/** Sixteen crops cover any doodle on a square picture at three times the size; at twice the size its edges would stay more than half as wide. */
export const ZOOM_LIMITS: ZoomLimits = { maxFactor: 4, maxWindows: 16 }

/** Share of a crop's side that neighbours share at least: enough context to agree on what is drawn there. */
const OVERLAP = 1 / 4

/** Tokens of untouched photo around a doodle, as context. */
const MARGIN = 1

/**
 * The largest enlargement at which crops of the model's own grid cover the doodle within the limits.
 * @param doodle the first pass's result at model resolution
 * @param grid tokens of the first pass
 * @param photo full size in pixels: the doodle is never drawn finer than the photo
 * @returns undefined where nothing was drawn or the photo is hardly larger than what the model saw
 */
export function planZoom(doodle: RgbaImage, grid: Grid, photo: { readonly width: number; readonly height: number }, limits: ZoomLimits = ZOOM_LIMITS): ZoomPlan | undefined {
  const finest = Math.floor(Math.min(photo.width / doodle.width, photo.height / doodle.height))
  for (let factor = Math.min(limits.maxFactor, finest); factor >= 2; factor--) {
    const windows = coverDoodle(drawnTokens(doodle, grid, factor), grid, factor)
    if (windows.length === 0) return undefined
    if (windows.length <= limits.maxWindows) return { factor, windows, box: boundingBox(windows) }
  }
  return undefined
}

/** Tokens of the enlarged picture with any doodle in them, as a mask [factor * rows, factor * columns]. */
function drawnTokens(doodle: RgbaImage, grid: Grid, factor: number): Uint8Array {
  const columns = factor * grid.columns
  const rows = factor * grid.rows
  const drawn = new Uint8Array(rows * columns)
  for (let y = 0; y < doodle.height; y++) {
    // A pixel can reach into two tokens where the factor does not divide a token's pixels.
    const top = Math.floor((y * rows) / doodle.height)
    const bottom = Math.ceil(((y + 1) * rows) / doodle.height) - 1
    for (let x = 0; x < doodle.width; x++) {
      if (doodle.data[(y * doodle.width + x) * 4 + 3] === 0) continue
      const left = Math.floor((x * columns) / doodle.width)
      const right = Math.ceil(((x + 1) * columns) / doodle.width) - 1
      for (let row = top; row <= bottom; row++) drawn.fill(1, row * columns + left, row * columns + right + 1)
    }
  }
  return drawn
}

function coverDoodle(drawn: Uint8Array, grid: Grid, factor: number): readonly TokenBox[] {
  const size = { width: factor * grid.columns, height: factor * grid.rows }
  const boxes: TokenBox[] = []
  eachRegion(drawn, size, true, (tokens) => {
    const rows = tokens.map((at) => Math.floor(at / size.width))
    const columns = tokens.map((at) => at % size.width)
    boxes.push(withMargin(least(rows), least(columns), greatest(rows), greatest(columns), size))
  })
  const hasDoodle = ({ row, column, rows, columns }: TokenBox): boolean => {
    for (let y = row; y < row + rows; y++) if (drawn.subarray(y * size.width + column, y * size.width + column + columns).includes(1)) return true
    return false
  }
  return joined(boxes, grid).flatMap((box) =>
    starts(box.row, box.rows, grid.rows, size.height).flatMap((row) =>
      starts(box.column, box.columns, grid.columns, size.width).map((column) => ({ row, column, ...pick(grid) })))).filter(hasDoodle)
}

const pick = ({ rows, columns }: Grid): Grid => ({ rows, columns })
const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b))
const greatest = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b))

function withMargin(top: number, left: number, bottom: number, right: number, { width, height }: { width: number; height: number }): TokenBox {
  const row = Math.max(0, top - MARGIN)
  const column = Math.max(0, left - MARGIN)
  return { row, column, rows: Math.min(height, bottom + 1 + MARGIN) - row, columns: Math.min(width, right + 1 + MARGIN) - column }
}

/** Pieces that overlap, or that one crop holds together, are looked at together. */
function joined(boxes: readonly TokenBox[], grid: Grid): readonly TokenBox[] {
  const result = [...boxes]
  for (let i = 0; i < result.length; i++) {
    for (let j = i + 1; j < result.length; j++) {
      const both = boundingBox([result[i]!, result[j]!])
      const fits = both.rows <= grid.rows && both.columns <= grid.columns
      if (!fits && !overlap(result[i]!, result[j]!)) continue
      result.splice(j, 1)
      result[i] = both
      // The grown box may now meet any other.
      i = -1
      break
    }
  }
  return result
}

function overlap(a: TokenBox, b: TokenBox): boolean {
  return a.row < b.row + b.rows && b.row < a.row + a.rows && a.column < b.column + b.columns && b.column < a.column + a.columns
}

function boundingBox(boxes: readonly TokenBox[]): TokenBox {
  const row = least(boxes.map((box) => box.row))
  const column = least(boxes.map((box) => box.column))
  const rows = greatest(boxes.map((box) => box.row + box.rows)) - row
  const columns = greatest(boxes.map((box) => box.column + box.columns)) - column
  return { row, column, rows, columns }
}

/** Places of crops of `side` tokens along [start, start + length) within 0 .. size: one in the middle, or several evenly spread. */
function starts(start: number, length: number, side: number, size: number): readonly number[] {
  if (length <= side) return [Math.min(size - side, Math.max(0, Math.round(start + (length - side) / 2)))]
  const shared = Math.ceil(OVERLAP * side)
  const count = Math.ceil((length - shared) / (side - shared))
  return Array.from({ length: count }, (_, i) => start + Math.round((i * (length - side)) / (count - 1)))
}
