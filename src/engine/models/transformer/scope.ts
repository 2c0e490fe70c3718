import { PhotodoodleError } from '../../core/errors'
import type { GraphBuilder, Value } from '../../onnx/graph-builder'
import type { LinearFormat, LinearShape } from '../linear'
import { linear } from '../linear'
import type { TransformerConfig } from './config'

export type { LinearFormat } from '../linear'

/** `fused`: one MultiHeadAttention kernel; `primitive`: MatMul, Softmax, MatMul, for devices on which the fused one is wrong. */
export type AttentionKind = 'fused' | 'primitive'

/** All that decides what the graphs of a network look like, besides its weights. */
export interface NetworkLayout {
  readonly config: TransformerConfig
  readonly attention: AttentionKind
  readonly linears: ReadonlyMap<string, LinearShape>
  /** @param linear canonical name */
  format(linear: string): LinearFormat
  /** Linears with a low-rank branch, by canonical name. */
  readonly adapted: ReadonlySet<string>
}

/** Names of a linear's low-rank tensors: a [rank, inputs] and b [outputs, rank]. */
export const loraNames = (linear: string): { readonly a: string; readonly b: string } => ({ a: `${linear}.lora_a`, b: `${linear}.lora_b` })

/**
 * A place in the network while its graph is written: turns local names ("img_attn.qkv") into canonical ones, and those into
 * the graph's own, which leave out the block's prefix so that one graph serves every block of its kind.
 */
export class Scope {
  constructor(readonly g: GraphBuilder, readonly layout: NetworkLayout, private readonly path = '', private readonly root = '') {}

  at(child: string): Scope {
    return new Scope(this.g, this.layout, `${this.path}${child}.`, this.root)
  }

  /** A learned vector that is no linear's. */
  weight(name: string, dims: readonly number[]): Value {
    return this.g.weight(this.graphName(this.path + name), dims)
  }

  /**
   * y = x W^T + b, plus B (A x) where the linear has a low-rank branch.
   * @param x [rows, inputs]
   * @returns [rows, outputs]
   */
  linear(name: string, x: Value): Value {
    const { g } = this
    const canonical = this.path + name
    const shape = this.layout.linears.get(canonical)
    if (!shape) throw new PhotodoodleError('BadModel', `The network has no linear ${canonical}.`, 'This is a defect; please report it.')
    const { inputs, outputs } = shape
    const local = this.graphName(canonical)
    const y = linear(g, local, this.layout.format(canonical), x, shape)
    if (!this.layout.adapted.has(canonical)) return y

    const names = loraNames(local)
    const rank = `${local}.rank`
    const a = g.input(names.a, [rank, inputs])
    const b = g.input(names.b, [outputs, rank])
    return g.node('Gemm', [g.node('Gemm', [x, a], { transB: 1 }), b, y], { transB: 1 })
  }

  private graphName(canonical: string): string {
    return canonical.startsWith(this.root) ? canonical.slice(this.root.length) : canonical
  }
}
