import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { tensor } from '../core/tensor'
import { GraphBuilder } from '../onnx/graph-builder'
import type { WeightBinding } from '../onnx/graph-builder'
import { Runtime } from './runtime'

const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })
const weight = Float32Array.of(1, 2, 3, 4, 5, 6)

function linear(binding: WeightBinding) {
  const g = new GraphBuilder('linear', binding)
  const x = g.input('x', ['rows', 3])
  const w = g.weight('w', [2, 3])
  const y = g.node('Gemm', [x, w], { transB: 1 })
  g.output('y', g.node('Add', [y, g.constant(Float32Array.of(10, 20))]), ['rows', 2])
  return g.build()
}

describe('Runtime', () => {
  it('runs an authored graph with weights inside', async () => {
    const session = await runtime.createSession(linear('initializers'), () => new Uint8Array(weight.buffer))
    const { y } = await session.run({ x: tensor([2, 3], Float32Array.of(1, 0, 0, 0, 1, 1)) })
    expect(y).toEqual({ dims: [2, 2], data: Float32Array.of(11, 24, 15, 31) })
    await session.release()
  })

  it('runs the same graph with weights as inputs, and leaves the output bound', async () => {
    const session = await runtime.createSession(linear('inputs'))
    const w = runtime.upload(tensor([2, 3], weight), 'w')
    const y = runtime.allocate([1, 2], 'y')
    await session.runInto({ x: tensor([1, 3], Float32Array.of(1, 0, 0)), w }, { y })
    expect(await y.read()).toEqual(Float32Array.of(11, 24))
    await session.release()
  })

  it('runs a finished ONNX file', async () => {
    const session = await runtime.openModel(
      'linear',
      linear('initializers').encode(() => new Uint8Array(weight.buffer)),
    )
    const { y } = await session.run({ x: tensor([1, 3], Float32Array.of(1, 0, 0)) })
    expect(y).toEqual({ dims: [1, 2], data: Float32Array.of(11, 24) })
    await expect(session.run({})).rejects.toMatchObject({
      name: 'RuntimeFailed',
      message: expect.stringContaining('linear was run without x') as string,
    })
    await session.release()
    await expect(runtime.openModel('broken', Uint8Array.of(1, 2, 3))).rejects.toMatchObject({
      name: 'RuntimeFailed',
      message: expect.stringContaining('open broken') as string,
    })
  })

  it('names a missing feed and an operator that does not exist', async () => {
    const session = await runtime.createSession(linear('inputs'))
    await expect(session.run({ x: tensor([1, 3]) })).rejects.toMatchObject({
      name: 'RuntimeFailed',
      message: expect.stringContaining('without w') as string,
    })
    const g = new GraphBuilder('broken')
    g.output('y', g.node('NoSuchOperator', [g.input('x', [1])]), [1])
    await expect(runtime.createSession(g.build())).rejects.toMatchObject({ name: 'RuntimeFailed' })
  })

  it('turns a GPU allocation that failed unseen into OutOfMemory, and passes other failures on', async () => {
    const scopes: (GPUError | null)[] = [null, { message: 'no room' }]
    const opened: string[] = []
    const device = {
      pushErrorScope: (filter: string) => opened.push(filter),
      popErrorScope: () => Promise.resolve(scopes.shift() ?? null),
    }
    const gpu = new Runtime(ort, { provider: 'webgpu', device: device as unknown as GPUDevice })
    expect(await gpu.allocating('load', () => 7)).toBe(7)
    await expect(gpu.allocating('load', () => Promise.resolve(7))).rejects.toMatchObject({
      name: 'OutOfMemory',
      message: expect.stringContaining('load') as string,
    })
    await expect(
      gpu.allocating('load', () => {
        throw new Error('other')
      }),
    ).rejects.toThrow('other')
    expect(opened).toEqual(['out-of-memory', 'out-of-memory', 'out-of-memory'])
  })

  it('runs jobs one at a time, in order, past failures', async () => {
    const log: string[] = []
    const job = (name: string, ms: number) =>
      runtime.enqueue(name, async () => {
        log.push(`${name} starts`)
        await new Promise((resolve) => setTimeout(resolve, ms))
        log.push(`${name} ends`)
        if (name === 'b') throw new Error('b fails')
      })
    const results = await Promise.allSettled([job('a', 20), job('b', 5), job('c', 0)])
    expect(log).toEqual(['a starts', 'a ends', 'b starts', 'b ends', 'c starts', 'c ends'])
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
