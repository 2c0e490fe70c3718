import { describe, expect, it } from 'vitest'
import { tensor } from '../../core/tensor'
import { smoothSeams } from './seams'

const SIDE = 64

/** A layer of two patches by two, every channel of a pixel alike. */
function layer(value: (x: number, y: number) => number) {
  const data = Float32Array.from({ length: SIDE * SIDE * 5 }, (_, i) => {
    const pixel = Math.floor(i / 5)
    return value(pixel % SIDE, Math.floor(pixel / SIDE))
  })
  return tensor([SIDE, SIDE, 5], data)
}

const at = (data: Float32Array, x: number, y: number, channel = 0): number => data[(y * SIDE + x) * 5 + channel]!

describe('smoothSeams', () => {
  it('turns a small step between patches into a ramp, the same as in training', () => {
    const { data } = smoothSeams(
      layer((x) => (x < 32 ? 0 : 0.1)),
      32,
    )
    const ramp = Array.from({ length: 16 }, (_, i) => at(data, 24 + i, 20, 3))
    // training/tests/test_core.py expects the same figures.
    ramp.forEach((value, i) => expect(value).toBeCloseTo((2 * i + 1) * 0.003125, 5))
    expect([at(data, 23, 20), at(data, 40, 20)]).toEqual([0, Math.fround(0.1)])
  })

  it('smooths both ways', () => {
    const { data } = smoothSeams(
      layer((_, y) => (y < 32 ? 0.1 : 0)),
      32,
    )
    expect(at(data, 5, 31)).toBeCloseTo(0.053125, 5)
    expect(at(data, 5, 32)).toBeCloseTo(0.046875, 5)
  })

  it("leaves the picture's own edges, steps inside a patch and a single pixel's step", () => {
    const edge = layer((x) => (x < 32 ? 0 : 0.5))
    expect(smoothSeams(tensor(edge.dims, edge.data.slice()), 32).data).toEqual(edge.data)
    const inside = layer((x) => (x < 16 ? 0 : 0.1))
    expect(smoothSeams(tensor(inside.dims, inside.data.slice()), 32).data).toEqual(inside.data)
    const dot = smoothSeams(
      layer((x, y) => (x === 32 && y === 10 ? 0.1 : 0)),
      32,
    )
    expect(at(dot.data, 32, 10)).toBeGreaterThan(0.095)
  })

  it('wants five values a pixel', () => {
    expect(() => smoothSeams(tensor([1, 1, 4]), 32)).toThrow(
      expect.objectContaining({ name: 'ShapeMismatch' }) as Error,
    )
  })
})
