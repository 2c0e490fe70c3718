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
 */
function taps(from: number, to: number, kernel: Kernel, span: Span): Taps {
  const scale = span.length / to
  // An area may be cut by the grid at both of its ends.
  const stride = kernel === 'area' ? Math.ceil(scale) + 2 : 2 * RADIUS[kernel] + 1
  const starts = new Int32Array(to)
  const lengths = new Int32Array(to)
  const weights = new Float32Array(to * stride)
  for (let i = 0; i < to; i++) {
    // Source samples sit at whole indices; pixel i of the output covers [low, high) of the source.
    const low = span.start + i * scale
    const high = span.start + (i + 1) * scale
    const centre = span.start + (i + 0.5) * scale - 0.5
    const first = kernel === 'area' ? Math.floor(low) : Math.ceil(centre - RADIUS[kernel])
    const last = kernel === 'area' ? Math.ceil(high - 1e-9) - 1 : Math.floor(centre + RADIUS[kernel])
    const start = Math.max(0, Math.min(from - 1, first))
    const end = Math.max(start, Math.min(from - 1, last))
    const run = weights.subarray(i * stride, i * stride + end - start + 1)
    let sum = 0
    for (let j = first; j <= last; j++) {
      const weight = kernel === 'area' ? Math.min(j + 1, high) - Math.max(j, low) : SHAPE[kernel](j - centre)
      // Beyond the border the edge sample repeats.
      const clamped = Math.max(start, Math.min(end, j)) - start
      run[clamped] = run[clamped]! + weight
      sum += weight
    }
    for (let j = 0; j < run.length; j++) run[j] = run[j]! / sum
    starts[i] = start
    lengths[i] = run.length
  }
  return { starts, lengths, weights, stride, same: from === to && span.start === 0 && span.length === from }
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
  /** Fills `row` [width * channels] with source row y. Called once for each needed row, in order. */
  readonly read: (y: number, row: Float32Array) => void
}

/**
 * Yields the toHeight finished rows [toWidth * channels] from top to bottom, to be read only until the next is asked
 * for. Holds only the source rows that the next output row needs, so a photo of 100 megapixels costs a few rows of
 * floats.
 */
export function* resampledRows(job: ResampleJob): Generator<Float32Array, void, undefined> {
  const { width, height, channels, toWidth, toHeight } = job
  const window = job.window ?? { left: 0, top: 0, width, height }
  const across = taps(width, toWidth, axisKernel(window.width, toWidth, job.up), {
    start: window.left,
    length: window.width,
  })
  const down = taps(height, toHeight, axisKernel(window.height, toHeight, job.up), {
    start: window.top,
    length: window.height,
  })
  const source = new Float32Array(width * channels)
  const output = new Float32Array(toWidth * channels)
  const held = new Map<number, Float32Array>()
  const spare: Float32Array[] = []

  const fetched = (y: number): Float32Array => {
    const row = spare.pop() ?? new Float32Array(toWidth * channels)
    job.read(y, across.same ? row : source)
    if (!across.same) gather(source, across, channels, row)
    return row
  }

  for (let y = 0; y < toHeight; y++) {
    const start = down.starts[y]!
    const length = down.lengths[y]!
    for (const [row, buffer] of held) {
      if (row >= start) continue
      held.delete(row)
      spare.push(buffer)
    }
    for (let j = 0; j < length; j++) {
      let row = held.get(start + j)
      if (!row) held.set(start + j, (row = fetched(start + j)))
      if (!down.same) accumulate(output, row, down.weights[y * down.stride + j]!, j === 0)
    }
    yield down.same ? held.get(start)! : output
  }
}

// Loops that are run per sample stand in functions of their own: engines make those fast first.

/** One row of the output's width from one of the source's. */
function gather(source: Float32Array, taps: Taps, channels: number, row: Float32Array): void {
  if (channels === 1) gatherOne(source, taps, row)
  else if (channels === 3) gatherThree(source, taps, row)
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

/** output (+)= weight row */
function accumulate(output: Float32Array, row: Float32Array, weight: number, first: boolean): void {
  if (first) for (let i = 0; i < output.length; i++) output[i] = weight * row[i]!
  else for (let i = 0; i < output.length; i++) output[i] = output[i]! + weight * row[i]!
}
