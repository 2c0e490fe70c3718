import type { GraphBuilder, Value } from '../../onnx/graph-builder'
import { linear, type LinearFormat } from '../linear'

/** How each linear of a network is stored, by its full name without `.weight`. */
export type LinearFormats = (linear: string) => LinearFormat

/**
 * A place in a network while its graph is written: one graph serves every block of a kind, so its names leave the
 * block's prefix out.
 */
export class BlockScope {
  /**
   * @param prefix of this place in the network, "" or ending with a dot
   * @param local what of it the graph's own names keep
   */
  constructor(
    readonly g: GraphBuilder,
    private readonly formats: LinearFormats,
    private readonly prefix = '',
    private readonly local = prefix,
  ) {}

  at(child: string): BlockScope {
    return new BlockScope(this.g, this.formats, `${this.prefix}${child}.`, `${this.local}${child}.`)
  }

  weight(name: string, dims: readonly number[]): Value {
    return this.g.weight(this.local + name, dims)
  }

  /** @param x [rows, inputs]; @returns [rows, outputs] */
  linear(name: string, x: Value, inputs: number, outputs: number, bias: boolean): Value {
    return linear(this.g, this.local + name, this.formats(this.prefix + name), x, { inputs, outputs, bias })
  }
}

/**
 * Softmax(q k^T * scale + bias) v, from primitives: right on every provider, and T5's bias fits no fused kernel
 * everywhere.
 * @param q, k, v [tokens, heads * width]
 * @param bias added to the scores, broadcast to [heads, tokens, tokens]
 * @returns [tokens, heads * width]
 */
export function biasedAttention(
  g: GraphBuilder,
  { q, k, v }: Readonly<Record<'q' | 'k' | 'v', Value>>,
  heads: number,
  width: number,
  scale: number,
  bias: Value,
): Value {
  const split = (x: Value, perm: readonly number[]): Value =>
    g.node('Transpose', [g.node('Reshape', [x, g.ints(-1, heads, width)])], { perm })
  const scaled = scale === 1 ? q : g.node('Mul', [q, g.scalar(scale)])
  const scores = g.node('Add', [g.node('MatMul', [split(scaled, [1, 0, 2]), split(k, [1, 2, 0])]), bias])
  const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), split(v, [1, 0, 2])])
  return g.node('Reshape', [g.node('Transpose', [mixed], { perm: [1, 0, 2] }), g.ints(-1, heads * width)])
}
