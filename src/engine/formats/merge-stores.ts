import { PhotodoodleError } from '../core/errors'
import { weightNamed, readRows, type WeightStore } from './weight-store'

interface NamedStore {
  /** File name, for messages. */
  readonly file: string
  readonly store: WeightStore
}

/**
 * The parts of a split file as one store; metadata is that of the first.
 * @throws BadSafetensors when two parts hold the same tensor
 */
export function mergeStores(parts: readonly NamedStore[]): WeightStore {
  const homes = new Map<string, WeightStore>()
  for (const { file, store } of parts) {
    for (const name of store.names()) {
      if (homes.has(name))
        throw new PhotodoodleError(
          'BadSafetensors',
          `${file} has the tensor ${name}, and so does a file before it.`,
          'Give each part of a split file once.',
        )
      homes.set(name, store)
    }
  }
  const find = (name: string): WeightStore => weightNamed(homes, name)
  return {
    names: () => [...homes.keys()],
    info: (name) => find(name).info(name),
    read: (name) => find(name).read(name),
    readRows: (name, first, count) => readRows(find(name), name, first, count),
    config: parts[0]?.store.config,
  }
}
