/** Where a token stands: `ids` [count, 3] row-major, one (index, row, column) a token. */
export type PositionIds = Float64Array

export interface Grid {
  readonly rows: number
  readonly columns: number
}

/** (0, row, column) of every token of a picture, row by row. */
export function gridIds({ rows, columns }: Grid): PositionIds {
  const ids = new Float64Array(rows * columns * 3)
  for (let token = 0; token < rows * columns; token++) {
    ids[3 * token + 1] = Math.floor(token / columns)
    ids[3 * token + 2] = token % columns
  }
  return ids
}

/**
 * Ids of the whole sequence [text; noisy; source].
 *
 * Text tokens are all zero. The source's tokens carry the very ids of the noisy ones (position-encoding cloning,
 * PhotoDoodle section 3.2): that is how the network knows which source patch belongs under which noisy patch.
 */
export function sequenceIds(textLength: number, grid: Grid): PositionIds {
  const picture = gridIds(grid)
  const ids = new Float64Array(3 * textLength + 2 * picture.length)
  ids.set(picture, 3 * textLength)
  ids.set(picture, 3 * textLength + picture.length)
  return ids
}
