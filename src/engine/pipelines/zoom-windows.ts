import { tensor, type Tensor } from '../core/tensor'
import type { TokenBox } from './zoom-plan'

/**
 * Overlapping crops of one field of tokens [rows * columns, C] that are worked on side by side and averaged with smooth weights
 * after every sampler step (MultiDiffusion, Bar-Tal et al. 2023): neighbours agree while there is still noise to agree in, so
 * nothing is left to see of the borders.
 */
export class TokenWindows {
  /** For each window the weight of each of its tokens; those of all windows add up to 1 wherever there is one. */
  private readonly weights: readonly Float32Array[]

  constructor(private readonly box: TokenBox, private readonly windows: readonly TokenBox[]) {
    const raw = windows.map(({ rows, columns }) => Float32Array.from({ length: rows * columns }, (_, i) => tent(Math.floor(i / columns), rows) * tent(i % columns, columns)))
    const total = new Float32Array(box.rows * box.columns)
    windows.forEach((window, w) => this.each(window, (at, i) => { total[at]! += raw[w]![i]! }))
    windows.forEach((window, w) => this.each(window, (at, i) => { raw[w]![i]! /= total[at]! }))
    this.weights = raw
  }

  /** A window's tokens. @param field [box rows * columns, C] */
  cut(field: Tensor, window: TokenBox): Tensor {
    const channels = field.dims[1]!
    const part = tensor([window.rows * window.columns, channels])
    this.each(window, (at, i) => { part.data.set(field.data.subarray(at * channels, (at + 1) * channels), i * channels) })
    return part
  }

  /** The windows' weighted mean; tokens without a window are those of `outside`, a whole field. */
  merge(parts: readonly Tensor[], outside: Tensor): Tensor {
    const channels = outside.dims[1]!
    const merged = tensor(outside.dims, outside.data.slice())
    for (const window of this.windows) this.each(window, (at) => { merged.data.fill(0, at * channels, (at + 1) * channels) })
    this.windows.forEach((window, w) => {
      const { data } = parts[w]!
      this.each(window, (at, i) => {
        const weight = this.weights[w]![i]!
        for (let c = 0; c < channels; c++) merged.data[at * channels + c]! += weight * data[i * channels + c]!
      })
    })
    return merged
  }

  /** Visits a window's tokens with their index in the box and in the window. */
  private each({ row, column, rows, columns }: TokenBox, visit: (at: number, i: number) => void): void {
    for (let y = 0; y < rows; y++) {
      const first = (row - this.box.row + y) * this.box.columns + column - this.box.column
      for (let x = 0; x < columns; x++) visit(first + x, y * columns + x)
    }
  }
}

/** Falls linearly from a crop's middle to almost nothing at its border, where it has least context. */
function tent(i: number, length: number): number {
  return 1 - Math.abs(2 * (i + 0.5) - length) / length
}
