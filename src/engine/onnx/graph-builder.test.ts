import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { float, GraphBuilder } from './graph-builder'

function sample(binding: 'initializers' | 'inputs') {
  const g = new GraphBuilder('sample', binding)
  const x = g.input('x', ['rows', 4])
  const normalised = g.node('LayerNormalization', [x, g.weight('scale', [4]), undefined], {
    axis: -1,
    epsilon: float(1e-6),
  })
  const [left, right] = g.multi('Split', [normalised], 2, { axis: -1, num_outputs: 2 })
  g.output('y', g.node('com.microsoft.QuickGelu', [g.node('Mul', [left, right])], { alpha: float(1) }), ['rows', 2])
  return g.build()
}
const ones = () => new Uint8Array(Float32Array.of(1, 1, 1, 1).buffer)

describe('GraphBuilder', () => {
  it('gives the same bytes for the same graph', () => {
    expect(sample('initializers').encode(ones)).toEqual(sample('initializers').encode(ones))
  })

  it('declares weights as inputs or not, with dynamic sizes kept by name', async () => {
    const inside = await ort.InferenceSession.create(sample('initializers').encode(ones))
    const outside = await ort.InferenceSession.create(sample('inputs').encode())
    expect(inside.inputNames).toEqual(['x'])
    expect(outside.inputNames).toEqual(['x', 'scale'])
    expect(outside.inputMetadata[0]).toMatchObject({ shape: ['rows', 4], type: 'float32' })
    expect(outside.outputNames).toEqual(['y'])
    const { y } = await inside.run({ x: new ort.Tensor('float32', [1, -1, 1, -1], [1, 4]) })
    expect([...(y!.data as Float32Array)].map((value) => value.toFixed(4))).toEqual(['0.7311', '0.7311'])
  })

  it('passes a value with two public names through', async () => {
    const g = new GraphBuilder('twice')
    const y = g.node('Neg', [g.input('x', [1])])
    g.output('first', y, [1])
    g.output('second', y, [1])
    const session = await ort.InferenceSession.create(g.build().encode())
    const result = await session.run({ x: new ort.Tensor('float32', [3], [1]) })
    expect([result.first!.data, result.second!.data]).toEqual([Float32Array.of(-3), Float32Array.of(-3)])
  })

  it('shares equal constants and refuses names used twice, redeclared weights, idle inputs and wrong bytes', () => {
    const g = new GraphBuilder('g')
    expect(g.scalar(1)).toBe(g.scalar(1))
    expect(g.ints(1, 2)).not.toBe(g.constant(Float32Array.of(1, 2)))
    const x = g.input('x', [4])
    expect(() => g.input('x', [4])).toThrow('two values called x')
    g.weight('w', [4])
    expect(() => g.weight('w', [5])).toThrow(/declared as float32 \[4\] and as float32 \[5\]/)
    g.output('y', g.node('Neg', [x]), [4])
    expect(() => g.build()).toThrow('uses w')
    expect(() => sample('initializers').encode(() => new Uint8Array(12))).toThrow(
      /scale \[4\] of float32 needs 16 bytes, got 12/,
    )
    expect(() => sample('initializers').encode()).toThrow('encoded without them')
  })
})
