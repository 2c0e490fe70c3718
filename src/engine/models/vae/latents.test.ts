import { describe, expect, it } from 'vitest'
import { tensor } from '../../core/tensor'
import { packLatents, unpackLatents } from './latents'

describe('packLatents', () => {
  it('is channel-major inside a token, tokens row by row', () => {
    // Two channels of 2 x 4: channel 0 counts 0..7, channel 1 counts 10..17.
    const latents = tensor([2, 2, 4], Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17))
    const packed = packLatents(latents)
    expect(packed.dims).toEqual([2, 8])
    expect([...packed.data]).toEqual([0, 1, 4, 5, 10, 11, 14, 15, 2, 3, 6, 7, 12, 13, 16, 17])
  })

  it('comes back unchanged', () => {
    const latents = tensor(
      [16, 6, 10],
      Float32Array.from({ length: 960 }, (_, i) => i),
    )
    expect(unpackLatents(packLatents(latents), 3, 5)).toEqual(latents)
  })

  it('refuses odd sides and grids that do not fit', () => {
    expect(() => packLatents(tensor([16, 3, 4]))).toThrowError(expect.objectContaining({ name: 'ShapeMismatch' }))
    expect(() => unpackLatents(tensor([6, 64]), 2, 2)).toThrowError(expect.objectContaining({ name: 'ShapeMismatch' }))
  })
})
