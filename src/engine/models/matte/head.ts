import { tensor, type Tensor } from '../../core/tensor'
import type { Matte, PlaneSize } from '../../image/mask'
import type { PixelBox } from '../../image/place'
import { all, windowMatte } from '../../image/window'

/** In pixels of a plane over the photo, ears included. The crown's point is where a hat's brim has its middle. */
export interface Head {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  readonly crownX: number
  readonly crownY: number
}

const CELLS = 12
/** A logit; offsets of left, top, right, bottom and of the crown's x, y from the cell's middle. */
const OUTPUTS = 7
/** Unit of the offsets, in shares of the photo's sides. */
const REACH = 0.2
/** Weight of a cell without any subject beside one that it fills. */
const NOT_SUBJECT = 0.02
/** Weight of the cells whose crown is within half a head of the mean's. */
const LEAST_AGREED = 0.5
const NEAR = 0.25

/**
 * The head of the matte's subject: the mean of what the cells of the photo take for it; undefined where they do not
 * agree. The same as training/model/heads.py.
 * @param cells [144, 7] of the matte network
 * @param matte all 0 without a subject
 * @param size of the plane
 */
export function foundHead({ data }: Tensor, matte: Matte, size: PlaneSize): Head | undefined {
  const covered = windowMatte(matte, all(matte), { width: CELLS, height: CELLS }).values
  const logits = Array.from(covered, (share, cell) => data[cell * OUTPUTS]! + Math.log(share + NOT_SUBJECT))
  const most = Math.max(...logits)
  const raised = logits.map((logit) => Math.exp(logit - most))
  const total = raised.reduce((sum, value) => sum + value, 0)
  const answer = answersOf(data, size)
  const mean = (at: number): number => raised.reduce((sum, weight, cell) => sum + weight * answer(cell, at), 0) / total
  const [left, top, right, bottom, crownX, crownY] = [mean(0), mean(1), mean(2), mean(3), mean(4), mean(5)]
  if (!(right > left && bottom > top)) return undefined
  const head = { left, top, right, bottom, crownX, crownY }
  const agreed = raised.reduce((sum, weight, cell) => (means(head, answer, cell) ? sum + weight : sum), 0)
  return agreed < LEAST_AGREED * total ? undefined : head
}

/** Of a cell, along x for even numbers and along y for odd ones, in shares of the photo. */
const middleOf = (cell: number, at: number): number =>
  ((at % 2 === 0 ? cell % CELLS : Math.floor(cell / CELLS)) + 0.5) / CELLS

type Answer = (cell: number, at: number) => number

/** What a cell takes for the head: its left, top, right, bottom, and the crown's x, y, in pixels of the plane. */
function answersOf(data: Float32Array, { width, height }: PlaneSize): Answer {
  return (cell, at) => {
    return (middleOf(cell, at) + REACH * data[cell * OUTPUTS + 1 + at]!) * (at % 2 === 0 ? width : height)
  }
}

/** Has the cell this head in mind: is its crown within half a head? */
function means({ left, top, right, bottom, crownX, crownY }: Head, answer: Answer, cell: number): boolean {
  const [x, y] = [(answer(cell, 4) - crownX) / (right - left), (answer(cell, 5) - crownY) / (bottom - top)]
  return x * x + y * y < NEAR
}

/** Side of a nearer look in heads, where that is less than this share of the photo's longer side. */
const LOOK = 3.5
const WORTH = 0.9
const LEAST_LOOK = 40

/** The square about a head, inside the photo; undefined where it would show little more than the photo does. */
export function lookAt({ left, top, right, bottom }: Head, { width, height }: PlaneSize): PixelBox | undefined {
  const wished = LOOK * Math.sqrt((right - left) * (bottom - top))
  const side = Math.trunc(Math.min(wished, width, height))
  if (side < LEAST_LOOK || side > WORTH * Math.max(width, height)) return undefined
  const start = (middle: number, length: number): number =>
    Math.trunc(Math.min(length - side, Math.max(0, middle - side / 2)))
  return { left: start((left + right) / 2, width), top: start((top + bottom) / 2, height), width: side, height: side }
}

/** A head of a look, in pixels of the photo. */
export function moved({ left, top, right, bottom, crownX, crownY }: Head, box: PixelBox): Head {
  const [x, y] = [box.left, box.top]
  return { left: left + x, top: top + y, right: right + x, bottom: bottom + y, crownX: crownX + x, crownY: crownY + y }
}

/** Cells that had the first head in mind say the second, both in pixels of the photo. */
export function retold(heads: Tensor, first: Head, second: Head, photo: PlaneSize): Tensor {
  const told = tensor([...heads.dims], heads.data.slice())
  const answer = answersOf(heads.data, photo)
  const values = [second.left, second.top, second.right, second.bottom, second.crownX, second.crownY] as const
  for (let cell = 0; cell < CELLS * CELLS; cell++) {
    if (!means(first, answer, cell)) continue
    for (const [at, value] of values.entries()) {
      const share = value / (at % 2 === 0 ? photo.width : photo.height)
      told.data[cell * OUTPUTS + 1 + at] = (share - middleOf(cell, at)) / REACH
    }
  }
  return told
}
