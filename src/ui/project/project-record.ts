import type { MaskBuffer } from '../../workers/engine-api'
import type { History } from './history'
import type { Choice, Doodle, Layer, Project } from './project'

/**
 * How a project is stored. Doodles are records of their own, written once: they are the bulk, and never change. The
 * rest is one record that refers to them by id. Objects are stored with all their fields, those of later versions too,
 * so a field that is added (how an element is moved, turned, sent behind the subject) needs no new version; one that
 * changes its meaning does, see {@link RECORD_VERSION}.
 */
export interface Snapshot {
  readonly matte: MaskBuffer | null
  readonly history: History<Project>
  readonly typed: string | null
  readonly styleId: string | null
  /** Variations that are drawn and not chosen from yet. */
  readonly choice: Choice | null
}

/** Of both records below. A reader refuses what is newer than it knows. */
export const RECORD_VERSION = 1

/** In place of a doodle. */
interface DoodleRef {
  readonly ref: string
}

type Packed<T> = T extends Doodle ? DoodleRef : T extends readonly (infer Item)[] ? readonly Packed<Item>[] : T
type PackedLayer = { readonly [Key in keyof Layer]: Packed<Layer[Key]> }
type PackedProject = Omit<Project, 'layers'> & { readonly layers: readonly PackedLayer[] }
type PackedChoice = Omit<Choice, 'doodles'> & { readonly doodles: readonly DoodleRef[] }

export interface StateRecord extends Omit<Snapshot, 'history' | 'choice'> {
  readonly id: string
  readonly version: number
  readonly history: History<PackedProject>
  readonly choice: PackedChoice | null
}

/** @returns the record, and every doodle that it refers to */
export function packed(
  id: string,
  { history, choice, ...rest }: Snapshot,
): { readonly state: StateRecord; readonly doodles: ReadonlyMap<string, Doodle> } {
  const doodles = new Map<string, Doodle>()
  // What states share is packed once, so that the record shares it too: structured clones keep identity.
  const layers = new Map<Layer, PackedLayer>()
  const refer = (doodle: Doodle): DoodleRef => {
    doodles.set(doodle.id, doodle)
    return { ref: doodle.id }
  }
  const layer = (one: Layer): PackedLayer =>
    remembered(layers, one, () => ({ ...one, doodle: refer(one.doodle), others: one.others.map(refer) }))
  const state = {
    ...rest,
    id,
    version: RECORD_VERSION,
    history: mapHistory(history, (project): PackedProject => ({ ...project, layers: project.layers.map(layer) })),
    choice: choice === null ? null : { ...choice, doodles: choice.doodles.map(refer) },
  }
  return { state, doodles }
}

/**
 * @param doodles those that could be read
 * @returns the project without what refers to doodles that are gone, and how many those are
 * @throws BadProject for a record that is damaged or of a later version
 */
export function unpacked(
  state: unknown,
  doodles: ReadonlyMap<string, Doodle>,
): { readonly snapshot: Snapshot; readonly lost: number } {
  const gone = new Set<string>()
  const layers = new Map<PackedLayer, Layer | null>()
  const find = ({ ref }: DoodleRef): readonly Doodle[] => {
    const doodle = doodles.get(ref)
    if (doodle === undefined) gone.add(ref)
    return doodle === undefined ? [] : [doodle]
  }
  const layer = (one: PackedLayer): Layer | null =>
    remembered(layers, one, () => {
      const others = one.others.flatMap(find)
      // Another try takes the place of one that is gone.
      const [doodle = others[0]] = find(one.doodle)
      return doodle === undefined ? null : { ...one, doodle, others: others.filter((other) => other !== doodle) }
    })
  try {
    const { version, history, choice, matte, typed, styleId } = state as StateRecord
    if (typeof version !== 'number' || version > RECORD_VERSION) throw new TypeError('of a later version')
    const found = choice?.doodles.flatMap(find) ?? []
    const snapshot: Snapshot = {
      matte,
      typed,
      styleId,
      history: mapHistory(history, (project): Project => ({
        ...project,
        layers: project.layers.flatMap((one) => layer(one) ?? []),
      })),
      choice:
        choice === null || found.length === 0
          ? null
          : {
              ...choice,
              doodles: found,
              // What was not drawn before the reload will not come.
              seeds: found.map(({ seed }) => seed),
              shown: Math.min(choice.shown, found.length - 1),
            },
    }
    if (!Array.isArray(snapshot.history.present.region)) throw new TypeError('no region')
    return { snapshot, lost: gone.size }
  } catch (cause) {
    throw Object.assign(
      new Error(
        'This picture’s doodles cannot be read: they are damaged, or of a newer version ' +
          'of the app. Its photo can be opened again; other pictures are not concerned.',
        { cause },
      ),
      { name: 'BadProject' },
    )
  }
}

/** Whether it is a doodle whose pixels are all there. */
export function isDoodle(value: unknown): value is Doodle {
  const { id, seed, elements } = (value ?? {}) as Partial<Doodle>
  return (
    typeof id === 'string' &&
    typeof seed === 'number' &&
    Array.isArray(elements) &&
    elements.every(
      (element: Doodle['elements'][number]) =>
        element.data instanceof Uint8ClampedArray &&
        element.data.length === element.width * element.height * 4 &&
        typeof element.place === 'object',
    )
  )
}

function mapHistory<A, B>({ past, present, future }: History<A>, change: (state: A) => B): History<B> {
  const states = new Map<A, B>()
  const once = (state: A): B => remembered(states, state, () => change(state))
  return {
    past: past.map((step) => ({ ...step, state: once(step.state) })),
    present: once(present),
    future: future.map((step) => ({ ...step, state: once(step.state) })),
  }
}

function remembered<K, V>(known: Map<K, V>, key: K, make: () => V): V {
  const before = known.get(key)
  if (before !== undefined) return before
  const made = make()
  known.set(key, made)
  return made
}
