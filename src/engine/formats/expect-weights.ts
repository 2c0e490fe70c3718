import { expect } from 'vitest'
import { relativeL2 } from '../core/tensor'
import { readTensor, type WeightStore } from './weight-store'

/** For tests: every tensor of `original` is in `store`, of its shape and within a relative error. */
export async function expectWeights(store: WeightStore, original: WeightStore, tolerance: number): Promise<void> {
  for (const name of original.names()) {
    const expected = await readTensor(original, name)
    const actual = await readTensor(store, name)
    expect(actual.dims).toEqual(expected.dims)
    expect(relativeL2(actual.data, expected.data)).toBeLessThanOrEqual(tolerance)
  }
}
