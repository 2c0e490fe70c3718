import { matteScale, type Matte, type Plane } from '../../image/window'

/** Values of a matte in one token: 4 x 4 cells, row-major. */
export const MATTE_VALUES = 16
const CELLS = 4

/**
 * A matte as tokens of a grid: means of 4 x 4 cells each. A cell takes every pixel that it touches whole, as PyTorch's
 * `interpolate(mode='area')` does (training/nano/codec.py, matte_tokens); cells of a matte that the grid divides are exact.
 * @returns [rows * columns, 16], 0..1
 */
export function matteTokens(matte: Matte | Plane, rows: number, columns: number): Float32Array {
  const { width, height } = matte
  const [values, scale] = 'values' in matte ? [matte.values, 1] : [matte.alpha, matteScale(matte)]
  const tokens = new Float32Array(rows * columns * MATTE_VALUES)
  const bounds = (cell: number, cells: number, pixels: number): [number, number] => [Math.floor((cell * pixels) / cells), Math.ceil(((cell + 1) * pixels) / cells)]
  for (let row = 0; row < rows * CELLS; row++) {
    const [top, bottom] = bounds(row, rows * CELLS, height)
    for (let column = 0; column < columns * CELLS; column++) {
      const [left, right] = bounds(column, columns * CELLS, width)
      let sum = 0
      for (let y = top; y < bottom; y++) for (let x = left; x < right; x++) sum += values[y * width + x]!
      const token = Math.floor(row / CELLS) * columns + Math.floor(column / CELLS)
      tokens[token * MATTE_VALUES + (row % CELLS) * CELLS + (column % CELLS)] = (sum * scale) / ((bottom - top) * (right - left))
    }
  }
  return tokens
}
