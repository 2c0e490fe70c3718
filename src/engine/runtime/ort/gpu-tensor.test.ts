import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { GpuTensor } from './gpu-tensor'
import type { Ort } from './ort'

beforeAll(() => {
  vi.stubGlobal('GPUBufferUsage', { STORAGE: 1, COPY_SRC: 2, COPY_DST: 4, MAP_READ: 8 })
  vi.stubGlobal('GPUMapMode', { READ: 1 })
})
afterAll(() => vi.unstubAllGlobals())

/** A device that does everything but what `fails`. */
function tensorOn(fails: 'writeBuffer' | 'createBuffer' | 'submit' | 'mapAsync'): GpuTensor {
  const fail = (): never => {
    throw new Error('injected')
  }
  let failing = false
  const buffer = (): object => ({
    size: 16,
    mapAsync: () => (fails === 'mapAsync' ? Promise.reject(new Error('gone')) : 0),
  })
  const device = {
    limits: { maxBufferSize: 1e9, maxStorageBufferBindingSize: 1e9 },
    createBuffer: () => (failing && fails === 'createBuffer' ? fail() : buffer()),
    createCommandEncoder: () => ({ copyBufferToBuffer: () => undefined, finish: () => ({}) }),
    queue: {
      writeBuffer: () => (fails === 'writeBuffer' ? fail() : undefined),
      submit: () => (fails === 'submit' ? fail() : undefined),
    },
  }
  const ort = { Tensor: { fromGpuBuffer: () => ({}) } } as unknown as Ort
  const made = new GpuTensor(ort, device as unknown as GPUDevice, [3], 'float32', 'latents')
  failing = true
  return made
}

it.each(['createBuffer', 'submit', 'mapAsync'] as const)('names the loss where %s fails in a read', async (fails) => {
  await expect(tensorOn(fails).read()).rejects.toMatchObject({
    name: 'DeviceLost',
    message: expect.stringContaining('while latents was read') as string,
  })
})

it('names the loss where a write fails', () => {
  expect(() => tensorOn('writeBuffer').write(new Float32Array(3))).toThrow(
    expect.objectContaining({
      name: 'DeviceLost',
      message: expect.stringContaining('while latents was written') as string,
    }),
  )
})
