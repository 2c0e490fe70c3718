import { float, GraphBuilder, type Value } from '../../onnx/graph-builder'
import { biasedAttention, BlockScope, type LinearFormats } from '../encoder/block-scope'
import { ConfigReader } from '../encoder/config-reader'
import type { EncoderGraphs, EncoderPart } from '../encoder/text-model'

/** Sizes of a CLIP text model under Hugging Face's names (text_encoder/config.json). */
export interface ClipConfig {
  readonly hidden_size: number
  readonly intermediate_size: number
  readonly num_attention_heads: number
  readonly num_hidden_layers: number
  readonly layer_norm_eps: number
  readonly max_position_embeddings: number
}

/** @throws BadModel naming the entry that is missing, out of range or not supported */
export function parseClipConfig(source: unknown): ClipConfig {
  const reader = new ConfigReader(source, 'the CLIP text encoder')
  reader.expect('hidden_act', 'quick_gelu')
  const config = {
    hidden_size: reader.count('hidden_size'),
    intermediate_size: reader.count('intermediate_size'),
    num_attention_heads: reader.count('num_attention_heads'),
    num_hidden_layers: reader.count('num_hidden_layers'),
    layer_norm_eps: reader.epsilon('layer_norm_eps'),
    max_position_embeddings: reader.count('max_position_embeddings'),
  }
  if (config.hidden_size % config.num_attention_heads !== 0)
    throw reader.wrong(`cannot share ${config.hidden_size} features among ${config.num_attention_heads} heads`)
  return config
}

const LAYER = (layer: number): string => `text_model.encoder.layers.${layer}.`
const FINAL_NORM = 'final_layer_norm'

/**
 * CLIP's text transformer (Radford et al. 2021; weight names of Hugging Face's CLIPTextModel).
 * Inputs: `x` [tokens, hidden], the sum of token and position rows; `mask` [tokens, tokens], see {@link causalMask}.
 * Output: `states` [tokens, hidden] after the final norm.
 */
export function clipGraphs(config: ClipConfig): EncoderGraphs {
  const { hidden_size: hidden } = config
  const states = ['tokens', hidden]
  const inputs = (g: GraphBuilder): [x: Value, mask: Value] => [
    g.input('x', states),
    g.input('mask', ['tokens', 'tokens']),
  ]

  const blockPart = (layer: number, formats: LinearFormats): EncoderPart => {
    const g = new GraphBuilder('clip_block', 'inputs')
    const [x, mask] = inputs(g)
    g.output('x_next', block(new BlockScope(g, formats, LAYER(layer), ''), config, x, mask), states)
    return { graph: g.build(), prefix: LAYER(layer) }
  }
  const finalPart = (): EncoderPart => {
    const g = new GraphBuilder('clip_final', 'inputs')
    const x = g.input('x', states)
    g.output('states', norm(new BlockScope(g, () => 'dense'), config, FINAL_NORM, x), states)
    return { graph: g.build(), prefix: 'text_model.' }
  }
  return {
    whole() {
      const g = new GraphBuilder('clip')
      const scope = new BlockScope(g, () => 'dense')
      const [embedded, mask] = inputs(g)
      let x = embedded
      for (let layer = 0; layer < config.num_hidden_layers; layer++)
        x = block(new BlockScope(g, () => 'dense', LAYER(layer)), config, x, mask)
      g.output('states', norm(scope, config, `text_model.${FINAL_NORM}`, x), states)
      return g.build()
    },
    parts: (formats) => [
      ...Array.from({ length: config.num_hidden_layers }, (_, layer) => blockPart(layer, formats)),
      finalPart(),
    ],
  }
}

/**
 * 0 where a token may look (itself and what came before), elsewhere so low that its share is exactly 0; [tokens,
 * tokens].
 */
export function causalMask(tokens: number): Float32Array {
  return Float32Array.from({ length: tokens * tokens }, (_, i) => (i % tokens > Math.floor(i / tokens) ? -1e9 : 0))
}

function block(scope: BlockScope, config: ClipConfig, x: Value, mask: Value): Value {
  const { g } = scope
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config
  const attention = scope.at('self_attn')
  const before = norm(scope, config, 'layer_norm1', x)
  const project = (name: string): Value => attention.linear(`${name}_proj`, before, hidden, hidden, true)
  const mixed = biasedAttention(
    g,
    { q: project('q'), k: project('k'), v: project('v') },
    heads,
    hidden / heads,
    Math.sqrt(heads / hidden),
    mask,
  )
  const y = g.node('Add', [x, attention.linear('out_proj', mixed, hidden, hidden, true)])
  const mlp = scope.at('mlp')
  const wide = g.node(
    'com.microsoft.QuickGelu',
    [mlp.linear('fc1', norm(scope, config, 'layer_norm2', y), hidden, inner, true)],
    { alpha: float(1.702) },
  )
  return g.node('Add', [y, mlp.linear('fc2', wide, inner, hidden, true)])
}

function norm(
  scope: BlockScope,
  { hidden_size: hidden, layer_norm_eps: epsilon }: ClipConfig,
  name: string,
  x: Value,
): Value {
  return scope.g.node(
    'LayerNormalization',
    [x, scope.weight(`${name}.weight`, [hidden]), scope.weight(`${name}.bias`, [hidden])],
    { axis: -1, epsilon: float(epsilon) },
  )
}
