import { PhotodoodleError } from '../core/errors'
import { floatToHalf } from '../core/float16'
import { byteLengthOf, DATA_TYPE, encodeModel } from './protobuf'
import type { Attribute, Dim, ElementType, Initializer, Node, ValueInfo } from './protobuf'

export { byteLengthOf, float } from './protobuf'
export type { Attribute, Dim, ElementType, ValueInfo } from './protobuf'

/** A value inside a graph under construction: an input, a weight, a constant or a node's result. */
export interface Value {
  readonly name: string
  readonly dtype: ElementType
}

/** Where a graph's weights live: inside the model file, or as graph inputs bound to tensors at every run. */
export type WeightBinding = 'initializers' | 'inputs'

export interface WeightInfo extends ValueInfo {
  readonly dims: readonly number[]
}

/** A finished graph: what it takes, what it gives, and its ONNX bytes. */
export interface Graph {
  readonly name: string
  /** fed at every run; weights are among them (last, in order of declaration) when bound as inputs */
  readonly inputs: readonly ValueInfo[]
  readonly outputs: readonly ValueInfo[]
  readonly weights: readonly WeightInfo[]
  readonly weightBinding: WeightBinding
  /**
   * @param weightBytes little-endian row-major bytes of one weight in the dtype and shape it was declared with; called
   *   once per weight,
   *   and only where weights are initialisers
   * @throws ShapeMismatch when a weight has the wrong number of bytes
   */
  encode(weightBytes?: (weight: WeightInfo) => Uint8Array): Uint8Array<ArrayBuffer>
}

/** Uint16Array: the bits of IEEE halves. */
type ConstantData = Float32Array | Uint16Array | Int32Array | BigInt64Array

export type FloatType = 'float32' | 'float16'

/**
 * Authors an ONNX graph (opset 21 and com.microsoft 1) in TypeScript.
 *
 * ```ts
 * const g = new GraphBuilder('classifier')
 * const x = g.input('x', ['batch', 64])                       // float32 unless told otherwise; a string names a
 * dynamic size
 * const w = g.weight('fc.weight', [10, 64])
 * const b = g.weight('fc.bias', [10])
 * const y = g.node('Gemm', [x, w, b], { transB: 1 })          // numbers are ints; float(1e-6) makes a float attribute
 * const z = g.node('com.microsoft.QuickGelu', [y], { alpha: float(1) })
 * g.output('y', z, ['batch', 10])
 * const graph = g.build()
 *
 * const runtime = new Runtime(ort, { provider: 'cpu' })       // src/engine/runtime/runtime.ts
 * const session = await runtime.createSession(graph, (weight) => bytesOf(weight.name))
 * const { y } = await session.run({ x: tensor([1, 64], data) })
 * ```
 * With `weightBinding: 'inputs'` the very same code makes a graph without weights: each `weight` becomes an input of
 * that name.
 */
export class GraphBuilder {
  private readonly nodes: Node[] = []
  private readonly inputs: ValueInfo[] = []
  private readonly outputs: ValueInfo[] = []
  private readonly weights = new Map<string, WeightInfo>()
  private readonly constants = new Map<string, Initializer>()
  private readonly finalNames = new Map<string, string>()
  private readonly taken = new Set<string>()
  private results = 0

  constructor(
    readonly name: string,
    readonly weightBinding: WeightBinding = 'initializers',
  ) {}

  /** @throws BadModel when the name is taken */
  input(name: string, dims: readonly Dim[], dtype: ElementType = 'float32'): Value {
    this.claim(name)
    const info = { name, dtype, dims }
    this.inputs.push(info)
    return info
  }

  /**
   * A learned tensor; asking again for the same name gives the same value.
   * @throws ShapeMismatch when asked again with another shape or dtype
   */
  weight(name: string, dims: readonly number[], dtype: ElementType = 'float32'): Value {
    const known = this.weights.get(name)
    if (known) {
      if (known.dtype !== dtype || known.dims.join() !== dims.join())
        throw defect(
          'ShapeMismatch',
          `Weight ${name} is declared as ${known.dtype} ` +
            `[${known.dims.join(', ')}] and as ${dtype} [${dims.join(', ')}].`,
        )
      return known
    }
    this.claim(name)
    const info = { name, dtype, dims }
    this.weights.set(name, info)
    return info
  }

  /** A small constant kept in the graph, shared when the same one is asked for again. Scalars have dims []. */
  constant(data: ConstantData, dims: readonly number[] = [data.length]): Value {
    const dtype = constantType(data)
    const key = `${dtype}[${dims.join()}]:${data.join()}`
    const known = this.constants.get(key)
    if (known) return known
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    const initializer = { name: `constant_${this.constants.size}`, dtype, dims, bytes } as const
    expectBytes(initializer, bytes)
    this.claim(initializer.name)
    this.constants.set(key, initializer)
    return initializer
  }

  /** A scalar, of the dtype of what it is combined with. */
  scalar(value: number, dtype: FloatType = 'float32'): Value {
    return this.constant(dtype === 'float16' ? Uint16Array.of(floatToHalf(value)) : Float32Array.of(value), [])
  }

  /** `value` as `dtype`; itself where it is that already. */
  cast(value: Value, dtype: FloatType): Value {
    return value.dtype === dtype ? value : this.node('Cast', [value], { to: DATA_TYPE[dtype] }, dtype)
  }

  /** int64 [values.length], as shapes, axes and split sizes are given */
  ints(...values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt))
  }

  /**
   * Adds an operator with one result.
   * @param op the operator's name, after its domain where that is not ai.onnx: `com.microsoft.MatMulNBits`
   * @param inputs `undefined` leaves an optional input out
   * @param dtype of the result, where it is not that of the first input
   */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attributes: Readonly<Record<string, Attribute>> = {},
    dtype?: ElementType,
  ): Value {
    return this.add(op, inputs, 1, attributes, dtype)[0]!
  }

  /** Adds an operator with `count` results, such as Split. */
  multi(
    op: string,
    inputs: readonly (Value | undefined)[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly Value[] {
    return this.add(op, inputs, count, attributes)
  }

  /** Cuts `value` along `axis` into pieces of the given sizes. */
  split(value: Value, sizes: readonly number[], axis: number): readonly Value[] {
    return this.multi('Split', [value, this.ints(...sizes)], sizes.length, { axis })
  }

  /** Names a result as the graph's output. A value that already has a public name is passed through an Identity. */
  output(name: string, value: Value, dims: readonly Dim[]): void {
    this.claim(name)
    const isFresh = this.nodes.some((node) => node.outputs.includes(value.name)) && !this.finalNames.has(value.name)
    const named = isFresh ? value : this.node('Identity', [value])
    this.finalNames.set(named.name, name)
    this.outputs.push({ name, dtype: value.dtype, dims })
  }

  /**
   * @throws BadModel when the graph has no output or a declared input that nothing uses (it would cost a read-back at
   * every run)
   */
  build(): Graph {
    if (this.outputs.length === 0) throw defect('BadModel', `The graph ${this.name} has no output.`)
    const used = new Set(this.nodes.flatMap((node) => node.inputs))
    const idle = [...this.inputs, ...this.weights.values()].find((value) => !used.has(value.name))
    if (idle) throw defect('BadModel', `Nothing in the graph ${this.name} uses ${idle.name}.`)

    const { name, weightBinding } = this
    const rename = (value: string): string => this.finalNames.get(value) ?? value
    const nodes = this.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
    }))
    const weights = [...this.weights.values()]
    const inputs = weightBinding === 'inputs' ? [...this.inputs, ...weights] : [...this.inputs]
    const outputs = [...this.outputs]
    const constants = [...this.constants.values()]
    return {
      name,
      inputs,
      outputs,
      weights,
      weightBinding,
      encode(weightBytes) {
        const embedded =
          weightBinding === 'inputs'
            ? []
            : weights.map((weight) => {
                if (!weightBytes)
                  throw defect('BadModel', `The graph ${name} keeps its weights inside and was encoded without them.`)
                return expectBytes(weight, weightBytes(weight))
              })
        return encodeModel({ name, nodes, inputs, outputs, initializers: [...constants, ...embedded] })
      },
    }
  }

  private add(
    op: string,
    inputs: readonly (Value | undefined)[],
    count: number,
    attributes: Readonly<Record<string, Attribute>>,
    dtype?: ElementType,
  ): Value[] {
    const dot = op.lastIndexOf('.')
    const results = Array.from({ length: count }, () => ({
      name: `value_${this.results++}`,
      dtype: dtype ?? inputs[0]?.dtype ?? 'float32',
    }))
    this.nodes.push({
      op: op.slice(dot + 1),
      domain: op.slice(0, Math.max(dot, 0)),
      // onnxruntime crashes on an optional input that is omitted by an empty name at the end of the list.
      inputs: inputs
        .slice(0, inputs.findLastIndex((input) => input !== undefined) + 1)
        .map((input) => input?.name ?? ''),
      outputs: results.map((result) => result.name),
      attributes,
    })
    return results
  }

  private claim(name: string): void {
    if (this.taken.has(name)) throw defect('BadModel', `The graph ${this.name} has two values called ${name}.`)
    this.taken.add(name)
  }
}

function constantType(data: ConstantData): ElementType {
  if (data instanceof Float32Array) return 'float32'
  if (data instanceof Uint16Array) return 'float16'
  return data instanceof Int32Array ? 'int32' : 'int64'
}

function expectBytes(weight: WeightInfo, bytes: Uint8Array): Initializer {
  const expected = byteLengthOf(weight.dtype, weight.dims)
  if (bytes.length !== expected)
    throw defect(
      'ShapeMismatch',
      `Weight ${weight.name} [${weight.dims.join(', ')}] of ` +
        `${weight.dtype} needs ${expected} bytes, got ${bytes.length}.`,
    )
  return { ...weight, bytes }
}

function defect(name: 'BadModel' | 'ShapeMismatch', what: string): PhotodoodleError {
  return new PhotodoodleError(name, what, 'This is a defect; please report it.')
}
