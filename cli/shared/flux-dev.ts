import type { TransformerConfig } from '../../src/engine/models/transformer/config'

/** FLUX.1-dev. Source: github.com/black-forest-labs/flux, src/flux/util.py. */
export const FLUX_DEV: TransformerConfig = {
  in_channels: 64,
  out_channels: 64,
  vec_in_dim: 768,
  context_in_dim: 4096,
  hidden_size: 3072,
  mlp_ratio: 4,
  num_heads: 24,
  depth: 19,
  depth_single_blocks: 38,
  axes_dim: [16, 56, 56],
  theta: 10_000,
  qkv_bias: true,
  guidance_embed: true,
}
