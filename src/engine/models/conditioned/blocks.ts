import type { Value } from '../../onnx/graph-builder'
import { gelu, NORM_EPSILON, normHeads, splitQkv, type Heads, type Rotation } from '../transformer/blocks'
import { headDim, mlpDim } from '../transformer/config'
import { scaled, type Scope } from '../transformer/scope'

/**
 * FLUX's blocks with a batch axis. Token streams are [B, tokens, hidden]; linears and per-head norms see their rows,
 * [B * tokens, features]. `conditioning` is SiLU(vec) [B, hidden].
 *
 * Attention runs from simple operators: texts of a batch have different lengths, and a mask is not something every
 * provider's
 * fused kernel takes.
 */
export class Batch {
  /** @param shape int64 [3] in host memory: B, -1, hidden */
  constructor(
    readonly scope: Scope,
    private readonly shape: Value,
  ) {}

  get g() {
    return this.scope.g
  }

  at(child: string): Batch {
    return new Batch(this.scope.at(child), this.shape)
  }

  /** Rows [B * tokens, hidden], or heads [B * tokens, heads, head], as [B, tokens, hidden]. */
  batched(rows: Value): Value {
    return this.g.node('Reshape', [rows, this.shape])
  }

  /** [B, tokens, hidden] to rows [B * tokens, hidden]. */
  rows(x: Value): Value {
    return this.g.node('Reshape', [x, this.g.ints(-1, this.scope.layout.config.hidden_size)])
  }

  /** Rows of the linear of a stream [B, tokens, inputs of the hidden size]. */
  linear(name: string, x: Value): Value {
    return this.scope.linear(name, this.rows(x))
  }
}

/** Each [B, 1, hidden]. */
interface Modulation {
  readonly shift: Value
  readonly scale: Value
  readonly gate: Value
}

/** What tokens are attended to by: keys [B, heads, head, tokens], after RoPE, and values [B, heads, tokens, head]. */
export interface KeysAndValues {
  readonly k: Value
  readonly v: Value
}

/** Of the same tokens; queries [B, heads, tokens, head], after RoPE and scaled. */
interface Attending extends KeysAndValues {
  readonly q: Value
}

/** One stream's part in a double block, or all that a single block knows of a stream, before attention. */
interface Entered {
  readonly heads: Heads
  readonly modulations: readonly Modulation[]
}

/** Text and photo tokens, each [B, tokens, hidden]. */
export interface ConditionStreams {
  readonly txt: Value
  readonly src: Value
}

/** int64 [1] in host memory: L, where the photo's tokens begin in [txt; src]. */
type TextEnd = Value

/**
 * A double block on the condition: text with txt_* weights, photo tokens with img_* weights, attending to one another.
 * @param rotation of [txt; src], [L + M, head / 2]
 * @param mask [B, 1, 1, L + M]: 0, or a large negative number at padded text
 */
export function conditionDoubleBlock(
  batch: Batch,
  { txt, src }: ConditionStreams,
  conditioning: Value,
  rotation: Rotation,
  textEnd: TextEnd,
  mask: Value,
): ConditionStreams & { readonly cache: KeysAndValues } {
  const { g } = batch
  const image = enterDouble(batch, 'img', src, conditioning)
  const text = enterDouble(batch, 'txt', txt, conditioning)
  const joint = (name: keyof Heads): Value =>
    g.node('Concat', [batch.batched(text.heads[name]), batch.batched(image.heads[name])], { axis: 1 })
  const own = attending(batch, { q: joint('q'), k: joint('k'), v: joint('v') }, rotation)
  const attended = attend(batch, own.q, own, mask)
  return {
    txt: leaveDouble(batch, 'txt', txt, tokens(batch, attended, g.ints(0), textEnd), text.modulations),
    src: leaveDouble(batch, 'img', src, tokens(batch, attended, textEnd), image.modulations),
    cache: own,
  }
}

/**
 * The same block on noisy tokens x [B, N, hidden], which attend to the condition and to one another. @param mask [B, 1,
 * 1, L + M + N]
 */
export function noisyDoubleBlock(
  batch: Batch,
  x: Value,
  conditioning: Value,
  rotation: Rotation,
  cache: KeysAndValues,
  mask: Value,
): Value {
  const { heads, modulations } = enterDouble(batch, 'img', x, conditioning)
  const own = attending(batch, batchedHeads(batch, heads), rotation)
  return leaveDouble(batch, 'img', x, attend(batch, own.q, joined(batch, cache, own), mask), modulations)
}

/**
 * A single block on x [B, tokens, hidden]: the condition when `cache` is undefined, else noisy tokens that attend to
 * it, too.
 * @param wanted `cache`: only what others attend to; the block's own result is not computed
 */
export function singleBlock(
  batch: Batch,
  x: Value,
  conditioning: Value,
  rotation: Rotation,
  mask: Value,
  given: { readonly cache?: KeysAndValues; readonly wanted?: 'cache' } = {},
): { readonly x: Value; readonly cache: KeysAndValues } {
  const { g, scope } = batch
  const { config } = scope.layout
  const [modulation] = modulationsOf(batch, 'modulation.lin', conditioning, 1) as [Modulation]
  const fused = batch.linear('linear1', modulate(batch, x, modulation))
  const [qkv, mlp] = g.split(fused, [3 * config.hidden_size, mlpDim(config)], 1) as [Value, Value]
  const own = attending(batch, batchedHeads(batch, normHeads(scope, 'norm', splitQkv(scope, qkv))), rotation)
  if (given.wanted === 'cache') return { x, cache: own }
  const attended = attend(batch, own.q, given.cache ? joined(batch, given.cache, own) : own, mask)
  const both = g.node('Concat', [batch.rows(attended), gelu(scope, mlp)], { axis: 1 })
  return { x: addBranch(batch, x, scope.linear('linear2', both), modulation), cache: own }
}

/** Noisy tokens [B, N, hidden] to what the network predicts for them, rows [B * N, out_channels]. */
export function finalLayer(batch: Batch, x: Value, conditioning: Value): Value {
  const [shift, scale] = vectors(batch, 'adaLN_modulation.1', conditioning, 2) as [Value, Value]
  return batch.linear('linear', scaleAndShift(batch, x, scale, shift))
}

/** Tokens [start, end) of x [B, tokens, hidden]; the bounds are int64 [1], without `end` to the last. */
export function tokens({ g }: Batch, x: Value, start: Value, end: Value = g.ints(Number.MAX_SAFE_INTEGER)): Value {
  return g.node('Slice', [x, start, end, g.ints(1)])
}

function enterDouble(batch: Batch, stream: 'img' | 'txt', x: Value, conditioning: Value): Entered {
  const modulations = modulationsOf(batch, `${stream}_mod.lin`, conditioning, 2)
  const layers = batch.at(`${stream}_attn`)
  const qkv = layers.linear('qkv', modulate(batch, x, modulations[0]!))
  return { modulations, heads: normHeads(layers.scope, 'norm', splitQkv(batch.scope, qkv)) }
}

function leaveDouble(
  batch: Batch,
  stream: 'img' | 'txt',
  x: Value,
  attended: Value,
  [attention, mlp]: readonly Modulation[],
): Value {
  const y = addBranch(batch, x, batch.at(`${stream}_attn`).linear('proj', attended), attention!)
  const layers = batch.at(`${stream}_mlp`)
  return addBranch(
    batch,
    y,
    layers.scope.linear('2', gelu(batch.scope, layers.linear('0', modulate(batch, y, mlp!)))),
    mlp!,
  )
}

/** `count` times (shift, scale, gate). */
function modulationsOf(batch: Batch, name: string, conditioning: Value, count: number): Modulation[] {
  const parts = vectors(batch, name, conditioning, 3 * count)
  return Array.from({ length: count }, (_, i) => ({
    shift: parts[3 * i]!,
    scale: parts[3 * i + 1]!,
    gate: parts[3 * i + 2]!,
  }))
}

/** A linear of `conditioning` [B, hidden] as `count` vectors [B, 1, hidden]. */
function vectors({ g, scope }: Batch, name: string, conditioning: Value, count: number): Value[] {
  const hidden = scope.layout.config.hidden_size
  const parts = g.split(scope.linear(name, conditioning), new Array<number>(count).fill(hidden), 1)
  return parts.map((part) => g.node('Reshape', [part, g.ints(-1, 1, hidden)]))
}

function modulate(batch: Batch, x: Value, { scale, shift }: Modulation): Value {
  return scaleAndShift(batch, x, scale, shift)
}

/**
 * LayerNorm(x) (1 + scale) + shift; each item of the batch has vectors of its own, so they cannot be the norm's affine.
 */
function scaleAndShift({ g, scope }: Batch, x: Value, scale: Value, shift: Value): Value {
  const ones = g.constant(new Float32Array(scope.layout.config.hidden_size).fill(1))
  const normed = g.node('LayerNormalization', [x, ones], { axis: -1, epsilon: NORM_EPSILON })
  return g.node('Add', [g.node('Mul', [normed, g.node('Add', [scale, g.scalar(1)])]), shift])
}

/** x + gate * branch. @param branch rows [B * tokens, hidden] */
function addBranch(batch: Batch, x: Value, branch: Value, { gate }: Modulation): Value {
  return batch.g.node('Add', [x, batch.g.node('Mul', [batch.batched(branch), gate])])
}

function batchedHeads(batch: Batch, { q, k, v }: Heads): Heads {
  return { q: batch.batched(q), k: batch.batched(k), v: batch.batched(v) }
}

/** q, k, v [B, tokens, hidden], rotated and cut into heads. RoPE turns adjacent pairs (2p, 2p + 1). */
function attending({ g, scope }: Batch, { q, k, v }: Heads, { cos, sin }: Rotation): Attending {
  const { config } = scope.layout
  const rotate = (x: Value): Value =>
    g.node('com.microsoft.RotaryEmbedding', [x, g.ints(0), cos, sin], { interleaved: 1 })
  const byHead = (x: Value, perm: readonly number[]): Value =>
    g.node('Transpose', [g.node('Reshape', [x, g.ints(0, 0, config.num_heads, headDim(config))])], { perm })
  return {
    // Queries are scaled, not scores: there are fewer of them.
    q: byHead(scaled(g, rotate(q), 1 / Math.sqrt(headDim(config))), [0, 2, 1, 3]),
    k: byHead(rotate(k), [0, 2, 3, 1]),
    v: byHead(v, [0, 2, 1, 3]),
  }
}

/** Keys and values of the condition followed by the noisy tokens' own. */
function joined({ g }: Batch, cache: KeysAndValues, own: KeysAndValues): KeysAndValues {
  return { k: g.node('Concat', [cache.k, own.k], { axis: 3 }), v: g.node('Concat', [cache.v, own.v], { axis: 2 }) }
}

/** softmax(q k + mask) v as [B, tokens, hidden]. */
function attend({ g, scope }: Batch, q: Value, { k, v }: KeysAndValues, mask: Value): Value {
  const weights = g.node('Softmax', [g.node('Add', [g.node('MatMul', [q, k]), mask])], { axis: -1 })
  const mixed = g.node('Transpose', [g.node('MatMul', [weights, v])], { perm: [0, 2, 1, 3] })
  return g.node('Reshape', [mixed, g.ints(0, 0, scope.layout.config.hidden_size)])
}
