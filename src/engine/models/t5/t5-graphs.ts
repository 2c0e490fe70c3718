import { float, GraphBuilder, type Value } from '../../onnx/graph-builder'
import { biasedAttention, BlockScope, type LinearFormats } from '../encoder/block-scope'
import { ConfigReader } from '../encoder/config-reader'
import type { EncoderGraphs, EncoderPart } from '../encoder/text-model'

/** Sizes of a T5 encoder under Hugging Face's names (text_encoder_2/config.json). */
export interface T5Config {
  readonly d_model: number
  /** Size of one head; heads times it need not be d_model. */
  readonly d_kv: number
  readonly d_ff: number
  readonly num_heads: number
  readonly num_layers: number
  readonly layer_norm_epsilon: number
  readonly relative_attention_num_buckets: number
  readonly relative_attention_max_distance: number
}

/** @throws BadModel naming the entry that is missing, out of range or not supported */
export function parseT5Config(source: unknown): T5Config {
  const reader = new ConfigReader(source, 'the T5 text encoder')
  reader.expect('feed_forward_proj', 'gated-gelu')
  const config = {
    d_model: reader.count('d_model'),
    d_kv: reader.count('d_kv'),
    d_ff: reader.count('d_ff'),
    num_heads: reader.count('num_heads'),
    num_layers: reader.count('num_layers'),
    layer_norm_epsilon: reader.epsilon('layer_norm_epsilon'),
    relative_attention_num_buckets: reader.count('relative_attention_num_buckets'),
    relative_attention_max_distance: reader.count('relative_attention_max_distance'),
  }
  const { relative_attention_num_buckets: buckets, relative_attention_max_distance: distance } = config
  if (buckets % 4 !== 0 || distance <= buckets / 4)
    throw reader.wrong(`has ${buckets} buckets for distances up to ${distance}`)
  return config
}

const BLOCK = (layer: number): string => `encoder.block.${layer}.`
const BIAS = 'layer.0.SelfAttention.relative_attention_bias.weight'

/**
 * T5 v1.1's encoder (Raffel et al. 2020, Shazeer 2020; weight names of Hugging Face's T5EncoderModel). Residuals are
 * float32
 * throughout: T5-XXL's leave the range of halves.
 * Inputs: `x` [tokens, d_model], embedding rows; `buckets` int32 [tokens, tokens], see relative-positions.ts.
 * Output: `states` [tokens, d_model] after the final norm. Nothing is masked: FLUX reads the padding too.
 */
export function t5Graphs(config: T5Config): EncoderGraphs {
  const { d_model: hidden, num_heads: heads } = config
  const states = ['tokens', hidden]

  const biasPart = (): EncoderPart => {
    const g = new GraphBuilder('t5_position_bias', 'inputs')
    g.output('position_bias', positionBias(new BlockScope(g, () => 'dense'), config), [heads, 'tokens', 'tokens'])
    return { graph: g.build(), prefix: BLOCK(0) }
  }
  const blockPart = (layer: number, formats: LinearFormats): EncoderPart => {
    const g = new GraphBuilder('t5_block', 'inputs')
    const x = g.input('x', states)
    const bias = g.input('position_bias', [heads, 'tokens', 'tokens'])
    g.output('x_next', block(new BlockScope(g, formats, BLOCK(layer), ''), config, x, bias), states)
    return { graph: g.build(), prefix: BLOCK(layer) }
  }
  const finalPart = (): EncoderPart => {
    const g = new GraphBuilder('t5_final', 'inputs')
    const x = g.input('x', states)
    g.output('states', norm(new BlockScope(g, () => 'dense'), config, 'final_layer_norm', x), states)
    return { graph: g.build(), prefix: 'encoder.' }
  }
  return {
    whole() {
      const g = new GraphBuilder('t5')
      const scope = (prefix: string): BlockScope => new BlockScope(g, () => 'dense', prefix)
      let x = g.input('x', states)
      const bias = positionBias(scope(BLOCK(0)), config)
      for (let layer = 0; layer < config.num_layers; layer++) x = block(scope(BLOCK(layer)), config, x, bias)
      g.output('states', norm(scope('encoder.'), config, 'final_layer_norm', x), states)
      return g.build()
    },
    parts: (formats) => [
      biasPart(),
      ...Array.from({ length: config.num_layers }, (_, layer) => blockPart(layer, formats)),
      finalPart(),
    ],
  }
}

/** The first block's table by bucket, for all blocks: [heads, tokens, tokens]. */
function positionBias(
  scope: BlockScope,
  { num_heads: heads, relative_attention_num_buckets: buckets }: T5Config,
): Value {
  const { g } = scope
  const index = g.input('buckets', ['tokens', 'tokens'], 'int32')
  return g.node('Transpose', [g.node('Gather', [scope.weight(BIAS, [buckets, heads]), index], { axis: 0 })], {
    perm: [2, 0, 1],
  })
}

/**
 * Norm before, residual after; no biases anywhere, and scores are not scaled (T5 scales its initial weights instead).
 */
function block(scope: BlockScope, config: T5Config, x: Value, bias: Value): Value {
  const { g } = scope
  const { d_model: hidden, d_kv: width, d_ff: inner, num_heads: heads } = config
  const attention = scope.at('layer.0.SelfAttention')
  const before = norm(scope, config, 'layer.0.layer_norm', x)
  const project = (name: string): Value => attention.linear(name, before, hidden, heads * width, false)
  const mixed = biasedAttention(g, { q: project('q'), k: project('k'), v: project('v') }, heads, width, 1, bias)
  const y = g.node('Add', [x, attention.linear('o', mixed, heads * width, hidden, false)])
  const feedForward = scope.at('layer.1.DenseReluDense')
  const middle = norm(scope, config, 'layer.1.layer_norm', y)
  const gate = g.node('Gelu', [feedForward.linear('wi_0', middle, hidden, inner, false)], { approximate: 'tanh' })
  const gated = g.node('Mul', [gate, feedForward.linear('wi_1', middle, hidden, inner, false)])
  return g.node('Add', [y, feedForward.linear('wo', gated, inner, hidden, false)])
}

/** Divides by the root mean square; no mean is taken off. */
function norm(
  scope: BlockScope,
  { d_model: hidden, layer_norm_epsilon: epsilon }: T5Config,
  name: string,
  x: Value,
): Value {
  return scope.g.node('SimplifiedLayerNormalization', [x, scope.weight(`${name}.weight`, [hidden])], {
    axis: -1,
    epsilon: float(epsilon),
  })
}
