import { PhotodoodleError } from '../../core/errors'
import type { Plane } from '../../image/window'
import type { Grid } from '../transformer/position-ids'

/** Values of a matte in one token: 4 x 4 cells, row-major. */
export const MATTE_VALUES = 16

/** Cells along the side of a token. */
export const MATTE_CELLS = 4

/**
 * A matte as tokens of a grid, means of 4 x 4 cells each (training/model/codec.py, matte_tokens).
 * @param matte of which every cell has a whole number of pixels
 * @returns [rows * columns, 16], 0..1
 * @throws ShapeMismatch
 */
export function matteTokens({ width, height, values }: Plane, { rows, columns }: Grid): Float32Array {
  const [across, down] = [width / (columns * MATTE_CELLS), height / (rows * MATTE_CELLS)]
  if (!Number.isInteger(across) || !Number.isInteger(down)) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `A matte of ${width} x ${height} pixels cannot be cut into ${columns} x ${rows} tokens.`,
      'This is a defect; please report it.',
    )
  }
  const tokens = new Float32Array(rows * columns * MATTE_VALUES)
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / down)
    for (let x = 0; x < width; x++) {
      const column = Math.floor(x / across)
      const token = Math.floor(row / MATTE_CELLS) * columns + Math.floor(column / MATTE_CELLS)
      const at = token * MATTE_VALUES + (row % MATTE_CELLS) * MATTE_CELLS + (column % MATTE_CELLS)
      tokens[at] = tokens[at]! + values[y * width + x]! / (across * down)
    }
  }
  return tokens
}
