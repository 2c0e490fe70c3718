import type { Tensor } from '../../core/tensor'
import { tensor } from '../../core/tensor'
import type { TransformerConfig } from './config'
import { headDim } from './config'
import type { PositionIds } from './position-ids'

/**
 * Rotation tables for rotary position embedding over three axes: angle = id * theta^(-2i / dim) for pair i of an axis.
 * Computed in float64 and stored as float32, because a GPU's own sin and cos are only good to 1e-4.
 * Source: the FLUX reference code's `rope` and `EmbedND`.
 *
 * @returns cos and sin [tokens, head / 2]; column p rotates the adjacent pair (2p, 2p + 1) of a head
 */
export function ropeTables(
  ids: PositionIds,
  config: TransformerConfig,
): { readonly cos: Tensor; readonly sin: Tensor } {
  const pairs = headDim(config) / 2
  const tokens = ids.length / 3
  const cos = tensor([tokens, pairs])
  const sin = tensor([tokens, pairs])
  const axisOfPair = config.axes_dim.flatMap((dim, axis) =>
    Array.from({ length: dim / 2 }, (_, i) => ({ axis, frequency: config.theta ** ((-2 * i) / dim) })),
  )
  for (let token = 0; token < tokens; token++) {
    axisOfPair.forEach(({ axis, frequency }, pair) => {
      const angle = ids[3 * token + axis]! * frequency
      cos.data[token * pairs + pair] = Math.cos(angle)
      sin.data[token * pairs + pair] = Math.sin(angle)
    })
  }
  return { cos, sin }
}
