import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import type { Matte } from '../../image/matte'
import { all, windowMatte } from '../../image/window'
import { matteTokens, MATTE_CELLS, MATTE_VALUES } from '../codec'

/** Rows and columns of tokens over the photo, whatever its shape. */
export const LAYOUT_GRID = 12

/**
 * The photo as the layout transformer sees it: the matte network's features of every cell | the matte's 4 x 4 values
 * there |
 * log(width / height).
 * @param features [144, n]
 * @param matte the subject's, at any size; all 0 where there is none
 * @param aspect the photo's width / height
 * @returns [1, 144, n + 17]
 */
export function layoutTokens(features: Tensor, matte: Matte, aspect: number): Tensor {
  const cells = LAYOUT_GRID * LAYOUT_GRID
  const [rows, values] = features.dims
  if (features.dims.length !== 2 || rows !== cells || values === undefined) {
    throw new PhotodoodleError(
      'ShapeMismatch',
      `The photo's features are [${features.dims.join(', ')}] where [${cells}, n] are needed.`,
      'This is a defect; please report it.',
    )
  }
  const width = values + MATTE_VALUES + 1
  const tokens = tensor([1, cells, width])
  const side = LAYOUT_GRID * MATTE_CELLS
  const subject = matteTokens(windowMatte(matte, all(matte), { width: side, height: side }), {
    rows: LAYOUT_GRID,
    columns: LAYOUT_GRID,
  })
  for (let cell = 0; cell < cells; cell++) {
    tokens.data.set(features.data.subarray(cell * values, (cell + 1) * values), cell * width)
    tokens.data.set(subject.subarray(cell * MATTE_VALUES, (cell + 1) * MATTE_VALUES), cell * width + values)
    tokens.data[(cell + 1) * width - 1] = Math.log(aspect)
  }
  return tokens
}
