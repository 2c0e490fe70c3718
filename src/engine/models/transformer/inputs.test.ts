import { describe, expect, it } from 'vitest'
import { FLUX_DEV, parseTransformerConfig } from './config'
import { gridIds, sequenceIds } from './position-ids'
import { ropeTables } from './rope'
import { previewMatrix, stepCoefficients } from './step'
import { timestepEmbedding } from './timestep-embedding'
import { editLoraTargets, expectedWeights } from './weights'

describe('position ids', () => {
  it('run row by row, and the source repeats those of the noisy tokens after zero text ids', () => {
    expect([...gridIds({ rows: 2, columns: 3 })]).toEqual([0, 0, 0, 0, 0, 1, 0, 0, 2, 0, 1, 0, 0, 1, 1, 0, 1, 2])
    const ids = sequenceIds(2, { rows: 1, columns: 2 })
    expect([...ids]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1])
  })
})

describe('RoPE tables', () => {
  it('give each axis its own pairs and falling frequencies', () => {
    const config = { ...FLUX_DEV, hidden_size: 16, num_heads: 2, axes_dim: [2, 2, 4] } as const
    const { cos, sin } = ropeTables(Float64Array.of(0, 0, 0, 5, 2, 3), config)
    expect(cos.dims).toEqual([2, 4])
    expect([...cos.data.subarray(0, 4), ...sin.data.subarray(0, 4)]).toEqual([1, 1, 1, 1, 0, 0, 0, 0])
    const angles = [5, 2, 3, 3 * 10_000 ** -0.5]
    angles.forEach((angle, pair) => {
      expect(cos.data[4 + pair]).toBe(Math.fround(Math.cos(angle)))
      expect(sin.data[4 + pair]).toBe(Math.fround(Math.sin(angle)))
    })
  })
})

describe('timestep embedding', () => {
  it('is cosines, then sines, of 1000 t over 128 frequencies from 1 to almost 1/10000', () => {
    const { dims, data } = timestepEmbedding(0.5)
    expect(dims).toEqual([1, 256])
    expect(data[0]).toBeCloseTo(Math.cos(500), 6)
    expect(data[128]).toBeCloseTo(Math.sin(500), 6)
    expect(data[64]).toBeCloseTo(Math.cos(5), 5)
    expect(data[255]).toBeCloseTo(Math.sin(500 * 10_000 ** (-127 / 128)), 6)
    expect([...timestepEmbedding(0).data]).toEqual([
      ...new Array<number>(128).fill(1),
      ...new Array<number>(128).fill(0),
    ])
  })
})

describe('step coefficients', () => {
  it('land on the clean latents when the next sigma is 0', () => {
    for (const stochastic of [false, true])
      expect([...stepCoefficients(0.5, 0, 1, stochastic).data]).toEqual([1, 0, 1, -0.5, 0, 1, -0.5])
  })

  it('mix by cfg_scale', () => {
    expect([...stepCoefficients(0.5, 0.25, 3, false).data]).toEqual([3, -2, 1, -0.25, 0, 1, -0.5])
  })

  it('noise the clean latents anew in stochastic sampling', () => {
    expect([...stepCoefficients(0.5, 0.25, 1, true).data]).toEqual([1, 0, 0.75, -0.375, 0.25, 1, -0.5])
  })
})

describe('preview matrix', () => {
  it('repeats the map for the four pixels of a token', () => {
    const { weight, bias } = previewMatrix(
      { dims: [1, 3], data: Float32Array.of(1, 2, 3) },
      { dims: [3], data: Float32Array.of(7, 8, 9) },
    )
    expect(weight.dims).toEqual([4, 12])
    const apart = new Array<number>(12).fill(0)
    const row = (before: number): number[] => [...Array.from({ length: before }, () => [1, 2, 3, ...apart]).flat()]
    expect([...weight.data]).toEqual([...row(3), 1, 2, 3])
    expect([...bias.data]).toEqual([7, 8, 9, 7, 8, 9, 7, 8, 9, 7, 8, 9])
  })
})

describe('config', () => {
  it('is read with out_channels defaulting to in_channels', () => {
    expect(parseTransformerConfig({ ...FLUX_DEV, out_channels: undefined })).toEqual(FLUX_DEV)
  })

  it.each([
    [{ hidden_size: 3071 }, 'do not divide'],
    [{ axes_dim: [16, 56, 54] }, 'do not add up to the head size 128'],
    [{ axes_dim: [15, 57, 56] }, 'odd number'],
    [{ depth: 1.5 }, 'whole number "depth"'],
    [{ theta: 0 }, 'positive number "theta"'],
    [{ guidance_embed: 'no' }, '"guidance_embed"'],
    [{ out_channels: 32 }, 'out_channels'],
  ])('%j is refused', (change, message) => {
    expect(() => parseTransformerConfig({ ...FLUX_DEV, ...change })).toThrowError(
      expect.objectContaining({ name: 'BadModel', message: expect.stringContaining(message) as string }),
    )
  })
})

describe('weights', () => {
  it('of FLUX.1-dev are its 780 tensors and 11.9 billion values', () => {
    const shapes = [...expectedWeights(FLUX_DEV).values()]
    expect(shapes.length).toBe(780)
    expect(shapes.reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(11_901_408_320)
  })

  it('an EditLoRA adapts: 8 linears of a double block, 1 of a single block', () => {
    expect(editLoraTargets(FLUX_DEV).length).toBe(19 * 8 + 38)
  })
})
