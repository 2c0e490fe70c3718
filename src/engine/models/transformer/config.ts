import { PhotodoodleError } from '../../core/errors'
import type { FluxSizes } from '../../formats/flux-layers'

/** All sizes of a FLUX-architecture transformer. Names are the FLUX reference code's FluxParams. */
export interface TransformerConfig extends FluxSizes {
  readonly num_heads: number
  /** Head dimensions given to each RoPE axis (index, row, column); they add up to hidden_size / num_heads. */
  readonly axes_dim: readonly [number, number, number]
  readonly theta: number
  readonly qkv_bias: boolean
}

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

/** Width of a timestep or guidance embedding before its MLP, in every FLUX model. */
export const EMBEDDING_DIM = 256

export const headDim = (config: TransformerConfig): number => config.hidden_size / config.num_heads
export const mlpDim = (config: TransformerConfig): number => config.hidden_size * config.mlp_ratio

/** What is wrong with a network's config. */
export const badConfig = (what: string): PhotodoodleError =>
  new PhotodoodleError(
    'BadModel',
    `The transformer's config ${what}.`,
    'Download the model again, or convert it again with "photodoodle convert".',
  )

/**
 * @param source a manifest's `transformer.config`
 * @throws BadModel naming the entry that is missing or does not fit the others
 */
export function parseTransformerConfig(source: unknown): TransformerConfig {
  const config = parseSizes(source)
  if (config.out_channels !== config.in_channels)
    throw badConfig('has out_channels other than in_channels; the sampler needs them equal')
  return config
}

/**
 * Sizes of any network of FLUX's blocks, whatever it makes of a token.
 * @throws BadModel naming the entry that is missing or does not fit the others
 */
export function parseSizes(source: unknown): TransformerConfig {
  if (typeof source !== 'object' || source === null) throw badConfig('is not an object')
  const json = source as Record<string, unknown>
  const positive = (name: keyof TransformerConfig, value: unknown = json[name]): number => {
    if (typeof value !== 'number' || !(value > 0) || !Number.isFinite(value))
      throw badConfig(`needs a positive number "${name}"`)
    return value
  }
  const count = (name: keyof TransformerConfig, value?: unknown): number => {
    const whole = positive(name, value)
    if (!Number.isInteger(whole)) throw badConfig(`needs a whole number "${name}"`)
    return whole
  }
  const flag = (name: keyof TransformerConfig): boolean => {
    const value = json[name]
    if (typeof value !== 'boolean') throw badConfig(`needs true or false as "${name}"`)
    return value
  }
  const axes = json['axes_dim']
  if (!Array.isArray(axes) || axes.length !== 3) throw badConfig('needs three numbers "axes_dim"')
  const axis = (index: number): number => {
    const dim = count('axes_dim', axes[index])
    if (dim % 2 !== 0) throw badConfig('has an odd number in "axes_dim"; RoPE rotates pairs')
    return dim
  }
  const config: TransformerConfig = {
    in_channels: count('in_channels'),
    out_channels: count('out_channels', json['out_channels'] ?? json['in_channels']),
    vec_in_dim: count('vec_in_dim'),
    context_in_dim: count('context_in_dim'),
    hidden_size: count('hidden_size'),
    mlp_ratio: positive('mlp_ratio'),
    num_heads: count('num_heads'),
    depth: count('depth'),
    depth_single_blocks: count('depth_single_blocks'),
    axes_dim: [axis(0), axis(1), axis(2)],
    theta: positive('theta'),
    qkv_bias: flag('qkv_bias'),
    guidance_embed: flag('guidance_embed'),
  }
  const head = headDim(config)
  if (!Number.isInteger(head))
    throw badConfig(`has hidden_size ${config.hidden_size}, which ${config.num_heads} heads do not divide`)
  if (config.axes_dim.reduce((sum, dim) => sum + dim, 0) !== head)
    throw badConfig(`has axes_dim [${config.axes_dim.join(', ')}], which do not add up to the head size ${head}`)
  if (!Number.isInteger(mlpDim(config)))
    throw badConfig(`has mlp_ratio ${config.mlp_ratio}, which makes no whole MLP size`)
  return config
}
