import type { RgbaImage } from '../image/rgba-image'

export type Colour = readonly [number, number, number]

/** Colours nearer to one another than this (Euclidean, levels of 255) count as one. */
const SAME = 20

const ROUNDS = 6

/** Most levels by which a pixel that is not on an edge differs from its four neighbours. */
const CALM = 10

/** Levels a channel is counted in: finer makes no visible difference to a palette. */
const BITS = 5

interface Bin {
  readonly colour: Colour
  readonly count: number
}

/**
 * A palette of at most `most` colours by k-means, the commonest first. It begins with colours that are both common and
 * far from
 * those taken before, and only looks at pixels that are like their neighbours: mixed colours along edges are no colours
 * of
 * the drawing. No chance is involved: the same pixels give the same palette.
 */
export function quantise(layer: RgbaImage, most: number): readonly Colour[] {
  const bins = histogram(layer)
  let palette = seeds(bins, most)
  for (let round = 0; round < ROUNDS && palette.length > 0; round++) palette = means(bins, palette)
  const common = palette.map(() => 0)
  for (const { colour, count } of bins) common[nearest(palette, colour, 0)]! += count
  return palette
    .map(([r, g, b], i): readonly [Colour, number] => [[Math.round(r), Math.round(g), Math.round(b)], common[i]!])
    .sort((a, b) => b[1] - a[1])
    .map(([colour]) => colour)
}

/**
 * How much of each colour of the palette is in each pixel, 0..1, one plane [H, W] a colour, adding up to 1 wherever
 * there is any
 * alpha. A pixel between two colours of its neighbourhood is part one, part the other, as anti-aliasing made it.
 */
export function membership({ width, height, data }: RgbaImage, palette: readonly Colour[]): Float32Array[] {
  const planes = palette.map(() => new Float32Array(width * height))
  if (planes.length === 0) return planes
  const labels = new Int16Array(width * height).fill(-1)
  for (let i = 0; i < labels.length; i++) if (data[4 * i + 3]! > 0) labels[i] = nearest(palette, data, 4 * i)
  const around: number[] = []
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      if (labels[at]! < 0) continue
      around.length = 0
      for (let v = Math.max(0, y - 2); v <= Math.min(height - 1, y + 2); v++) {
        for (let u = Math.max(0, x - 2); u <= Math.min(width - 1, x + 2); u++) {
          const label = labels[v * width + u]!
          if (label >= 0 && !around.includes(label)) around.push(label)
        }
      }
      const [a, b, share] = mixture(around, palette, data, 4 * at)
      planes[a]![at]! += 1 - share
      planes[b]![at]! += share
    }
  }
  return planes
}

/** The pair of colours that comes nearest to the sample when mixed, and the share of the second. */
function mixture(
  kinds: readonly number[],
  palette: readonly Colour[],
  data: ArrayLike<number>,
  at: number,
): readonly [number, number, number] {
  const sample: Colour = [data[at]!, data[at + 1]!, data[at + 2]!]
  let best: readonly [number, number, number] = [kinds[0]!, kinds[0]!, 0]
  let least = squaredDistance(sample, palette[kinds[0]!]!)
  for (let i = 0; i < kinds.length; i++) {
    for (let j = i + 1; j < kinds.length; j++) {
      const a = palette[kinds[i]!]!
      const b = palette[kinds[j]!]!
      const along =
        (sample[0] - a[0]) * (b[0] - a[0]) + (sample[1] - a[1]) * (b[1] - a[1]) + (sample[2] - a[2]) * (b[2] - a[2])
      const share = Math.min(1, Math.max(0, along / Math.max(1, squaredDistance(a, b))))
      const mixed: Colour = [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1]), a[2] + share * (b[2] - a[2])]
      const error = squaredDistance(sample, mixed)
      if (error < least) {
        least = error
        best = [kinds[i]!, kinds[j]!, share]
      }
    }
  }
  return best
}

/** Index of the palette's colour that is nearest to the sample at `at`. */
function nearest(palette: readonly Colour[], data: ArrayLike<number>, at: number): number {
  let best = 0
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < palette.length; i++) {
    const [r, g, b] = palette[i]!
    const distance = (data[at]! - r) ** 2 + (data[at + 1]! - g) ** 2 + (data[at + 2]! - b) ** 2
    if (distance < least) {
      least = distance
      best = i
    }
  }
  return best
}

function histogram(layer: RgbaImage): readonly Bin[] {
  const calm = collect(layer, true)
  // A drawing of hairlines has no calm pixel.
  return calm.length > 0 ? calm : collect(layer, false)
}

function collect({ width, height, data }: RgbaImage, calmOnly: boolean): readonly Bin[] {
  const sums = new Map<number, [number, number, number, number]>()
  const shift = 8 - BITS
  const differs = (at: number, other: number): boolean =>
    data[other + 3]! < 255 || [0, 1, 2].some((c) => Math.abs(data[at + c]! - data[other + c]!) > CALM)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 4 * (y * width + x)
      if (data[at + 3]! < 128) continue
      if (
        calmOnly &&
        (differs(at, at + (x < width - 1 ? 4 : 0)) ||
          differs(at, at - (x > 0 ? 4 : 0)) ||
          differs(at, at + (y < height - 1 ? 4 * width : 0)) ||
          differs(at, at - (y > 0 ? 4 * width : 0)))
      )
        continue
      const key = ((data[at]! >> shift) << (2 * BITS)) | ((data[at + 1]! >> shift) << BITS) | (data[at + 2]! >> shift)
      let sum = sums.get(key)
      if (!sum) sums.set(key, (sum = [0, 0, 0, 0]))
      for (let c = 0; c < 3; c++) sum[c]! += data[at + c]!
      sum[3]++
    }
  }
  return [...sums.values()].map(([r, g, b, count]) => ({ colour: [r / count, g / count, b / count], count }))
}

function seeds(bins: readonly Bin[], most: number): readonly Colour[] {
  const chosen: Colour[] = []
  const gap = bins.map(() => Number.POSITIVE_INFINITY)
  while (chosen.length < most) {
    let best = -1
    let weight = 0
    bins.forEach(({ count }, i) => {
      // The first colour is the most common one; after it distance counts as well.
      const score = count * (chosen.length === 0 ? 1 : gap[i]!)
      if (score > weight && gap[i]! > SAME ** 2) {
        weight = score
        best = i
      }
    })
    if (best < 0) break
    const colour = bins[best]!.colour
    chosen.push(colour)
    bins.forEach((bin, i) => {
      gap[i] = Math.min(gap[i]!, squaredDistance(bin.colour, colour))
    })
  }
  return chosen
}

function means(bins: readonly Bin[], palette: readonly Colour[]): readonly Colour[] {
  const sums = palette.map((): [number, number, number, number] => [0, 0, 0, 0])
  for (const { colour, count } of bins) {
    const sum = sums[nearest(palette, colour, 0)]!
    for (let c = 0; c < 3; c++) sum[c]! += count * colour[c]!
    sum[3] += count
  }
  return sums.flatMap(([r, g, b, count]): Colour[] => (count === 0 ? [] : [[r / count, g / count, b / count]]))
}

function squaredDistance(a: Colour, b: Colour): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2
}
