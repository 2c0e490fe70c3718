import type { TransformerConfig } from '../../models/transformer/config'
import { attentionDims, blockPrefixes, type AttentionMode } from '../../models/transformer/graphs'
import type { BoundTensor } from '../ort/bound-tensor'
import type { Feeds, Runtime } from '../runtime'

/** Every block's image queries and keys, as `BLOCK.q` and `BLOCK.k` [2N, heads, head]. */
type AttentionStore = Readonly<Record<string, BoundTensor>>

/** How a forward pass uses a store: fills it, or attends with what is in it. */
export interface SharedAttention {
  readonly mode: Exclude<AttentionMode, 'plain'>
  readonly store: AttentionStore
}

/** @param noisy tokens N; the source's N come on top */
export function allocateAttention(runtime: Runtime, config: TransformerConfig, noisy: number): AttentionStore {
  const names = blockPrefixes(config).flatMap((prefix) => [`${prefix}q`, `${prefix}k`])
  return Object.fromEntries(
    names.map((name) => [name, runtime.allocate(attentionDims(2 * noisy, config), `attention of ${name}`)]),
  )
}

/**
 * A store's tensors as one graph knows them. @param prefix of the block that is the whole graph; none for the whole
 * network
 */
export function attentionTensors(
  { store, mode }: SharedAttention,
  prefix = '',
): { readonly feeds: Feeds; readonly targets: AttentionStore } {
  const own = Object.fromEntries(
    Object.entries(store)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, bound]) => [name.slice(prefix.length), bound]),
  )
  return mode === 'inject' ? { feeds: own, targets: {} } : { feeds: {}, targets: own }
}
