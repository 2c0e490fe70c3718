import { PhotodoodleError } from '../../core/errors'
import type { StoredDType, TensorInfo } from '../../formats/weight-store'
import type { LinearShape } from '../linear'
import type { TransformerConfig } from './config'
import { EMBEDDING_DIM, headDim, mlpDim } from './config'

/** Every linear layer of the network by canonical name, in reading order. */
export function linearShapes(config: TransformerConfig): ReadonlyMap<string, LinearShape> {
  const { hidden_size: hidden, qkv_bias: qkvBias } = config
  const mlp = mlpDim(config)
  const shapes = new Map<string, LinearShape>()
  const add = (name: string, inputs: number, outputs: number, bias = true): void =>
    void shapes.set(name, { inputs, outputs, bias })
  const addEmbedder = (name: string, inputs: number): void => {
    add(`${name}.in_layer`, inputs, hidden)
    add(`${name}.out_layer`, hidden, hidden)
  }

  add('img_in', config.in_channels, hidden)
  add('txt_in', config.context_in_dim, hidden)
  addEmbedder('time_in', EMBEDDING_DIM)
  addEmbedder('vector_in', config.vec_in_dim)
  if (config.guidance_embed) addEmbedder('guidance_in', EMBEDDING_DIM)
  for (let block = 0; block < config.depth; block++) {
    for (const stream of ['img', 'txt']) {
      const name = `double_blocks.${block}.${stream}`
      add(`${name}_mod.lin`, hidden, 6 * hidden)
      add(`${name}_attn.qkv`, hidden, 3 * hidden, qkvBias)
      add(`${name}_attn.proj`, hidden, hidden)
      add(`${name}_mlp.0`, hidden, mlp)
      add(`${name}_mlp.2`, mlp, hidden)
    }
  }
  for (let block = 0; block < config.depth_single_blocks; block++) {
    const name = `single_blocks.${block}`
    add(`${name}.modulation.lin`, hidden, 3 * hidden)
    add(`${name}.linear1`, hidden, 3 * hidden + mlp)
    add(`${name}.linear2`, hidden + mlp, hidden)
  }
  add('final_layer.adaLN_modulation.1', hidden, 2 * hidden)
  add('final_layer.linear', hidden, config.out_channels)
  return shapes
}

/** Every stored tensor of the network and its shape, by canonical name. */
export function expectedWeights(config: TransformerConfig): ReadonlyMap<string, readonly number[]> {
  return new Map([...linearWeights(linearShapes(config)), ...normWeights(config)])
}

/** Weights and biases of linears and their shapes. */
export function linearWeights(linears: ReadonlyMap<string, LinearShape>): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  for (const [name, { inputs, outputs, bias }] of linears) {
    shapes.set(`${name}.weight`, [outputs, inputs])
    if (bias) shapes.set(`${name}.bias`, [outputs])
  }
  return shapes
}

/** Scales of the norms of queries and keys in all blocks, and their shapes. */
export function normWeights(config: TransformerConfig): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  const addNorms = (name: string): void => {
    shapes.set(`${name}.query_norm.scale`, [headDim(config)])
    shapes.set(`${name}.key_norm.scale`, [headDim(config)])
  }
  for (let block = 0; block < config.depth; block++) {
    addNorms(`double_blocks.${block}.img_attn.norm`)
    addNorms(`double_blocks.${block}.txt_attn.norm`)
  }
  for (let block = 0; block < config.depth_single_blocks; block++) addNorms(`single_blocks.${block}.norm`)
  return shapes
}

const DENSE: readonly StoredDType[] = ['F32', 'F16', 'BF16']

/** What {@link checkWeights} needs of a WeightStore. */
export interface WeightIndex {
  names(): readonly string[]
  info(name: string): TensorInfo
}

/**
 * Compares a file with the config: every tensor there, none unknown, every shape right.
 * @throws MissingWeight, ShapeMismatch, UnsupportedDType, or BadModel for a tensor that no layer uses
 */
export function checkWeights(store: WeightIndex, config: TransformerConfig): void {
  checkStored(store, expectedWeights(config), linearShapes(config))
}

/**
 * The same for a network that is described by its tensors and linears.
 * @throws MissingWeight, ShapeMismatch, UnsupportedDType, or BadModel for a tensor that no layer uses
 */
export function checkStored(
  store: WeightIndex,
  expected: ReadonlyMap<string, readonly number[]>,
  linears: ReadonlyMap<string, LinearShape>,
): void {
  for (const [name, shape] of expected) {
    const info = store.info(name)
    if (info.shape.join() !== shape.join()) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `The weight ${name} is [${info.shape.join(', ')}]; this model needs [${shape.join(', ')}].`,
        'Check that the weights belong to this config.',
      )
    }
    const quantised = info.dtype === 'Q4' || info.dtype === 'Q8'
    const isLinear = name.endsWith('.weight') && linears.has(name.slice(0, -'.weight'.length))
    if (quantised ? !isLinear : !DENSE.includes(info.dtype)) {
      throw new PhotodoodleError(
        'UnsupportedDType',
        `The weight ${name} is stored as ${info.dtype}.`,
        'Convert the model with linear weights as F32, F16, BF16, Q4 or Q8 and all others as F32, F16 or BF16.',
      )
    }
  }
  const unknown = store.names().find((name) => !expected.has(name))
  if (unknown !== undefined) {
    throw new PhotodoodleError(
      'BadModel',
      `No layer of this transformer uses the weight ${unknown}.`,
      'Check that the weights belong to this config.',
    )
  }
}

const PAPER_TARGETS = /^(double_blocks\.\d+\.(img|txt)_(attn\.(qkv|proj)|mlp\.[02])|single_blocks\.\d+\.linear1)$/

/**
 * The linears an EditLoRA adapts: attention and feed-forwards of double blocks, attention of single blocks
 * (PhotoDoodle's released weights).
 */
export function editLoraTargets(config: TransformerConfig): readonly string[] {
  return [...linearShapes(config).keys()].filter((name) => PAPER_TARGETS.test(name))
}
