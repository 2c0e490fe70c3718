import type { LinearShape } from '../linear'
import { checkStored, linearShapes, linearWeights, normWeights, type WeightIndex } from '../transformer/weights'
import { headDim } from '../transformer/config'
import type { ConditionedConfig } from './config'

/**
 * Every linear of the network by its reference name: FLUX's own, and those that bring in photo tokens and places and
 * give pointer keys.
 */
export function conditionedLinears(config: ConditionedConfig): ReadonlyMap<string, LinearShape> {
  const { hidden_size: hidden, src_channels: src, place_channels: place, pointer_dim: pointer } = config
  const linears = new Map(linearShapes(config))
  if (config.position_embed) linears.set('pos_in', { inputs: headDim(config), outputs: hidden, bias: true })
  linears.set('src_in', { inputs: src, outputs: hidden, bias: true })
  if (place > 0) linears.set('place_in', { inputs: place, outputs: hidden, bias: true })
  if (pointer > 0) linears.set('pointer_in', { inputs: hidden, outputs: pointer, bias: true })
  return linears
}

/** Every stored tensor of the network and its shape, by reference name. */
export function conditionedWeights(config: ConditionedConfig): ReadonlyMap<string, readonly number[]> {
  return new Map([...linearWeights(conditionedLinears(config)), ...normWeights(config)])
}

/** @throws MissingWeight, ShapeMismatch, UnsupportedDType, or BadModel for a tensor that no layer uses */
export function checkConditionedWeights(store: WeightIndex, config: ConditionedConfig): void {
  checkStored(store, conditionedWeights(config), conditionedLinears(config))
}

const STYLE_TARGETS = /^(double_blocks\.\d+\.(img|txt)_(attn\.(qkv|proj)|mlp\.[02])|single_blocks\.\d+\.linear[12])$/

/**
 * The linears that the shipped EditLoRAs adapt: every one of the blocks but their modulations
 * (training/train_style.py).
 */
export function conditionedLoraTargets(config: ConditionedConfig): readonly string[] {
  return [...conditionedLinears(config).keys()].filter((name) => STYLE_TARGETS.test(name))
}
