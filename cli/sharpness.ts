import type { RgbaImage } from '../src/engine/image/rgba-image'
import type { ZoomPlan } from '../src/engine/pipelines/zoom-plan'
import { TOKEN_PIXELS } from '../src/engine/image/fit-size'

export interface Sharpness {
  /** Median width of edges from 10 to 90 % of their height, pixels; NaN without edges. */
  readonly edgeWidth: number
  readonly edges: number
  /** Mean squared difference of horizontal and vertical neighbours, square levels of luma. */
  readonly gradientEnergy: number
}

/** Every so many rows and columns are looked at. */
const STRIDE = 5

/** Least height of an edge, and what still counts as noise on its way up or down, in levels of luma. */
const LEAST_RISE = 40
const NOISE = 2

/** Rise distances (Marziliano et al. 2002 in spirit) along rows and columns of `picture`, where `inside` is at least half covered. */
export function sharpness(picture: RgbaImage, inside: RgbaImage): Sharpness {
  const { width, height, data } = picture
  const luma = (i: number): number => 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!
  const widths: number[] = []
  let energy = 0
  let pairs = 0
  const scan = (start: number, step: number, count: number): void => {
    let run: number[] = []
    for (let k = 0; k <= count; k++) {
      const i = start + k * step
      if (k < count && inside.data[4 * i + 3]! >= 128) {
        run.push(luma(i))
        continue
      }
      for (let j = 1; j < run.length; j++) energy += (run[j]! - run[j - 1]!) ** 2
      pairs += Math.max(0, run.length - 1)
      widths.push(...riseWidths(run))
      run = []
    }
  }
  for (let y = 0; y < height; y += STRIDE) scan(y * width, 1, width)
  for (let x = 0; x < width; x += STRIDE) scan(x, width, height)
  widths.sort((a, b) => a - b)
  return { edgeWidth: widths[widths.length >> 1] ?? Number.NaN, edges: widths.length, gradientEnergy: energy / Math.max(1, pairs) }
}

/** Widths, 10 to 90 %, of all stretches of a profile that rise or fall by enough without turning back. */
export function riseWidths(profile: readonly number[]): number[] {
  const widths: number[] = []
  let start = 0
  while (start < profile.length - 1) {
    const direction = Math.sign(profile[start + 1]! - profile[start]!)
    let end = start + 1
    // The furthest point so far; noise may step back a little from it.
    for (let k = end; direction !== 0 && k < profile.length; k++) {
      if ((profile[k]! - profile[end]!) * direction >= 0) end = k
      else if ((profile[end]! - profile[k]!) * direction > NOISE) break
    }
    const rise = profile[end]! - profile[start]!
    if (Math.abs(rise) >= LEAST_RISE) widths.push(crossing(profile, start, end, 0.9) - crossing(profile, start, end, 0.1))
    start = end
  }
  return widths
}

/** Where the profile between two points first passes this share of the way, between samples. */
function crossing(profile: readonly number[], start: number, end: number, share: number): number {
  const rise = profile[end]! - profile[start]!
  const level = profile[start]! + share * rise
  for (let k = start + 1; k <= end; k++) {
    if ((profile[k]! - level) * rise < 0) continue
    const step = profile[k]! - profile[k - 1]!
    return k - (step === 0 ? 0 : (profile[k]! - level) / step)
  }
  return end
}

export interface Seams {
  /** Mean difference across the crops' borders, over the mean difference of the eight lines of neighbours on either side. */
  readonly mean: number
  /** The same of the largest differences. */
  readonly largest: number
  /** Share of the {@link SEAM_LINES} lines (the borders' own and its neighbours, of all borders together) whose largest difference is at least the
   * borders': 1 / SEAM_LINES, the least there is, speaks for a seam, and comes by chance as often as it says. */
  readonly chance: number
}

/** Lines of pixels on either side of a border that it is compared with. */
const BESIDE = 8
export const SEAM_LINES = 2 * BESIDE + 1

/** How much the borders of the second pass's crops stand out in its doodle; 1 = not at all. Null when no border crosses it. */
export function seams(doodle: RgbaImage, { windows }: ZoomPlan): Seams | null {
  const lines = Array.from({ length: SEAM_LINES }, () => ({ sum: 0, count: 0, most: 0 }))
  const compare = (a: number, b: number, into: (typeof lines)[number]): void => {
    if (doodle.data[4 * a + 3] !== 255 || doodle.data[4 * b + 3] !== 255) return
    for (let c = 0; c < 3; c++) {
      const difference = Math.abs(doodle.data[4 * a + c]! - doodle.data[4 * b + c]!)
      into.sum += difference
      into.count++
      into.most = Math.max(into.most, difference)
    }
  }
  const { width, height } = doodle
  const look = (border: number, along: number, from: number, to: number, stride: number, step: number): void => {
    if (border <= 0 || border >= along) return
    for (let line = Math.max(1, border - BESIDE); line <= Math.min(along - 1, border + BESIDE); line++) {
      for (let k = from; k < to; k++) compare(line * stride + k * step, (line - 1) * stride + k * step, lines[line - border + BESIDE]!)
    }
  }
  for (const { row, column, rows, columns } of windows) {
    const [top, left, bottom, right] = [row, column, row + rows, column + columns].map((tokens) => tokens * TOKEN_PIXELS) as [number, number, number, number]
    for (const border of [top, bottom]) look(border, height, left, right, width, 1)
    for (const border of [left, right]) look(border, width, top, bottom, 1, width)
  }
  const across = lines[BESIDE]!
  const beside = lines.filter((line) => line !== across)
  const total = (of: (line: (typeof lines)[number]) => number): number => beside.reduce((sum, line) => sum + of(line), 0)
  const mean = total(({ sum }) => sum) / total(({ count }) => count)
  if (across.count === 0 || !(mean > 0)) return null
  return {
    mean: across.sum / across.count / mean,
    largest: across.most / Math.max(...beside.map(({ most }) => most)),
    chance: lines.filter(({ most }) => most >= across.most).length / lines.length
  }
}
