import { describe, expect, it } from 'vitest'
import { tensor, type Tensor } from '../../core/tensor'
import { crispAlpha, crispColours } from './crisp'

const [WIDTH, HEIGHT] = [48, 40]

/** A disc with a soft, slanted edge between two mottled colours. */
function disc(strength = 1): Tensor {
  const data = new Float32Array(WIDTH * HEIGHT * 5)
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at += 5) {
      const alpha = Math.min(1, Math.max(0, 4 - Math.hypot(x - 22, y - 20) / 4))
      const side = 1 / (1 + Math.exp(-(x - 20 + 0.3 * y) / 2))
      const red = 0.9 * side + 0.1 * (1 - side) + 0.04 * Math.sin(x * y)
      const colour = [red, 0.2 + 0.5 * (1 - side), 0.3 + 0.04 * Math.cos(x + 2 * y)]
      data.set(
        [...colour.map((value) => value * alpha), alpha, alpha / 2].map((value) => strength * value),
        at,
      )
    }
  }
  return tensor([HEIGHT, WIDTH, 5], data)
}

const pixel = ({ data }: Tensor, x: number, y: number) =>
  Array.from(data.subarray((y * WIDTH + x) * 5, (y * WIDTH + x) * 5 + 5))

const close = (found: readonly number[], wanted: readonly number[]) =>
  wanted.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4))

describe('crispColours', () => {
  it('sharpens edges between colours and evens areas, the same as in training', () => {
    const layer = crispColours(disc())
    // training/tests/test_core.py expects the same figures.
    close(pixel(layer, 10, 20), [0.28587, 0.58502, 0.29951])
    close(pixel(layer, 13, 20), [0.42764, 0.49864, 0.29982])
    close(pixel(layer, 15, 20), [0.61411, 0.37973, 0.29992])
    close(pixel(layer, 22, 8), [0.81136, 0.25546, 0.30061])
    close(pixel(layer, 26, 33), [0.5386, 0.12206, 0.17995])
  })

  it('leaves alpha and front, and what is not drawn', () => {
    const [before, after] = [disc(), crispColours(disc())]
    for (const [x, y] of [
      [15, 20],
      [33, 26],
      [0, 0],
    ] as const) {
      expect(pixel(after, x, y).slice(3)).toEqual(pixel(before, x, y).slice(3))
    }
    expect(pixel(after, 0, 0)).toEqual([0, 0, 0, 0, 0])
    const empty = tensor([4, 4, 5], new Float32Array(80))
    expect(crispColours(empty).data).toEqual(new Float32Array(80))
  })

  it('brings no colour that was not there', () => {
    const { data } = disc()
    const after = crispColours(disc()).data
    for (const channel of [0, 1, 2]) {
      const range = (values: Float32Array) => {
        const own = Array.from(values).flatMap((value, i) =>
          i % 5 === channel && values[i - channel + 3]! > 0.05 ? [value / values[i - channel + 3]!] : [],
        )
        return [Math.min(...own), Math.max(...own)] as const
      }
      expect(range(after)[0]).toBeGreaterThanOrEqual(range(data)[0] - 1e-5)
      expect(range(after)[1]).toBeLessThanOrEqual(range(data)[1] + 1e-5)
    }
  })

  it('wants five values a pixel', () => {
    expect(() => crispColours(tensor([1, 1, 4]))).toThrow(expect.objectContaining({ name: 'ShapeMismatch' }) as Error)
  })
})

describe('crispAlpha', () => {
  it('sharpens the edge of what is translucent and leaves how translucent it is, the same as in training', () => {
    const layer = crispAlpha(disc(0.6))
    const row = [5, 7, 8, 9, 10, 11].map((x) => pixel(layer, x, 20))
    close(
      row.map(([, , , alpha]) => alpha!),
      [0, 0, 0, 0.6, 0.6, 0.6],
    )
    close(
      row.map(([red]) => red!),
      [0, 0, 0, 0.07718, 0.09626, 0.14969],
    )
    expect(pixel(layer, 22, 20)[3]).toBeCloseTo(0.6, 5)
  })
})
