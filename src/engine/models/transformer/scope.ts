import { PhotodoodleError } from '../../core/errors'
import type { FloatType, GraphBuilder, Value } from '../../onnx/graph-builder'
import type { LinearFormat, LinearShape } from '../linear'
import { linear } from '../linear'
import type { TransformerConfig } from './config'

export type { LinearFormat } from '../linear'

/**
 * `fused`: one MultiHeadAttention kernel; `primitive`: MatMul, Softmax, MatMul, for devices on which the fused one is
 * wrong.
 */
export type AttentionKind = 'fused' | 'primitive'

/**
 * `f16`: the linears over tokens, attention and GELU of all blocks in half precision. The residual stream, its norms,
 * modulations, gates,
 * embedders and the final layer stay float32: FLUX.1's residual outgrows a half's 65504.
 */
export type Precision = (typeof PRECISIONS)[number]

export const PRECISIONS = ['f32', 'f16'] as const

/** Results of linears in f16 are kept within this, so that no infinity becomes a NaN further on. */
export const LARGEST_HALF = 60_000

/** All that decides what the graphs of a network look like, besides its weights. */
export interface NetworkLayout {
  readonly config: TransformerConfig
  readonly attention: AttentionKind
  readonly precision: Precision
  readonly linears: ReadonlyMap<string, LinearShape>
  /** @param linear canonical name */
  format(linear: string): LinearFormat
  /** Linears with a low-rank branch, by canonical name. */
  readonly adapted: ReadonlySet<string>
}

/** Names of a linear's low-rank tensors: a [rank, inputs] and b [outputs, rank]. */
export const loraNames = (linear: string): { readonly a: string; readonly b: string } => ({
  a: `${linear}.lora_a`,
  b: `${linear}.lora_b`,
})

const OVER_TOKENS = /^(double_blocks\.\d+\.(img|txt)_(attn|mlp)\.|single_blocks\.\d+\.linear)/

/** What a linear and its low-rank branch compute in. */
export function computeType({ precision }: Pick<NetworkLayout, 'precision'>, linear: string): FloatType {
  return precision === 'f16' && OVER_TOKENS.test(linear) ? 'float16' : 'float32'
}

/**
 * A place in the network while its graph is written: turns local names ("img_attn.qkv") into canonical ones, and those
 * into
 * the graph's own, which leave out the block's prefix so that one graph serves every block of its kind.
 */
export class Scope {
  constructor(
    readonly g: GraphBuilder,
    readonly layout: NetworkLayout,
    private readonly path = '',
    private readonly root = '',
  ) {}

  at(child: string): Scope {
    return new Scope(this.g, this.layout, `${this.path}${child}.`, this.root)
  }

  /** What the linear of that name computes in. */
  computeType(name: string): FloatType {
    return computeType(this.layout, this.path + name)
  }

  /** A learned vector that is no linear's. */
  weight(name: string, dims: readonly number[], dtype: FloatType = 'float32'): Value {
    return this.g.weight(this.graphName(this.path + name), dims, dtype)
  }

  /**
   * y = x W^T + b, plus B (A x) where the linear has a low-rank branch; times `scale`, at which all of it is computed.
   * @param x [rows, inputs], of any float type
   * @returns [rows, outputs] in the linear's {@link computeType}; in float16, within LARGEST_HALF
   */
  linear(name: string, x: Value, scale = 1): Value {
    const { g } = this
    const canonical = this.path + name
    const dtype = this.computeType(name)
    const input = scaled(g, g.cast(x, dtype), scale)
    const shape = this.layout.linears.get(canonical)
    if (!shape)
      throw new PhotodoodleError(
        'BadModel',
        `The network has no linear ${canonical}.`,
        'This is a defect; please report it.',
      )
    const { inputs, outputs } = shape
    const local = this.graphName(canonical)
    const y = linear(g, local, this.layout.format(canonical), input, shape, scale)
    if (!this.layout.adapted.has(canonical)) return finite(g, y)

    const names = loraNames(local)
    const rank = `${local}.rank`
    const a = g.input(names.a, [rank, inputs], dtype)
    const b = g.input(names.b, [outputs, rank], dtype)
    const low = finite(g, g.node('Gemm', [input, a], { transB: 1 }))
    return finite(g, g.node('Gemm', [low, b, y], { transB: 1 }))
  }

  private graphName(canonical: string): string {
    return canonical.startsWith(this.root) ? canonical.slice(this.root.length) : canonical
  }
}

/** x times a constant of its own dtype; x itself for 1. */
export function scaled(g: GraphBuilder, x: Value, factor: number): Value {
  return factor === 1 ? x : g.node('Mul', [x, g.scalar(factor, floatType(x))])
}

export const floatType = ({ dtype }: Value): FloatType => (dtype === 'float16' ? 'float16' : 'float32')

function finite(g: GraphBuilder, x: Value): Value {
  return x.dtype === 'float16'
    ? g.node('Clip', [x, g.scalar(-LARGEST_HALF, 'float16'), g.scalar(LARGEST_HALF, 'float16')])
    : x
}
