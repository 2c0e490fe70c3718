/**
 * Every linear of a FLUX-architecture transformer: its reference name, its size, and the diffusers linears it is made
 * of. Sources: github.com/black-forest-labs/flux (src/flux/model.py, modules/layers.py) and diffusers'
 * scripts/convert_flux_to_diffusers.py, whose split of fused linears this table undoes.
 */

/** The part of a transformer's config that sizes its weights; names are the FLUX reference code's. */
export interface FluxSizes {
  /** Values of one packed image token: 64 = 2 x 2 x 16 latent channels in FLUX.1. */
  readonly in_channels: number
  readonly out_channels: number
  /** Size of the pooled text vector. */
  readonly vec_in_dim: number
  /** Size of one text token state. */
  readonly context_in_dim: number
  readonly hidden_size: number
  readonly mlp_ratio: number
  /** Double blocks. */
  readonly depth: number
  readonly depth_single_blocks: number
  /** The network takes the distilled guidance value as an input. */
  readonly guidance_embed: boolean
}

export interface FluxLinear {
  /** Reference name without `.weight`, e.g. `double_blocks.0.img_attn.qkv`. */
  readonly name: string
  /** Weight shape: [out, in]. */
  readonly out: number
  readonly in: number
  /** The diffusers linears stacked in its rows, in order; one for a linear that is not fused. */
  readonly parts: readonly FluxPart[]
  /** diffusers stores the two halves of the rows in the other order: (scale, shift) for (shift, scale). */
  readonly swapHalves: boolean
}

interface FluxPart {
  /** diffusers name without `.weight`, e.g. `transformer_blocks.0.attn.to_q`. */
  readonly name: string
  /** First row inside the fused linear. */
  readonly row: number
  readonly rows: number
}

/** Per-head RMSNorm scales of a block: reference name, then diffusers name, both inside the block. */
const DOUBLE_NORMS = [
  ['img_attn.norm.query_norm.scale', 'attn.norm_q.weight'],
  ['img_attn.norm.key_norm.scale', 'attn.norm_k.weight'],
  ['txt_attn.norm.query_norm.scale', 'attn.norm_added_q.weight'],
  ['txt_attn.norm.key_norm.scale', 'attn.norm_added_k.weight'],
] as const
const SINGLE_NORMS = [
  ['norm.query_norm.scale', 'attn.norm_q.weight'],
  ['norm.key_norm.scale', 'attn.norm_k.weight'],
] as const

type Row = readonly [name: string, out: number, input: number, parts: readonly (readonly [string, number])[]]

const one = (name: string, out: number, input: number, diffusers: string): Row => [name, out, input, [[diffusers, out]]]

function doubleBlock({ hidden_size: h, mlp_ratio }: FluxSizes): Row[] {
  const mlp = h * mlp_ratio
  return [
    one('img_mod.lin', 6 * h, h, 'norm1.linear'),
    [
      'img_attn.qkv',
      3 * h,
      h,
      [
        ['attn.to_q', h],
        ['attn.to_k', h],
        ['attn.to_v', h],
      ],
    ],
    one('img_attn.proj', h, h, 'attn.to_out.0'),
    one('img_mlp.0', mlp, h, 'ff.net.0.proj'),
    one('img_mlp.2', h, mlp, 'ff.net.2'),
    one('txt_mod.lin', 6 * h, h, 'norm1_context.linear'),
    [
      'txt_attn.qkv',
      3 * h,
      h,
      [
        ['attn.add_q_proj', h],
        ['attn.add_k_proj', h],
        ['attn.add_v_proj', h],
      ],
    ],
    one('txt_attn.proj', h, h, 'attn.to_add_out'),
    one('txt_mlp.0', mlp, h, 'ff_context.net.0.proj'),
    one('txt_mlp.2', h, mlp, 'ff_context.net.2'),
  ]
}

function singleBlock({ hidden_size: h, mlp_ratio }: FluxSizes): Row[] {
  const mlp = h * mlp_ratio
  return [
    one('modulation.lin', 3 * h, h, 'norm.linear'),
    [
      'linear1',
      3 * h + mlp,
      h,
      [
        ['attn.to_q', h],
        ['attn.to_k', h],
        ['attn.to_v', h],
        ['proj_mlp', mlp],
      ],
    ],
    one('linear2', h, h + mlp, 'proj_out'),
  ]
}

function outsideBlocks(sizes: FluxSizes): Row[] {
  const h = sizes.hidden_size
  const embedder = (name: string, input: number, diffusers: string): Row[] => [
    one(`${name}.in_layer`, h, input, `time_text_embed.${diffusers}.linear_1`),
    one(`${name}.out_layer`, h, h, `time_text_embed.${diffusers}.linear_2`),
  ]
  return [
    one('img_in', h, sizes.in_channels, 'x_embedder'),
    one('txt_in', h, sizes.context_in_dim, 'context_embedder'),
    ...embedder('time_in', 256, 'timestep_embedder'),
    ...embedder('vector_in', sizes.vec_in_dim, 'text_embedder'),
    ...(sizes.guidance_embed ? embedder('guidance_in', 256, 'guidance_embedder') : []),
    one(FINAL_MODULATION, 2 * h, h, 'norm_out.linear'),
    one('final_layer.linear', sizes.out_channels, h, 'proj_out'),
  ]
}

const FINAL_MODULATION = 'final_layer.adaLN_modulation.1'

function linear([name, out, input, parts]: Row, prefix: string, diffusersPrefix: string): FluxLinear {
  let row = 0
  const placed = parts.map(([part, rows]) => {
    const start = row
    row += rows
    return { name: diffusersPrefix + part, row: start, rows }
  })
  return { name: prefix + name, out, in: input, parts: placed, swapHalves: name === FINAL_MODULATION }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i)

/** All linears in a fixed order: outside the blocks, double blocks, single blocks. */
export function fluxLinears(sizes: FluxSizes): FluxLinear[] {
  return [
    ...outsideBlocks(sizes).map((row) => linear(row, '', '')),
    ...range(sizes.depth).flatMap((i) =>
      doubleBlock(sizes).map((row) => linear(row, `double_blocks.${i}.`, `transformer_blocks.${i}.`)),
    ),
    ...range(sizes.depth_single_blocks).flatMap((i) =>
      singleBlock(sizes).map((row) => linear(row, `single_blocks.${i}.`, `single_transformer_blocks.${i}.`)),
    ),
  ]
}

/** Reference and diffusers name of every tensor that is not part of a linear. */
export function fluxNorms(sizes: FluxSizes): (readonly [reference: string, diffusers: string])[] {
  return [
    ...range(sizes.depth).flatMap((i) =>
      DOUBLE_NORMS.map(
        ([name, diffusers]) => [`double_blocks.${i}.${name}`, `transformer_blocks.${i}.${diffusers}`] as const,
      ),
    ),
    ...range(sizes.depth_single_blocks).flatMap((i) =>
      SINGLE_NORMS.map(
        ([name, diffusers]) => [`single_blocks.${i}.${name}`, `single_transformer_blocks.${i}.${diffusers}`] as const,
      ),
    ),
  ]
}
