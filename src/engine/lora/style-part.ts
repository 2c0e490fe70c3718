import type { FluxSizes } from '../formats/flux-layers'
import type { WeightStore } from '../formats/weight-store'
import { adapterOf, type Adapter } from './adapter'
import { readLora } from './read-lora'

/** The networks that a style of a layered model changes; each key of its file begins with one of them and a dot. */
export type StylePart = 'layout' | 'drawing'

/**
 * What a style changes in one of a model's networks.
 * @param store keys `drawing.transformer_blocks.0.attn.to_q.lora_A.weight`, `layout....`
 * @returns an adapter without layers where the style leaves that network as it is
 * @throws BadLora when a key of that part does not fit the network
 */
export async function readStylePart(store: WeightStore, part: StylePart, sizes: FluxSizes): Promise<Adapter> {
  const prefix = `${part}.`
  const names = store.names().filter((name) => name.startsWith(prefix))
  if (names.length === 0) return adapterOf(new Map())
  const own: WeightStore = {
    names: () => names.map((name) => name.slice(prefix.length)),
    info: (name) => store.info(prefix + name),
    read: (name) => store.read(prefix + name),
    config: store.config,
  }
  return readLora(own, sizes)
}
