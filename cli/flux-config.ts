import { PhotodoodleError } from '../src/engine/core/errors'
import { isObject } from '../src/engine/formats/json'
import type { WeightStore } from '../src/engine/formats/weight-store'
import { parseTransformerConfig, type TransformerConfig } from '../src/engine/models/transformer/config'

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
      `The transformer's heads have ${head} dimensions, FLUX.1's have 128; how position is spread over them is not in the file.`,
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
