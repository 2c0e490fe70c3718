import { tensor, type Tensor } from '../../core/tensor'

/**
 * Largest side, in pixels, that an autoencoder sees at once; larger pictures go through in overlapping squares whose
 * seams are
 * blended. Memory then no longer grows with the picture (at 1024 pixels AutoencoderKL's attention alone takes 1 GiB),
 * at the price
 * that group norms and attention see one tile instead of the whole.
 */
export interface Tiling {
  readonly side: number
  /**
   * Pixels that neighbours share at least; the outer quarter on either side of a tile is discarded, the middle blended.
   */
  readonly overlap: number
}

/** Share of an overlap, at a tile's edge, that convolutions have read beyond: thrown away. */
const DISCARDED = 0.25

interface Span {
  readonly start: number
  /** Weight of each place; those of all spans add up to 1 everywhere. */
  readonly weights: Float32Array
}

/**
 * `run` over overlapping tiles, blended.
 * @param input [C, H, W]
 * @param tile largest side of a tile, and `overlap` of neighbours, in the input's units; multiples of `align`
 * @param scale output places for one input place, or its reciprocal
 * @param align tiles start at multiples of it
 * @returns [channels, H * scale, W * scale]
 */
export async function inTiles(
  input: Tensor,
  { tile, overlap, scale, align }: { tile: number; overlap: number; scale: number; align: number },
  run: (part: Tensor) => Promise<Tensor>,
): Promise<Tensor> {
  const [, height, width] = input.dims as [number, number, number]
  const rows = spans(height, tile, overlap, scale, align)
  const columns = spans(width, tile, overlap, scale, align)
  let output: Tensor | undefined
  for (const row of rows) {
    for (const column of columns) {
      const part = await run(crop(input, row.start, column.start, Math.min(tile, height), Math.min(tile, width)))
      output ??= tensor([part.dims[0]!, height * scale, width * scale])
      addWeighted(output, part, row, column, scale)
    }
  }
  return output!
}

/** Tiles along one side, evenly spread; the overlap is at least what was asked for. */
function spans(size: number, tile: number, overlap: number, scale: number, align: number): readonly Span[] {
  if (size <= tile) return [{ start: 0, weights: new Float32Array(size * scale).fill(1) }]
  const count = Math.ceil((size - overlap) / (tile - overlap))
  const starts = Array.from({ length: count }, (_, i) => align * Math.round((i * (size - tile)) / (count - 1) / align))
  const ramp = (distance: number): number =>
    Math.min(1, Math.max(0, (distance - DISCARDED * overlap) / ((1 - 2 * DISCARDED) * overlap)))
  const raw = starts.map((start) =>
    Float32Array.from({ length: tile * scale }, (_, i) => {
      const place = (i + 0.5) / scale
      const fromLeft = start === 0 ? 1 : ramp(place)
      const fromRight = start + tile === size ? 1 : ramp(tile - place)
      return Math.min(fromLeft, fromRight)
    }),
  )
  const total = new Float32Array(size * scale)
  raw.forEach((weights, i) =>
    weights.forEach((weight, at) => {
      total[starts[i]! * scale + at]! += weight
    }),
  )
  return raw.map((weights, i) => ({
    start: starts[i]!,
    weights: weights.map((weight, at) => weight / total[starts[i]! * scale + at]!),
  }))
}

function crop({ dims, data }: Tensor, top: number, left: number, rows: number, columns: number): Tensor {
  const [channels, height, width] = dims as [number, number, number]
  const part = tensor([channels, rows, columns])
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      const from = (c * height + top + y) * width + left
      part.data.set(data.subarray(from, from + columns), (c * rows + y) * columns)
    }
  }
  return part
}

function addWeighted(output: Tensor, part: Tensor, row: Span, column: Span, scale: number): void {
  const [channels, height, width] = output.dims as [number, number, number]
  const [, rows, columns] = part.dims as [number, number, number]
  const top = row.start * scale
  const left = column.start * scale
  for (let c = 0; c < channels; c++) {
    for (let y = 0; y < rows; y++) {
      const to = (c * height + top + y) * width + left
      const from = (c * rows + y) * columns
      for (let x = 0; x < columns; x++)
        output.data[to + x]! += row.weights[y]! * column.weights[x]! * part.data[from + x]!
    }
  }
}
