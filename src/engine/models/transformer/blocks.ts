import type { Value } from '../../onnx/graph-builder'
import { float } from '../../onnx/graph-builder'
import { headDim, mlpDim } from './config'
import type { Scope } from './scope'
import { floatType, scaled } from './scope'

/**
 * The blocks of the FLUX.1 reference code, on sequences without a batch axis: [tokens, features].
 * `conditioning` is SiLU(vec) [1, hidden], computed once: every modulation starts with that SiLU.
 */

/** Of every norm in FLUX. */
export const NORM_EPSILON = float(1e-6)

/** RoPE's tables for the joint sequence [L + 2N, head / 2]. */
export interface Rotation {
  readonly cos: Value
  readonly sin: Value
}

export interface Streams {
  /** [2N, hidden]: noisy tokens, then the source's */
  readonly img: Value
  /** [L, hidden] */
  readonly txt: Value
}

interface Modulation {
  readonly shift: Value
  readonly scale: Value
  readonly gate: Value
}

export interface Heads {
  /** [tokens, heads, head] */
  readonly q: Value
  readonly k: Value
  readonly v: Value
}

/**
 * In f16 what a block adds to the residual is computed at this fraction: the outputs of FLUX.1's feed-forwards, and the
 * partial sums of
 * kernels that add up in f16, may pass 65504. What is lost at the other end is below 6e-5 / this.
 */
const HEADROOM = 1 / 16

/** Queries and keys of the image tokens, each [2N, heads, head], after their norms. */
interface QueriesAndKeys {
  readonly q: Value
  readonly k: Value
}

/**
 * What the image tokens of a block attend with, given their own queries and keys; see {@link AttentionMode} in
 * graphs.ts.
 */
export type ImageAttention = (own: QueriesAndKeys) => QueriesAndKeys

const INT64_MAX = Number.MAX_SAFE_INTEGER

/** x sigmoid(x) */
export function silu(scope: Scope, x: Value): Value {
  return scope.g.node('com.microsoft.QuickGelu', [x], { alpha: float(1) })
}

/** Linear, SiLU, Linear: how time, guidance and pooled text become vectors of the hidden size. */
export function embedder(scope: Scope, x: Value): Value {
  return scope.linear('out_layer', silu(scope, scope.linear('in_layer', x)))
}

/** rows[start, end) of x; the bounds are int64 [1], `undefined` end = to the last row */
export function rows({ g }: Scope, x: Value, start: Value, end: Value = g.ints(INT64_MAX)): Value {
  return g.node('Slice', [x, start, end, g.ints(0)])
}

/**
 * Attention over [txt; img] together, with weights of its own for either stream.
 * @param txtEnd int64 [1]: L
 */
export function doubleBlock(
  scope: Scope,
  { img, txt }: Streams,
  conditioning: Value,
  rotation: Rotation,
  txtEnd: Value,
  imageAttention: ImageAttention = asItIs,
): Streams {
  const { g } = scope
  const [imgAttention, imgMlp] = modulations(scope, 'img_mod.lin', conditioning, 2) as [Modulation, Modulation]
  const [txtAttention, txtMlp] = modulations(scope, 'txt_mod.lin', conditioning, 2) as [Modulation, Modulation]
  const ownHeads = normHeads(
    scope.at('img_attn'),
    'norm',
    splitQkv(scope, scope.at('img_attn').linear('qkv', modulate(scope, img, imgAttention))),
  )
  const imgHeads = { ...ownHeads, ...imageAttention(ownHeads) }
  const txtHeads = normHeads(
    scope.at('txt_attn'),
    'norm',
    splitQkv(scope, scope.at('txt_attn').linear('qkv', modulate(scope, txt, txtAttention))),
  )
  const joint = (name: keyof Heads): Value => g.node('Concat', [txtHeads[name], imgHeads[name]], { axis: 0 })
  const attended = attention(scope, { q: joint('q'), k: joint('k'), v: joint('v') }, rotation)
  return {
    img: streamTail(scope, 'img', img, rows(scope, attended, txtEnd), imgAttention, imgMlp),
    txt: streamTail(scope, 'txt', txt, rows(scope, attended, g.ints(0), txtEnd), txtAttention, txtMlp),
  }
}

/**
 * Attention and MLP side by side over the joint sequence x [L + 2N, hidden]. @param image what its image rows, from
 * `txtEnd` on, attend with
 */
export function singleBlock(
  scope: Scope,
  x: Value,
  conditioning: Value,
  rotation: Rotation,
  image?: { readonly txtEnd: Value; readonly attention: ImageAttention },
): Value {
  const {
    g,
    layout: { config },
  } = scope
  const hidden = config.hidden_size
  const [modulation] = modulations(scope, 'modulation.lin', conditioning, 1) as [Modulation]
  const fused = scope.linear('linear1', modulate(scope, x, modulation))
  const [qkv, mlp] = g.split(fused, [3 * hidden, mlpDim(config)], 1) as [Value, Value]
  const own = normHeads(scope, 'norm', splitQkv(scope, qkv))
  const attended = attention(
    scope,
    image === undefined ? own : withImage(scope, own, image.txtEnd, image.attention),
    rotation,
  )
  return addBranch(scope, x, 'linear2', g.node('Concat', [attended, gelu(scope, mlp)], { axis: 1 }), modulation)
}

/** Noisy tokens [N, hidden] to what the network predicts for them [N, out_channels]. */
export function finalLayer(scope: Scope, x: Value, conditioning: Value): Value {
  const [shift, scale] = chunks(scope, scope.linear('adaLN_modulation.1', conditioning), 2) as [Value, Value]
  return scope.linear('linear', layerNorm(scope, x, scale, shift))
}

function streamTail(
  scope: Scope,
  stream: 'img' | 'txt',
  x: Value,
  attended: Value,
  attention: Modulation,
  mlp: Modulation,
): Value {
  const y = addBranch(scope.at(`${stream}_attn`), x, 'proj', attended, attention)
  const layers = scope.at(`${stream}_mlp`)
  return addBranch(layers, y, '2', gelu(scope, layers.linear('0', modulate(scope, y, mlp))), mlp)
}

/** `count` times (shift, scale, gate), each [hidden]. */
function modulations(scope: Scope, name: string, conditioning: Value, count: number): Modulation[] {
  const parts = chunks(scope, scope.linear(name, conditioning), 3 * count)
  return Array.from({ length: count }, (_, i) => ({
    shift: parts[3 * i]!,
    scale: parts[3 * i + 1]!,
    gate: parts[3 * i + 2]!,
  }))
}

/** [1, count * hidden] into `count` vectors [hidden]. */
function chunks({ g, layout }: Scope, x: Value, count: number): readonly Value[] {
  return g.split(g.node('Reshape', [x, g.ints(-1)]), new Array<number>(count).fill(layout.config.hidden_size), 0)
}

function modulate(scope: Scope, x: Value, { scale, shift }: Modulation): Value {
  return layerNorm(scope, x, scale, shift)
}

/** adaLN in one kernel: (1 + scale) and shift take the places of LayerNormalization's own affine. */
function layerNorm({ g }: Scope, x: Value, scale: Value, shift: Value): Value {
  return g.node('LayerNormalization', [x, g.node('Add', [scale, g.scalar(1)]), shift], {
    axis: -1,
    epsilon: NORM_EPSILON,
  })
}

/** x + gate linear(y), the sum in float32. */
function addBranch(scope: Scope, x: Value, linear: string, y: Value, { gate }: Modulation): Value {
  const { g } = scope
  const scale = scope.computeType(linear) === 'float16' ? HEADROOM : 1
  const branch = g.cast(scope.linear(linear, y, scale), 'float32')
  return g.node('Add', [x, g.node('Mul', [scaled(g, gate, 1 / scale), branch])])
}

/** GELU's tanh approximation. */
export function gelu({ g }: Scope, x: Value): Value {
  return g.node('Gelu', [x], { approximate: 'tanh' })
}

/** Rows [tokens, 3 * hidden] into queries, keys and values, by head. */
export function splitQkv({ g, layout: { config } }: Scope, qkv: Value): Heads {
  const hidden = config.hidden_size
  const [q, k, v] = g.split(qkv, [hidden, hidden, hidden], 1) as [Value, Value, Value]
  const byHead = (x: Value): Value => g.node('Reshape', [x, g.ints(-1, config.num_heads, headDim(config))])
  return { q: byHead(q), k: byHead(k), v: byHead(v) }
}

/** RMSNorm of queries and keys within each head. @param norm the norms' place in `scope` */
export function normHeads(scope: Scope, norm: string, { q, k, v }: Heads): Heads {
  const size = headDim(scope.layout.config)
  const rms = (x: Value, name: string): Value =>
    scope.g.node('SimplifiedLayerNormalization', [x, scope.at(norm).weight(`${name}.scale`, [size], floatType(x))], {
      axis: -1,
      epsilon: NORM_EPSILON,
    })
  return { q: rms(q, 'query_norm'), k: rms(k, 'key_norm'), v }
}

const asItIs: ImageAttention = (own) => own

/** The joint sequence's heads with the image rows' queries and keys passed through `imageAttention`. */
function withImage(scope: Scope, own: Heads, txtEnd: Value, imageAttention: ImageAttention): Heads {
  const { g } = scope
  const { q, k } = imageAttention({ q: rows(scope, own.q, txtEnd), k: rows(scope, own.k, txtEnd) })
  const joint = (text: Value, image: Value): Value =>
    g.node('Concat', [rows(scope, text, g.ints(0), txtEnd), image], { axis: 0 })
  return { q: joint(own.q, q), k: joint(own.k, k), v: own.v }
}

/** Full attention; q, k, v [tokens, heads, head] to [tokens, hidden]. RoPE turns adjacent pairs (2p, 2p + 1). */
function attention(scope: Scope, { q, k, v }: Heads, tables: Rotation): Value {
  const {
    g,
    layout: { config, attention: kind },
  } = scope
  const hidden = config.hidden_size
  const cos = g.cast(tables.cos, floatType(q))
  const sin = g.cast(tables.sin, floatType(q))
  const batched = (x: Value): Value => g.node('Reshape', [x, g.ints(1, -1, hidden)])
  const rotate = (x: Value): Value =>
    g.node('com.microsoft.RotaryEmbedding', [batched(x), g.ints(0), cos, sin], { interleaved: 1 })
  if (kind === 'fused') {
    const y = g.node('com.microsoft.MultiHeadAttention', [rotate(q), rotate(k), batched(v)], {
      num_heads: config.num_heads,
    })
    return g.node('Reshape', [y, g.ints(-1, hidden)])
  }
  const byHead = g.ints(-1, config.num_heads, headDim(config))
  const heads = (x: Value, perm: readonly number[]): Value =>
    g.node('Transpose', [g.node('Reshape', [x, byHead])], { perm })
  // Queries are scaled, not scores: there are fewer of them, and in f16 their products stay small.
  const queries = scaled(g, rotate(q), 1 / Math.sqrt(headDim(config)))
  const weights = g.node('Softmax', [g.node('MatMul', [heads(queries, [1, 0, 2]), heads(rotate(k), [1, 2, 0])])], {
    axis: -1,
  })
  const y = g.node('MatMul', [weights, heads(v, [1, 0, 2])])
  return g.node('Reshape', [g.node('Transpose', [y], { perm: [1, 0, 2] }), g.ints(-1, hidden)])
}
