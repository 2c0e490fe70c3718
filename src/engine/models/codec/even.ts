import type { PlaneSize } from '../../image/mask'

/** What evening reaches, in pixels. */
const REACH = 6

/** Sum of the differences of red, green and blue (0..1) over a pixel that halves it. */
const TOLERANCE = 0.5

/** Sixteenths of alpha below this do not divide. */
const TINY = 16e-6

/** What a pixel takes of a neighbour that is just like it, or of which nothing is seen. */
const ALIKE = shareOf(0)

/**
 * Evens premultiplied pixels [height, width, 4], in place, where neighbours are alike: a recursive filter that edges
 * stop. A pixel counts by its alpha, so that what is hardly seen takes the colours beside it.
 * @param across, down [height, width], overwritten
 */
export function even(values: Float32Array, grid: PlaneSize, across: Float32Array, down: Float32Array): void {
  const { width, height } = grid
  // Shares come from the pixels as they were: the second pass must not see what the first has moved.
  shares(values, grid, across, down)
  for (let y = 0; y < height; y++) {
    carryRight(values, across, y * width, (y + 1) * width)
    carryLeft(values, across, y * width, (y + 1) * width)
    if (y > 0) carryRow(values, y * width, (y - 1) * width, down, y * width, width)
  }
  for (let y = height - 2; y >= 0; y--) carryRow(values, y * width, (y + 1) * width, down, (y + 1) * width, width)
}

/** What each pixel takes of the one to its left, and of the one above it: less where their colours differ. */
function shares(values: Float32Array, { width, height }: PlaneSize, across: Float32Array, down: Float32Array): void {
  across.fill(ALIKE)
  down.fill(ALIKE)
  const line = new Float32Array(4 * (width + 2))
  let seen = new Float32Array(4 * width)
  let above = new Float32Array(4 * width)
  for (let y = 0; y < height; y++) {
    const row = y * width
    const first = firstSeen(values, row, row + width) - row
    const end = endSeen(values, row + first, row + width) - row
    const rows = [Math.max(0, y - 1) * width, row, Math.min(height - 1, y + 1) * width]
    weighDown(values, rows, Math.max(0, first - 1), Math.min(width, end + 1), line)
    coloursAcross(line, values, row, first, end, seen)
    sharesAcross(values, row, Math.max(1, first), end, seen, across)
    if (y > 0) sharesDown(values, row, first, end, width, seen, above, down)
    const spare = above
    above = seen
    seen = spare
  }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** Number of the first pixel from `start` on with alpha; `end` without one. */
function firstSeen(values: Float32Array, start: number, end: number): number {
  let i = start
  while (i < end && values[4 * i + 3] === 0) i++
  return i
}

/** Number behind the last such pixel before `end`. */
function endSeen(values: Float32Array, start: number, end: number): number {
  let i = end
  while (i > start && values[4 * i - 1] === 0) i--
  return i
}

/** Pixels `first` to `end` of three rows weighed 1 2 1 downwards, as pixels 1 to width of a line; its ends repeated. */
function weighDown(
  values: Float32Array,
  [above, here, below]: readonly number[],
  first: number,
  end: number,
  line: Float32Array,
): void {
  const [a, b, c] = [4 * above!, 4 * here!, 4 * below!]
  for (let i = 4 * first; i < 4 * end; i++) line[i + 4] = values[a + i]! + 2 * values[b + i]! + values[c + i]!
  line.copyWithin(0, 4, 8)
  line.copyWithin(line.length - 4, line.length - 8)
}

/** Such a line weighed 1 2 1 across, as straight colours; of pixels without alpha they are not asked for. */
function coloursAcross(
  line: Float32Array,
  values: Float32Array,
  row: number,
  first: number,
  end: number,
  seen: Float32Array,
): void {
  for (let x = first, i = 4 * first; x < end; x++, i += 4) {
    if (values[4 * (row + x) + 3] === 0) continue
    const scale = 1 / Math.max(TINY, line[i + 3]! + 2 * line[i + 7]! + line[i + 11]!)
    seen[i] = (line[i]! + 2 * line[i + 4]! + line[i + 8]!) * scale
    seen[i + 1] = (line[i + 1]! + 2 * line[i + 5]! + line[i + 9]!) * scale
    seen[i + 2] = (line[i + 2]! + 2 * line[i + 6]! + line[i + 10]!) * scale
  }
}

function sharesAcross(
  values: Float32Array,
  row: number,
  first: number,
  end: number,
  seen: Float32Array,
  across: Float32Array,
): void {
  for (let x = first; x < end; x++) {
    const weight = Math.min(values[4 * (row + x) + 3]!, values[4 * (row + x) - 1]!)
    if (weight > 0) across[row + x] = shareOf(weight * difference(seen, 4 * x, seen, 4 * x - 4))
  }
}

function sharesDown(
  values: Float32Array,
  row: number,
  first: number,
  end: number,
  width: number,
  seen: Float32Array,
  above: Float32Array,
  down: Float32Array,
): void {
  for (let x = first; x < end; x++) {
    const weight = Math.min(values[4 * (row + x) + 3]!, values[4 * (row + x - width) + 3]!)
    if (weight > 0) down[row + x] = shareOf(weight * difference(seen, 4 * x, above, 4 * x))
  }
}

function difference(some: Float32Array, a: number, others: Float32Array, b: number): number {
  return (
    Math.abs(some[a]! - others[b]!) + Math.abs(some[a + 1]! - others[b + 1]!) + Math.abs(some[a + 2]! - others[b + 2]!)
  )
}

function shareOf(differs: number): number {
  const t = Math.SQRT2 / REACH + (Math.SQRT2 / TOLERANCE) * differs
  // Close to exp(-t).
  return 1 / (1 + t + (t * t) / 2)
}

/** Moves each pixel of a row towards the one before it. */
function carryRight(values: Float32Array, share: Float32Array, start: number, end: number): void {
  let r = values[4 * start]!
  let g = values[4 * start + 1]!
  let b = values[4 * start + 2]!
  let a = values[4 * start + 3]!
  for (let i = start + 1, at = 4 * i; i < end; i++, at += 4) {
    const part = 1 - share[i]!
    values[at] = r += part * (values[at]! - r)
    values[at + 1] = g += part * (values[at + 1]! - g)
    values[at + 2] = b += part * (values[at + 2]! - b)
    values[at + 3] = a += part * (values[at + 3]! - a)
  }
}

/** Moves each pixel of a row towards the one after it. */
function carryLeft(values: Float32Array, share: Float32Array, start: number, end: number): void {
  let at = 4 * (end - 1)
  let r = values[at]!
  let g = values[at + 1]!
  let b = values[at + 2]!
  let a = values[at + 3]!
  for (let i = end - 1; i > start; i--) {
    at -= 4
    const part = 1 - share[i]!
    values[at] = r += part * (values[at]! - r)
    values[at + 1] = g += part * (values[at + 1]! - g)
    values[at + 2] = b += part * (values[at + 2]! - b)
    values[at + 3] = a += part * (values[at + 3]! - a)
  }
}

/** Moves the pixels of a row towards those of another. @param first where the row's shares begin */
function carryRow(
  values: Float32Array,
  row: number,
  other: number,
  shares: Float32Array,
  first: number,
  width: number,
): void {
  for (let x = 0, to = 4 * row, from = 4 * other; x < width; x++, to += 4, from += 4) {
    const share = shares[first + x]!
    values[to]! += share * (values[from]! - values[to]!)
    values[to + 1]! += share * (values[from + 1]! - values[to + 1]!)
    values[to + 2]! += share * (values[from + 2]! - values[to + 2]!)
    values[to + 3]! += share * (values[from + 3]! - values[to + 3]!)
  }
}
