import { describe, expect, it } from 'vitest'
import { tensor } from '../../core/tensor'
import { patchRows } from './codec'
import { layerPixels } from './layer-pixels'
import { matteTokens } from './matte-tokens'

describe('patches', () => {
  const grid = { rows: 2, columns: 3 }
  const pixels = Float32Array.from({ length: 4 * 6 * 2 }, (_, i) => i)

  it('are row-major squares of interleaved channels', () => {
    // The second patch: columns 2 and 3 of rows 0 and 1.
    expect([...patchRows(pixels, grid, 2, 2).subarray(8, 16)]).toEqual([4, 5, 6, 7, 16, 17, 18, 19])
  })
})

describe('layerPixels', () => {
  const steep = (gain: number, ...values: number[]) => {
    const { image, front } = layerPixels(tensor([1, 1, 5], Float32Array.from(values)), gain)
    return [...image.data, front[0]]
  }
  const pixel = (...values: number[]) => steep(1, ...values)

  it('takes colour and front out of alpha', () => {
    expect(pixel(0.25, 0.5, 0, 0.5, 0.5)).toEqual([128, 255, 0, 128, 255])
    expect(pixel(1, 1, 1, 1, 0)).toEqual([255, 255, 255, 255, 0])
  })

  it('brings back what overshoots', () => {
    expect(pixel(1.2, -0.1, 0.5, 1.1, 1.3)).toEqual([255, 0, 128, 255, 255])
  })

  it('leaves nothing of ripples around zero, and of what is no number', () => {
    expect(pixel(0.01, 0.01, 0.01, 0.015, 0.01)).toEqual([0, 0, 0, 0, 0])
    expect(pixel(0.5, 0.5, 0.5, -0.1, 0.5)).toEqual([0, 0, 0, 0, 0])
    expect(pixel(0, 0, 0, Number.NaN, 0)).toEqual([0, 0, 0, 0, 0])
  })

  it('steepens alpha about one half, and keeps colour and front as shares of it', () => {
    expect(steep(3, 0.25, 0.5, 0, 0.5, 0.25)).toEqual([128, 255, 0, 128, 128])
    expect(steep(3, 0.24, 0.6, 0, 0.6, 0.6)).toEqual([102, 255, 0, 204, 255])
    expect(steep(3, 0.8, 0.4, 0, 0.8, 0)).toEqual([255, 128, 0, 255, 0])
    expect(steep(3, 0.3, 0.3, 0.3, 0.3, 0.3)).toEqual([0, 0, 0, 0, 0])
  })

  it('wants five values a pixel', () => {
    expect(() => layerPixels(tensor([1, 1, 4]))).toThrow(expect.objectContaining({ name: 'ShapeMismatch' }) as Error)
  })
})

describe('matteTokens', () => {
  it('gives cells row by row, token by token', () => {
    const values = Float32Array.from({ length: 8 * 4 }, (_, i) => i)
    const tokens = matteTokens({ width: 8, height: 4, values }, { rows: 1, columns: 2 })
    expect([...tokens.subarray(0, 8)]).toEqual([0, 1, 2, 3, 8, 9, 10, 11])
    expect([...tokens.subarray(16, 20)]).toEqual([4, 5, 6, 7])
  })

  it('refuses a matte that cells do not divide', () => {
    expect(() => matteTokens({ width: 9, height: 4, values: new Float32Array(36) }, { rows: 1, columns: 2 })).toThrow(
      expect.objectContaining({ name: 'ShapeMismatch' }) as Error,
    )
  })
})
