import { PhotodoodleError } from '../core/errors'
import { isObject } from './json'
import { weightNamed, type StoredTensor, type TensorInfo, type WeightStore } from './weight-store'

/**
 * An AutoencoderKL under the FLUX reference code's names and config, from either of the two files people have: the
 * reference's `ae.safetensors`, or diffusers' `vae/` folder. Source: diffusers, loaders/single_file_utils.py
 * (convert_ldm_vae_checkpoint), undone.
 */

/** FLUX.1's latent space, for files that do not say. */
const FLUX_LATENTS = { scale_factor: 0.3611, shift_factor: 0.1159 }

/** Wrapper that all-in-one checkpoints put before the autoencoder's names. */
const PREFIX = 'first_stage_model.'

/** diffusers' parts of a resnet or an attention, in the reference's words. */
const INNER: Readonly<Record<string, string>> = {
  conv_shortcut: 'nin_shortcut',
  group_norm: 'norm',
  to_q: 'q',
  to_k: 'k',
  to_v: 'v',
  'to_out.0': 'proj_out',
  // Files saved before diffusers 0.17.
  query: 'q',
  key: 'k',
  value: 'v',
  proj_attn: 'proj_out',
}

/**
 * @param config diffusers' `vae/config.json`; its scaling_factor and shift_factor are used where it has them
 * @returns reference names; `config` holds an AutoencoderKLConfig's entries, not yet validated
 * @throws BadModel for a file that is no AutoencoderKL, or has quant convolutions, which FLUX does not; MissingWeight
 */
export function referenceAutoencoder(store: WeightStore, config?: unknown): WeightStore {
  const prefix = store.names().some((name) => name.startsWith(PREFIX)) ? PREFIX : ''
  const names = store.names().map((name) => (name.startsWith(prefix) ? name.slice(prefix.length) : name))
  const naming = names.some((name) => /^encoder\.down_blocks\.0\./.test(name)) ? 'diffusers' : 'reference'
  if (!names.includes('encoder.conv_in.weight') || !names.includes('decoder.conv_in.weight'))
    throw bad('The file does not hold an AutoencoderKL.')
  const levels =
    1 + Math.max(-1, ...names.map((name) => Number(/^encoder\.down(?:_blocks)?\.(\d+)\./.exec(name)?.[1] ?? -1)))
  const sources = new Map(
    names.map((name) => [naming === 'reference' ? name : referenceName(name, levels), prefix + name]),
  )
  const find = (name: string): string => weightNamed(sources, name)
  /** The reference's attention projections are 1 x 1 convolutions, diffusers' are linears. */
  const infoOf = (name: string): TensorInfo => {
    const { dtype, shape } = store.info(find(name))
    return { dtype, shape: shape.length === 2 ? [...shape, 1, 1] : shape }
  }
  const named: WeightStore = {
    names: () => [...sources.keys()],
    info: infoOf,
    read: async (name): Promise<StoredTensor> => ({ ...(await store.read(find(name))), shape: infoOf(name).shape }),
  }
  return { ...named, config: sizesOf(named, levels, isObject(config) ? config : {}) }
}

function referenceName(name: string, levels: number): string {
  const [, side, rest] = /^(encoder|decoder)\.(.+)$/.exec(name) ?? []
  if (side === undefined || rest === undefined) throw bad(`The tensor ${name} has no place in FLUX's autoencoder.`)
  const inner = (part: string): string =>
    part.replace(/^(.+)\.(weight|bias)$/, (_, words: string, kind: string) => `${INNER[words] ?? words}.${kind}`)
  const block =
    /^(down|up)_blocks\.(\d+)\.(?:resnets\.(\d+)\.(.+)|(downsamplers|upsamplers)\.0\.conv\.(weight|bias))$/.exec(rest)
  if (block !== null) {
    const [, way, index, resnet, part, sampler, kind] = block
    // The reference counts the decoder's levels from the finest.
    const level = way === 'up' ? levels - 1 - Number(index) : Number(index)
    return sampler === undefined
      ? `${side}.${way}.${level}.block.${resnet}.${inner(part!)}`
      : `${side}.${way}.${level}.${way}sample.conv.${kind}`
  }
  const middle = /^mid_block\.(?:resnets\.(\d+)|attentions\.(\d+))\.(.+)$/.exec(rest)
  if (middle !== null) {
    const [, resnet, attention, part] = middle
    const block = resnet === undefined ? `attn_${Number(attention) + 1}` : `block_${Number(resnet) + 1}`
    return `${side}.mid.${block}.${inner(part!)}`
  }
  return `${side}.${rest.replace(/^conv_norm_out\./, 'norm_out.')}`
}

/** AutoencoderKLConfig from the shapes; names as in the reference's AutoEncoderParams. */
function sizesOf(
  store: WeightStore,
  levels: number,
  config: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const size = (name: string, axis: number): number => store.info(name).shape[axis] ?? 0
  const ch = size('encoder.conv_in.weight', 0)
  const blocks = store.names().filter((name) => /^encoder\.down\.0\.block\.\d+\.conv1\.weight$/.test(name)).length
  const factor = (name: string, fallback: number): number =>
    typeof config[name] === 'number' ? config[name] : fallback
  return {
    in_channels: size('encoder.conv_in.weight', 1),
    out_ch: size('decoder.conv_out.weight', 0),
    ch,
    ch_mult: Array.from({ length: levels }, (_, level) => size(`encoder.down.${level}.block.0.conv1.weight`, 0) / ch),
    num_res_blocks: blocks,
    z_channels: size('decoder.conv_in.weight', 1),
    scale_factor: factor('scaling_factor', FLUX_LATENTS.scale_factor),
    shift_factor: factor('shift_factor', FLUX_LATENTS.shift_factor),
  }
}

const bad = (what: string): PhotodoodleError =>
  new PhotodoodleError(
    'BadModel',
    what,
    "Give FLUX.1's own autoencoder: ae.safetensors, or the vae folder of its diffusers download.",
  )
