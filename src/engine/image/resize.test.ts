import { describe, expect, it } from 'vitest'
import { resize } from './resize'
import { rgbaImage, type RgbaImage } from './rgba-image'
import { fromTensor, toTensor } from './tensor-image'

function paint(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number, number],
): RgbaImage {
  const image = rgbaImage(width, height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) image.data.set(colour(x, y), (y * width + x) * 4)
  return image
}

const pixel = (image: RgbaImage, x: number, y: number) => [
  ...image.data.subarray((y * image.width + x) * 4, (y * image.width + x) * 4 + 4),
]

describe('resize', () => {
  it('averages areas exactly, also when pixels are cut', () => {
    const columns = paint(3, 1, (x) => [x * 90, 0, 0, 255])
    // Two outputs of 1.5 pixels: (0 + 90 / 2) / 1.5 and (90 / 2 + 180) / 1.5.
    expect(pixel(resize(columns, 2, 1), 0, 0)).toEqual([30, 0, 0, 255])
    expect(pixel(resize(columns, 2, 1), 1, 0)).toEqual([150, 0, 0, 255])
  })

  it('keeps a flat colour flat in both directions', () => {
    const flat = paint(7, 5, () => [12, 130, 251, 255])
    for (const [w, h] of [
      [3, 2],
      [29, 31],
      [7, 2],
      [3, 20],
    ] as const) {
      const result = resize(flat, w, h)
      expect(result.data).toEqual(paint(w, h, () => [12, 130, 251, 255]).data)
    }
  })

  it('does not let the hidden colour of transparent pixels bleed', () => {
    const half = paint(8, 8, (x) => (x < 4 ? [200, 100, 50, 255] : [0, 255, 0, 0]))
    for (const result of [resize(half, 3, 3), resize(half, 21, 21)]) {
      for (let i = 0; i < result.data.length; i += 4) {
        if (result.data[i + 3]! < 16) continue
        expect(Math.abs(result.data[i]! - 200)).toBeLessThanOrEqual(4)
        expect(Math.abs(result.data[i + 1]! - 100)).toBeLessThanOrEqual(4)
      }
    }
  })

  it('enlarges a smooth picture closely', () => {
    const wave = (x: number, w: number) => 128 + 100 * Math.sin((2 * Math.PI * (x + 0.5)) / w)
    const big = resize(
      paint(24, 24, (x) => [wave(x, 24), 0, 0, 255]),
      96,
      96,
    )
    for (let x = 16; x < 80; x++) expect(Math.abs(pixel(big, x, 40)[0]! - wave(x, 96))).toBeLessThan(2)
  })

  it('returns a copy when nothing changes', () => {
    const image = paint(4, 4, (x, y) => [x, y, 3, x * 60])
    const same = resize(image, 4, 4)
    expect(same.data).toEqual(image.data)
    expect(same.data).not.toBe(image.data)
  })
})

describe('toTensor and fromTensor', () => {
  it('keeps 8-bit samples through a round trip', () => {
    const image = paint(16, 16, (x, y) => [x * 17, y * 17, (x * y) % 256, 255])
    const planes = toTensor(image, 16, 16)
    expect(planes.dims).toEqual([3, 16, 16])
    expect(planes.data[5]).toBeCloseTo((5 * 17) / 255, 6)
    expect(fromTensor(planes).data).toEqual(image.data)
  })

  it('shows transparent parts over white and clamps', () => {
    const clear = paint(2, 2, () => [10, 20, 30, 0])
    expect([...toTensor(clear, 2, 2).data]).toEqual(new Array(12).fill(1))
    const wild = { dims: [3, 1, 1], data: new Float32Array([-0.4, 0.5, 7]) }
    expect([...fromTensor(wild).data]).toEqual([0, 128, 255, 255])
  })

  it('refuses other shapes', () => {
    expect(() => fromTensor({ dims: [1, 2, 2], data: new Float32Array(4) })).toThrowError(
      expect.objectContaining({ name: 'ShapeMismatch' }),
    )
  })
})
