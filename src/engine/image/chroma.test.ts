import { expect, test } from 'vitest'
import { gaussian } from '../core/random'
import { smoothChroma } from './chroma'
import { rgbaImage, type RgbaImage } from './rgba-image'

const BT601 = { red: 0.299, blue: 0.114 }

interface Planes {
  readonly width: number
  readonly height: number
  readonly luma: (x: number, y: number) => number
  /** At half the size. */
  readonly u: (x: number, y: number) => number
  readonly v: (x: number, y: number) => number
}

/** @param enlarge a chroma plane's value at a pixel */
function picture(
  { width, height, luma, u, v }: Planes,
  enlarge: (plane: (x: number, y: number) => number, x: number, y: number) => number,
): RgbaImage {
  const image = rgbaImage(width, height)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [l, cb, cr] = [luma(x, y), enlarge(u, x, y), enlarge(v, x, y)]
      image.data.set([l + 1.402 * cr, l - 0.344136 * cb - 0.714136 * cr, l + 1.772 * cb, 255], 4 * (y * width + x))
    }
  return image
}
const repeated = (plane: (x: number, y: number) => number, x: number, y: number): number => plane(x >> 1, y >> 1)
/** Samples lie in the middle of their four pixels. */
const linear =
  (columns: number, rows: number) =>
  (plane: (x: number, y: number) => number, x: number, y: number): number => {
    const [left, top] = [Math.floor(x / 2 - 0.25), Math.floor(y / 2 - 0.25)]
    const [fx, fy] = [x / 2 - 0.25 - left, y / 2 - 0.25 - top]
    const at = (i: number, j: number): number =>
      plane(Math.min(columns - 1, Math.max(0, i)), Math.min(rows - 1, Math.max(0, j)))
    return (
      (1 - fy) * ((1 - fx) * at(left, top) + fx * at(left + 1, top)) +
      fy * ((1 - fx) * at(left, top + 1) + fx * at(left + 1, top + 1))
    )
  }

/** Noise of this deviation; of 100 and more many samples are cut at 0 and 255. */
function planes(width: number, height: number, lumaDeviation: number, chromaDeviation: number): Planes {
  const [l, u, v] = [1, 2, 3].map((seed) => gaussian(seed, width * height)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  return {
    width,
    height,
    luma: (x, y) => Math.min(255, Math.max(0, 128 + lumaDeviation * l[y * width + x]!)),
    u: (x, y) => chromaDeviation * u[y * width + x]!,
    v: (x, y) => chromaDeviation * v[y * width + x]!,
  }
}
const worst = (a: RgbaImage, b: RgbaImage): number =>
  a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0)

test.each([
  [16, 12],
  [15, 11],
  [1, 1],
])('chroma that was repeated becomes linear, %i x %i', (width, height) => {
  const made = planes(width, height, 20, 15)
  const image = picture(made, repeated)
  expect(smoothChroma(image, BT601)).toBe(true)
  expect(worst(image, picture(made, linear((width + 1) >> 1, (height + 1) >> 1)))).toBeLessThanOrEqual(2)
})

test('saturated colours, one channel of which was cut, lose nothing', () => {
  // Pure red beside pure blue: two of three channels are at their ends.
  const made: Planes = {
    width: 8,
    height: 8,
    luma: (x) => (x < 4 ? 76 : 29),
    u: (x) => (x < 2 ? -43 : 127.5),
    v: (x) => (x < 2 ? 127.5 : -21),
  }
  const image = picture(made, repeated)
  expect(smoothChroma(image, BT601)).toBe(true)
  const right = picture(made, linear(4, 4))
  expect(worst(image, right)).toBeLessThanOrEqual(3)
})

test('a picture with chroma of its own for each pixel is left as it is', () => {
  const made = planes(32, 32, 20, 15)
  const image = picture(made, (plane, x, y) => plane(x, y))
  const before = image.data.slice()
  expect(smoothChroma(image, BT601)).toBe(false)
  expect(image.data).toEqual(before)
})
