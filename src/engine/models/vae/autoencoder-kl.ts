import { PhotodoodleError } from '../../core/errors'
import type { WeightStore } from '../../formats/weight-store'
import { GraphBuilder, type Value } from '../../onnx/graph-builder'
import type { GraphRuntime } from '../graph-runtime'
import { openAutoencoder, type Autoencoder, type AutoencoderGraphs, type AutoencoderOptions } from './autoencoder'
import { conv, doubleSize, groupNorm, swish } from './layers'

/** Sizes of an AutoencoderKL under the FLUX reference code's names (modules/autoencoder.py, AutoEncoderParams). */
export interface AutoencoderKLConfig {
  /** Channels of a picture, 3. */
  readonly in_channels: number
  readonly out_ch: number
  /** Channels at full resolution; level i has ch * ch_mult[i]. Multiples of 32. */
  readonly ch: number
  readonly ch_mult: readonly number[]
  readonly num_res_blocks: number
  readonly z_channels: number
  readonly scale_factor: number
  readonly shift_factor: number
}

/** FLUX.1's own. */
export const FLUX_AUTOENCODER: AutoencoderKLConfig = {
  in_channels: 3,
  out_ch: 3,
  ch: 128,
  ch_mult: [1, 2, 4, 4],
  num_res_blocks: 2,
  z_channels: 16,
  scale_factor: 0.3611,
  shift_factor: 0.1159,
}

/** @throws BadModel naming the first entry that is missing or out of range */
export function parseAutoencoderKLConfig(value: unknown): AutoencoderKLConfig {
  const config = value as Readonly<Record<string, unknown>>
  const wrong = (key: string, need: string) =>
    new PhotodoodleError(
      'BadModel',
      `The autoencoder's ${key} must be ${need}, got ${JSON.stringify(config[key])}.`,
      'Convert the model again, or fix its config.',
    )
  if (typeof value !== 'object' || value === null)
    throw new PhotodoodleError('BadModel', 'The autoencoder has no config.', 'Convert the model again.')
  const count = (key: string, multiple = 1): number => {
    const n = config[key]
    if (typeof n !== 'number' || !Number.isSafeInteger(n) || n < 1 || n % multiple !== 0)
      throw wrong(key, multiple === 1 ? 'a positive whole number' : `a multiple of ${multiple}`)
    return n
  }
  const real = (key: string): number => {
    const x = config[key]
    if (typeof x !== 'number' || !Number.isFinite(x)) throw wrong(key, 'a number')
    return x
  }
  const multipliers: unknown = config['ch_mult']
  const isCount = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n > 0
  if (!Array.isArray(multipliers) || multipliers.length === 0 || !multipliers.every(isCount))
    throw wrong('ch_mult', 'a list of positive whole numbers')
  return {
    in_channels: count('in_channels'),
    out_ch: count('out_ch'),
    ch: count('ch', 32),
    ch_mult: multipliers,
    num_res_blocks: count('num_res_blocks'),
    z_channels: count('z_channels'),
    scale_factor: real('scale_factor'),
    shift_factor: real('shift_factor'),
  }
}

/**
 * The AutoencoderKL of latent diffusion in FLUX's form: no quant convs, posterior mean, latents = (z - shift) * scale.
 * Pictures in -1..1 inside the graphs. Weight names are the reference code's (`encoder.down.0.block.0.norm1.weight`).
 */
export function autoencoderKLGraphs(config: AutoencoderKLConfig): AutoencoderGraphs {
  return {
    encoder: encoderGraph(config),
    decoder: decoderGraph(config),
    reduction: 2 ** (config.ch_mult.length - 1),
    range: [-1, 1],
  }
}

/** @throws MissingWeight, ShapeMismatch, RuntimeFailed */
export function openAutoencoderKL(
  store: WeightStore,
  config: AutoencoderKLConfig,
  runtime: GraphRuntime,
  options?: AutoencoderOptions,
): Promise<Autoencoder> {
  return openAutoencoder(autoencoderKLGraphs(config), store, runtime, options)
}

function encoderGraph(config: AutoencoderKLConfig) {
  const { ch, ch_mult, num_res_blocks, z_channels } = config
  const g = new GraphBuilder('autoencoder-kl encoder')
  let x = conv(
    g,
    g.input('image', [1, config.in_channels, 'height', 'width']),
    'encoder.conv_in',
    config.in_channels,
    ch,
  )
  let width = ch
  ch_mult.forEach((multiplier, level) => {
    const down = `encoder.down.${level}`
    for (let i = 0; i < num_res_blocks; i++) {
      x = resnetBlock(g, x, `${down}.block.${i}`, width, ch * multiplier)
      width = ch * multiplier
    }
    // The reference pads the right and the bottom only.
    if (level < ch_mult.length - 1)
      x = conv(g, x, `${down}.downsample.conv`, width, width, { stride: 2, pads: [0, 0, 1, 1] })
  })
  x = middle(g, x, 'encoder.mid', width)
  const moments = conv(
    g,
    swish(g, groupNorm(g, x, 'encoder.norm_out', width)),
    'encoder.conv_out',
    width,
    2 * z_channels,
  )
  const mean = g.node('Slice', [moments, g.ints(0), g.ints(z_channels), g.ints(1)])
  const latents = g.node('Mul', [g.node('Sub', [mean, g.scalar(config.shift_factor)]), g.scalar(config.scale_factor)])
  g.output('latents', latents, [1, z_channels, 'rows', 'columns'])
  return g.build()
}

function decoderGraph(config: AutoencoderKLConfig) {
  const { ch, ch_mult, num_res_blocks, z_channels } = config
  const g = new GraphBuilder('autoencoder-kl decoder')
  const latents = g.input('latents', [1, z_channels, 'rows', 'columns'])
  const z = g.node('Add', [g.node('Div', [latents, g.scalar(config.scale_factor)]), g.scalar(config.shift_factor)])
  let width = ch * ch_mult.at(-1)!
  let x = middle(g, conv(g, z, 'decoder.conv_in', z_channels, width), 'decoder.mid', width)
  for (let level = ch_mult.length - 1; level >= 0; level--) {
    const up = `decoder.up.${level}`
    for (let i = 0; i <= num_res_blocks; i++) {
      x = resnetBlock(g, x, `${up}.block.${i}`, width, ch * ch_mult[level]!)
      width = ch * ch_mult[level]!
    }
    if (level > 0) x = conv(g, doubleSize(g, x), `${up}.upsample.conv`, width, width)
  }
  g.output(
    'image',
    conv(g, swish(g, groupNorm(g, x, 'decoder.norm_out', width)), 'decoder.conv_out', width, config.out_ch),
    [1, config.out_ch, 'height', 'width'],
  )
  return g.build()
}

function resnetBlock(g: GraphBuilder, x: Value, name: string, from: number, to: number): Value {
  let y = conv(g, swish(g, groupNorm(g, x, `${name}.norm1`, from)), `${name}.conv1`, from, to)
  y = conv(g, swish(g, groupNorm(g, y, `${name}.norm2`, to)), `${name}.conv2`, to, to)
  const shortcut = from === to ? x : conv(g, x, `${name}.nin_shortcut`, from, to, { kernel: 1 })
  return g.node('Add', [shortcut, y])
}

function middle(g: GraphBuilder, x: Value, name: string, width: number): Value {
  const first = resnetBlock(g, x, `${name}.block_1`, width, width)
  return resnetBlock(g, attentionBlock(g, first, `${name}.attn_1`, width), `${name}.block_2`, width, width)
}

/**
 * One-head self-attention over all positions, with 1 x 1 convolutions as projections. The queries stay [1, H, W, width]
 * and
 * only keys and values are flattened, so the graph need not know the picture's size to unfold the result: asking for it
 * (Shape) is work for the CPU, which a WebGPU session refuses.
 */
function attentionBlock(g: GraphBuilder, x: Value, name: string, width: number): Value {
  const normal = groupNorm(g, x, `${name}.norm`, width)
  const project = (part: string, from: Value) => conv(g, from, `${name}.${part}`, width, width, { kernel: 1 })
  const flat = (part: string) => g.node('Reshape', [project(part, normal), g.ints(width, -1)])
  const query = g.node('Transpose', [g.node('Mul', [project('q', normal), g.scalar(1 / Math.sqrt(width))])], {
    perm: [0, 2, 3, 1],
  })
  const weights = g.node('Softmax', [g.node('MatMul', [query, flat('k')])], { axis: -1 })
  const mixed = g.node('MatMul', [weights, g.node('Transpose', [flat('v')], { perm: [1, 0] })])
  return g.node('Add', [x, project('proj_out', g.node('Transpose', [mixed], { perm: [0, 3, 1, 2] }))])
}
