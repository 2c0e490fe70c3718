import { PhotodoodleError } from '../../src/engine/core/errors'
import { isObject } from '../../src/engine/formats/json'
import type { WeightStore } from '../../src/engine/formats/weight-store'
import type { TextEncoderKind } from '../../src/engine/formats/text-encoder-weights'
import { parseTransformerConfig, type TransformerConfig } from '../../src/engine/models/transformer/config'

/** Head dimensions that FLUX.1 gives to index, row and column; a file of weights does not say. */
const FLUX_AXES: readonly number[] = [16, 56, 56]

/**
 * The sizes of a FLUX-architecture transformer, all from the shapes of its weights.
 * @param store reference names
 * @param diffusers its `transformer/config.json`; only `axes_dims_rope` is taken from it
 * @throws MissingWeight, BadModel when the axes are neither FLUX.1's nor given
 */
export function transformerConfigOf(store: WeightStore, diffusers?: unknown): TransformerConfig {
  const size = (name: string, axis: 0 | 1): number => store.info(name).shape[axis] ?? 0
  const names = store.names()
  const count = (pattern: RegExp): number =>
    1 + Math.max(-1, ...names.map((name) => Number(pattern.exec(name)?.[1] ?? -1)))
  const depth = count(/^double_blocks\.(\d+)\./)
  const hidden = size('img_in.weight', 0)
  const block = depth > 0 ? 'double_blocks.0.img_attn' : 'single_blocks.0'
  const head = size(`${block}.norm.query_norm.scale`, 0)
  const mlp =
    depth > 0 ? size('double_blocks.0.img_mlp.0.weight', 0) : size('single_blocks.0.linear2.weight', 1) - hidden
  const given = isObject(diffusers) ? (diffusers['axes_dims_rope'] ?? FLUX_AXES) : FLUX_AXES
  if (!isObject(diffusers) && head !== FLUX_AXES.reduce((sum, dim) => sum + dim, 0)) {
    throw new PhotodoodleError(
      'BadModel',
      `The transformer's heads have ${head} dimensions, FLUX.1's ` +
        'have 128; how position is spread over them is not in the file.',
      'Put the config.json of its diffusers version beside the file.',
    )
  }
  return parseTransformerConfig({
    in_channels: size('img_in.weight', 1),
    out_channels: size('final_layer.linear.weight', 0),
    vec_in_dim: size('vector_in.in_layer.weight', 1),
    context_in_dim: size('txt_in.weight', 1),
    hidden_size: hidden,
    mlp_ratio: mlp / hidden,
    num_heads: hidden / head,
    depth,
    depth_single_blocks: count(/^single_blocks\.(\d+)\./),
    axes_dim: given,
    theta: 10_000,
    qkv_bias: names.includes(`${depth > 0 ? `${block}.qkv` : 'single_blocks.0.linear1'}.bias`),
    guidance_embed: names.includes('guidance_in.in_layer.weight'),
  })
}

/** Of CLIP-L and T5 v1.1 XXL, what no shape tells. */
const CLIP_HEAD = 64
const T5_HEAD = 64
const T5_DISTANCE = 128

/**
 * A text encoder's config from the shapes of its weights, for files that come without one.
 * @param store the encoder's own names, as {@link textEncoderStore} gives them
 * @throws MissingWeight when it is no such encoder
 */
export function textEncoderConfigOf(kind: TextEncoderKind, store: WeightStore): Readonly<Record<string, unknown>> {
  const size = (name: string, axis: 0 | 1): number => store.info(name).shape[axis] ?? 0
  const layers = (pattern: RegExp): number =>
    1 + Math.max(-1, ...store.names().map((name) => Number(pattern.exec(name)?.[1] ?? -1)))
  if (kind === 'clip') {
    const hidden = size('text_model.embeddings.token_embedding.weight', 1)
    return {
      hidden_act: 'quick_gelu',
      layer_norm_eps: 1e-5,
      hidden_size: hidden,
      num_attention_heads: Math.max(1, hidden / CLIP_HEAD),
      intermediate_size: size('text_model.encoder.layers.0.mlp.fc1.weight', 0),
      num_hidden_layers: layers(/^text_model\.encoder\.layers\.(\d+)\./),
      max_position_embeddings: size('text_model.embeddings.position_embedding.weight', 0),
      vocab_size: size('text_model.embeddings.token_embedding.weight', 0),
    }
  }
  const attention = 'encoder.block.0.layer.0.SelfAttention'
  const inner = size(`${attention}.q.weight`, 0)
  const heads = size(`${attention}.relative_attention_bias.weight`, 1)
  return {
    feed_forward_proj: 'gated-gelu',
    layer_norm_epsilon: 1e-6,
    d_model: size('shared.weight', 1),
    vocab_size: size('shared.weight', 0),
    d_kv: heads === 0 ? T5_HEAD : inner / heads,
    num_heads: heads,
    d_ff: size('encoder.block.0.layer.1.DenseReluDense.wi_0.weight', 0),
    num_layers: layers(/^encoder\.block\.(\d+)\./),
    relative_attention_num_buckets: size(`${attention}.relative_attention_bias.weight`, 0),
    relative_attention_max_distance: T5_DISTANCE,
  }
}
