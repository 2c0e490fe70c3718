/**
 * Separable resampling of interleaved float rows. One engine for pictures, layers and single planes: the caller says
 * how a source row becomes floats and takes the finished rows one by one.
 */

/**
 * For each output position the run of source samples that make it: where it begins, how long it is, and its weights
 * (sum 1).
 */
interface Taps {
  readonly starts: Int32Array
  readonly lengths: Int32Array
  /** Those of position i begin at i * stride. */
  readonly weights: Float32Array
  readonly stride: number
  /** Every position is the sample of the same number. */
  readonly same: boolean
}

/** Part of an axis, in samples; it need not begin or end at a whole one. */
interface Span {
  readonly start: number
  readonly length: number
}

/** `area`: exact box coverage, for shrinking. `lanczos`: Lanczos-3, `catmullRom`, `linear`: for enlarging. */
type Kernel = 'area' | 'lanczos' | 'catmullRom' | 'linear'

const RADIUS: Record<Exclude<Kernel, 'area'>, number> = { lanczos: 3, catmullRom: 2, linear: 1 }

function lanczos3(x: number): number {
  if (x === 0) return 1
  if (Math.abs(x) >= 3) return 0
  const px = Math.PI * x
  return (3 * Math.sin(px) * Math.sin(px / 3)) / (px * px)
}

/** Keys cubic with a = -1/2 (Keys 1981). */
function catmullRom(x: number): number {
  const t = Math.abs(x)
  if (t < 1) return 1 + t * t * (1.5 * t - 2.5)
  if (t < 2) return 2 + t * (-4 + t * (2.5 - 0.5 * t))
  return 0
}

function linear(x: number): number {
  return Math.max(0, 1 - Math.abs(x))
}

const SHAPE = { lanczos: lanczos3, catmullRom, linear } as const

/**
 * @param span the part of the source that becomes the output; it may reach beyond the source, whose edge sample then
 * repeats
 * @param wanted the output positions to find them for; they are counted from its start
 */
function taps(from: number, to: number, kernel: Kernel, span: Span, wanted: Span): Taps {
  const scale = span.length / to
  // An area may be cut by the grid at both of its ends.
  const stride = kernel === 'area' ? Math.ceil(scale) + 2 : 2 * RADIUS[kernel] + 1
  const starts = new Int32Array(wanted.length)
  const lengths = new Int32Array(wanted.length)
  const weights = new Float32Array(wanted.length * stride)
  for (let k = 0, i = wanted.start; k < wanted.length; k++, i++) {
    // Source samples sit at whole indices; pixel i of the output covers [low, high) of the source.
    const low = span.start + i * scale
    const high = span.start + (i + 1) * scale
    const centre = span.start + (i + 0.5) * scale - 0.5
    const first = kernel === 'area' ? Math.floor(low) : Math.ceil(centre - RADIUS[kernel])
    const last = kernel === 'area' ? Math.ceil(high - 1e-9) - 1 : Math.floor(centre + RADIUS[kernel])
    const start = Math.max(0, Math.min(from - 1, first))
    const end = Math.max(start, Math.min(from - 1, last))
    const run = k * stride
    const length = end - start + 1
    let sum = 0
    for (let j = first; j <= last; j++) {
      const weight = kernel === 'area' ? Math.min(j + 1, high) - Math.max(j, low) : SHAPE[kernel](j - centre)
      // Beyond the border the edge sample repeats.
      const at = run + Math.max(start, Math.min(end, j)) - start
      weights[at] = weights[at]! + weight
      sum += weight
    }
    for (let at = run; at < run + length; at++) weights[at] = weights[at]! / sum
    starts[k] = start
    lengths[k] = length
  }
  const same = from === to && span.start === 0 && span.length === from && wanted.length === to
  return { starts, lengths, weights, stride, same }
}

/** Area when an axis shrinks or stays, the given kernel when it grows. */
function axisKernel(from: number, to: number, up: Exclude<Kernel, 'area'>): Kernel {
  return to > from ? up : 'area'
}

interface ResampleJob {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly toWidth: number
  readonly toHeight: number
  /**
   * The part of the source to take, in its pixels; default all. It may reach beyond the source, whose border then
   * repeats.
   */
  readonly window?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
  readonly up: Exclude<Kernel, 'area'>
  /** The part of the output to make, in its pixels; default all. The samples are the same as when all of it is made. */
  readonly part?: { readonly left: number; readonly top: number; readonly width: number; readonly height: number }
  /**
   * Fills `row` [width * channels] with source row y, at least the pixels from `from` up to `to`. Called once for each
   * needed row, in order.
   */
  readonly read: (y: number, row: Float32Array, from: number, to: number) => void
}

/**
 * Yields the finished rows [part.width * channels] from top to bottom, to be read only until the next is asked
 * for. Holds only the source rows that the next output row needs, so a photo of 100 megapixels costs a few rows of
 * floats.
 */
export function* resampledRows(job: ResampleJob): Generator<Float32Array, void, undefined> {
  const { width, height, channels, toWidth, toHeight } = job
  const window = job.window ?? { left: 0, top: 0, width, height }
  const part = job.part ?? { left: 0, top: 0, width: toWidth, height: toHeight }
  const across = taps(
    width,
    toWidth,
    axisKernel(window.width, toWidth, job.up),
    { start: window.left, length: window.width },
    { start: part.left, length: part.width },
  )
  const down = taps(
    height,
    toHeight,
    axisKernel(window.height, toHeight, job.up),
    { start: window.top, length: window.height },
    { start: part.top, length: part.height },
  )
  const last = part.width - 1
  const [from, to] = [across.starts[0]!, across.starts[last]! + across.lengths[last]!]
  const source = new Float32Array(width * channels)
  const output = new Float32Array(part.width * channels)
  const held: { readonly y: number; readonly row: Float32Array }[] = []
  const spare: Float32Array[] = []

  const fetched = (y: number): Float32Array => {
    const row = spare.pop() ?? new Float32Array(part.width * channels)
    job.read(y, across.same ? row : source, from, to)
    if (!across.same) gather(source, across, channels, row)
    return row
  }

  for (let y = 0; y < part.height; y++) {
    const start = down.starts[y]!
    const length = down.lengths[y]!
    while (held.length > 0 && held[0]!.y < start) spare.push(held.shift()!.row)
    while (held.length < length) {
      const next = start + held.length
      held.push({ y: next, row: fetched(next) })
    }
    if (!down.same) blend(output, held, down.weights, y * down.stride, length)
    yield down.same ? held[0]!.row : output
  }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** One row of the output's width from one of the source's. */
function gather(source: Float32Array, taps: Taps, channels: number, row: Float32Array): void {
  if (channels === 1) gatherOne(source, taps, row)
  else if (channels === 2) gatherTwo(source, taps, row)
  else if (channels === 3) gatherThree(source, taps, row)
  else if (channels === 4) gatherFour(source, taps, row)
  else gatherAny(source, taps, channels, row)
}

function gatherOne(source: Float32Array, { starts, lengths, weights, stride }: Taps, row: Float32Array): void {
  for (let x = 0; x < starts.length; x++) {
    const first = x * stride
    const end = first + lengths[x]!
    let sum = 0
    for (let j = first, at = starts[x]!; j < end; j++, at++) sum += weights[j]! * source[at]!
    row[x] = sum
  }
}

function gatherTwo(source: Float32Array, { starts, lengths, weights, stride }: Taps, row: Float32Array): void {
  for (let x = 0, to = 0; x < starts.length; x++, to += 2) {
    const first = x * stride
    const end = first + lengths[x]!
    let a = 0
    let b = 0
    for (let j = first, at = 2 * starts[x]!; j < end; j++, at += 2) {
      const weight = weights[j]!
      a += weight * source[at]!
      b += weight * source[at + 1]!
    }
    row[to] = a
    row[to + 1] = b
  }
}

function gatherThree(source: Float32Array, { starts, lengths, weights, stride }: Taps, row: Float32Array): void {
  for (let x = 0, to = 0; x < starts.length; x++, to += 3) {
    const first = x * stride
    const end = first + lengths[x]!
    let a = 0
    let b = 0
    let c = 0
    for (let j = first, at = 3 * starts[x]!; j < end; j++, at += 3) {
      const weight = weights[j]!
      a += weight * source[at]!
      b += weight * source[at + 1]!
      c += weight * source[at + 2]!
    }
    row[to] = a
    row[to + 1] = b
    row[to + 2] = c
  }
}

function gatherFour(source: Float32Array, { starts, lengths, weights, stride }: Taps, row: Float32Array): void {
  for (let x = 0, to = 0; x < starts.length; x++, to += 4) {
    const first = x * stride
    const end = first + lengths[x]!
    let a = 0
    let b = 0
    let c = 0
    let d = 0
    for (let j = first, at = 4 * starts[x]!; j < end; j++, at += 4) {
      const weight = weights[j]!
      a += weight * source[at]!
      b += weight * source[at + 1]!
      c += weight * source[at + 2]!
      d += weight * source[at + 3]!
    }
    row[to] = a
    row[to + 1] = b
    row[to + 2] = c
    row[to + 3] = d
  }
}

function gatherAny(
  source: Float32Array,
  { starts, lengths, weights, stride }: Taps,
  channels: number,
  row: Float32Array,
): void {
  for (let x = 0, to = 0; x < starts.length; x++) {
    const first = x * stride
    const end = first + lengths[x]!
    for (let c = 0; c < channels; c++) {
      let sum = 0
      for (let j = first, at = starts[x]! * channels + c; j < end; j++, at += channels) sum += weights[j]! * source[at]!
      row[to++] = sum
    }
  }
}

/**
 * output = the weighted sum of the first `length` rows held. Sums are rounded to float32 after each row, so that how
 * many rows are added at once makes no difference.
 */
function blend(
  output: Float32Array,
  held: readonly { readonly row: Float32Array }[],
  weights: Float32Array,
  first: number,
  length: number,
): void {
  if (length === 1) scale(output, held[0]!.row, weights[first]!)
  else blendTwo(output, held[0]!.row, held[1]!.row, weights[first]!, weights[first + 1]!)
  let j = 2
  for (; j + 1 < length; j += 2)
    addTwo(output, held[j]!.row, held[j + 1]!.row, weights[first + j]!, weights[first + j + 1]!)
  if (j < length) add(output, held[j]!.row, weights[first + j]!)
}

function scale(output: Float32Array, row: Float32Array, weight: number): void {
  for (let i = 0; i < output.length; i++) output[i] = weight * row[i]!
}

function blendTwo(output: Float32Array, a: Float32Array, b: Float32Array, u: number, v: number): void {
  for (let i = 0; i < output.length; i++) output[i] = Math.fround(u * a[i]!) + v * b[i]!
}

function addTwo(output: Float32Array, a: Float32Array, b: Float32Array, u: number, v: number): void {
  for (let i = 0; i < output.length; i++) output[i] = Math.fround(output[i]! + u * a[i]!) + v * b[i]!
}

function add(output: Float32Array, row: Float32Array, weight: number): void {
  for (let i = 0; i < output.length; i++) output[i] = output[i]! + weight * row[i]!
}
