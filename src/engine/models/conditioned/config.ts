import { badConfig, parseSizes, type TransformerConfig } from '../transformer/config'

/**
 * Sizes of a FLUX-architecture transformer whose condition (text and photo tokens) attends only to itself, as
 * training/model/conditioned.py names them. `in_channels` and `out_channels` are a noisy token's; `guidance_embed` is
 * false.
 */
export interface ConditionedConfig extends TransformerConfig {
  /** Values of a photo token. */
  readonly src_channels: number
  /** Values that tell a token, noisy or of the photo, where it lies; 0: none are given. */
  readonly place_channels: number
  /** Tokens are also told where they lie: a linear layer `pos_in` of their RoPE cosines and sines is added. */
  readonly position_embed: boolean
  /** Width of the keys that text tokens offer to pointers; 0: none. */
  readonly pointer_dim: number
}

/**
 * @param source a part's `config` in model.json
 * @throws BadModel naming the entry that is missing or does not fit the others
 */
export function parseConditionedConfig(source: unknown): ConditionedConfig {
  const sizes = parseSizes(
    typeof source === 'object' && source !== null ? { ...source, guidance_embed: false } : source,
  )
  const json = source as Record<string, unknown>
  const whole = (name: 'src_channels' | 'place_channels' | 'pointer_dim', least: number): number => {
    const value = json[name]
    if (!Number.isInteger(value) || (value as number) < least)
      throw badConfig(`needs a whole number "${name}" from ${least}`)
    return value as number
  }
  if (typeof json['position_embed'] !== 'boolean') throw badConfig('needs true or false as "position_embed"')
  return {
    ...sizes,
    src_channels: whole('src_channels', 1),
    place_channels: whole('place_channels', 0),
    position_embed: json['position_embed'],
    pointer_dim: whole('pointer_dim', 0),
  }
}
