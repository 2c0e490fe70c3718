import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../core/tensor'
import { adapterOf } from '../../lora/adapter'
import type { BoundTensor, HostData } from '../ort/bound-tensor'
import { LowRankSlots } from './low-rank-slots'
import type { Allocator } from './low-rank-slots'

/** A device of which only the buffers are real. */
class FakeGpu implements Allocator {
  readonly usesGpuBuffers = true
  readonly live = new Map<string, Float32Array>()
  allocations = 0

  allocate(dims: readonly number[], label: string): BoundTensor {
    const { live } = this
    const key = `${label}#${this.allocations++}`
    live.set(key, new Float32Array(sizeOf(dims)))
    return {
      dims,
      dtype: 'float32',
      get value(): never {
        throw new Error('no session runs here')
      },
      write: (data: HostData) => live.set(key, Float32Array.from(data as Float32Array)),
      read: () => Promise.resolve(live.get(key)!),
      adopt: () => undefined,
      dispose: () => live.delete(key),
    }
  }

  upload(): BoundTensor {
    throw new Error('a style switch allocates nothing on the GPU')
  }
}

const adapter = (rank: number, a: number[], b: number[]) =>
  adapterOf(new Map([['block.0.lin', { a: Float32Array.from(a), b: Float32Array.from(b), rank }]]))

describe('LowRankSlots on a GPU', () => {
  it('rewrites buffers in place, zero-padded to the largest rank so far', async () => {
    const gpu = new FakeGpu()
    const slots = new LowRankSlots(gpu, new Map([['block.0.lin', { inputs: 3, outputs: 2, bias: false }]]), [
      'block.0.lin',
    ])
    slots.write(adapter(2, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4]))
    const allocated = gpu.allocations
    const { 'lin.lora_a': a, 'lin.lora_b': b } = slots.feeds('block.0.')
    expect([a!.dims, b!.dims]).toEqual([
      [2, 3],
      [2, 2],
    ])
    expect(await b!.read()).toEqual(Float32Array.of(1, 2, 3, 4))

    slots.write(adapter(1, [7, 8, 9], [5, 6]))
    expect(await a!.read()).toEqual(Float32Array.of(7, 8, 9, 0, 0, 0))
    expect(await b!.read()).toEqual(Float32Array.of(5, 0, 6, 0))

    slots.write(adapterOf(new Map()))
    expect(await b!.read()).toEqual(new Float32Array(4))
    expect(slots.feeds('block.0.')['lin.lora_b']).toBe(b)
    expect(slots.feeds('block.1.')).toEqual({})
    expect(gpu.allocations).toBe(allocated)

    slots.dispose()
    expect(gpu.live.size).toBe(0)
  })
})
