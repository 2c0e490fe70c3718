import { PhotodoodleError } from '../core/errors'
import type { FluxSizes } from '../formats/flux-layers'
import type { WeightStore } from '../formats/weight-store'
import { adapterOf, type Adapter } from './adapter'
import { stripPrefixes } from './lora-keys'
import { trainedFor } from './lora-metadata'
import { leftOutKeys, readLora } from './read-lora'

/** A style of a model that lays out and draws: a change of each network; of one that it leaves alone, an empty one. */
export interface LayerAdapter {
  readonly drawing: Adapter
  readonly layout: Adapter
}

type Network = keyof LayerAdapter
const NETWORKS: readonly Network[] = ['drawing', 'layout']

/** Width of the stream of nano 0.1 to 0.6, whose styles do not say what they were trained for. */
const OLD_NANO_WIDTH = 192

/**
 * Reads a style whose keys begin with the network that they change:
 * `drawing.transformer_blocks.0.attn.to_q.lora_A.weight`.
 * @throws BadLora for a style of another model, by the version it was trained for where that can be told
 */
export async function readLayerLora(
  store: WeightStore,
  sizes: Readonly<Record<Network, FluxSizes>>,
  model: { readonly name: string; readonly version: string },
): Promise<LayerAdapter> {
  const leftOut = new Set(leftOutKeys(store))
  // A trainer's wrappers may stand before the network's name as before any other.
  const keys = new Map(
    store
      .names()
      .filter((key) => !leftOut.has(key))
      .map((key) => [stripPrefixes(key), key]),
  )
  const parts = NETWORKS.map((network) => ({ network, part: within(store, keys, `${network}.`) })).filter(
    ({ part }) => part.names().length > 0,
  )
  const known = parts.reduce((sum, { part }) => sum + part.names().length, 0)
  const stranger = [...keys.keys()].find((name) => !NETWORKS.some((network) => name.startsWith(`${network}.`)))
  if (known === 0) throw otherModel(store, model)
  if (stranger !== undefined)
    throw new PhotodoodleError(
      'BadLora',
      `The style's key "${stranger}" belongs to neither network of ${model.name}.`,
      'Export it again.',
    )
  const read: Record<Network, Adapter> = { drawing: adapterOf(new Map()), layout: adapterOf(new Map()) }
  for (const { network, part } of parts) read[network] = await readLora(part, sizes[network])
  return read
}

/** The tensors below a prefix, without it. @param keys the file's own name of each tensor */
function within(store: WeightStore, keys: ReadonlyMap<string, string>, prefix: string): WeightStore {
  const inside = new Map(
    [...keys].flatMap(([name, key]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), key]] : [])),
  )
  const keyOf = (name: string): string => inside.get(name) ?? name
  return {
    names: () => [...inside.keys()],
    info: (name) => store.info(keyOf(name)),
    read: (name) => store.read(keyOf(name)),
    config: store.config,
  }
}

function otherModel(
  store: WeightStore,
  { name, version }: { readonly name: string; readonly version: string },
): PhotodoodleError {
  const oldNano = store.names().some((key) => /lora_A/.test(key) && store.info(key).shape[1] === OLD_NANO_WIDTH)
  const base = trainedFor(store.config) ?? (oldNano ? 'nano 0.6.1 or earlier' : 'another model')
  return new PhotodoodleError(
    'BadLora',
    `This style was trained for ${base}; ${name} ${version} draws in another way.`,
    'Train it again from its pairs, or use it with the model it was made for.',
  )
}
