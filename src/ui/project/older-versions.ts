import type { ElementBuffer, Place, RgbaBuffer } from '../../workers/engine-api'
import type { History } from './history'
import type { Doodle, Layer, Project, Recipe } from './project'

/** Options of earlier versions that no longer exist: the second pass and close-ups of 0.6. */
const GONE: readonly string[] = ['zoomPass', 'closeUp']

/** A doodle as 0.6 and before kept it: one picture, over all of the photo unless it has a place. */
export interface OldDoodle extends Omit<Doodle, 'elements'> {
  readonly pixels: RgbaBuffer & { readonly place?: Place }
}

/** @returns the recipe itself when it asks for nothing that is gone */
export function withoutGoneOptions(recipe: Recipe): Recipe {
  const kept = Object.entries(recipe).filter(([option]) => !GONE.includes(option))
  return kept.length === Object.keys(recipe).length ? recipe : (Object.fromEntries(kept) as unknown as Recipe)
}

/** The picture as the one element of its doodle. */
export function elementOf({
  place = { left: 0, top: 0, width: 1, height: 1 },
  ...pixels
}: OldDoodle['pixels']): ElementBuffer {
  return { ...pixels, place }
}

/**
 * A history saved by any version, every state of it as this version keeps it, and whether options had to be dropped.
 * What states share
 * they share afterwards.
 */
export function currentHistory({ past, present, future }: History<Project>): {
  readonly history: History<Project>
  readonly dropped: boolean
} {
  let dropped = false
  const layers = new Map<Layer, Layer>()
  const doodles = new Map<Doodle | OldDoodle, Doodle>()
  const currentDoodle = (doodle: Doodle | OldDoodle): Doodle => {
    const known = doodles.get(doodle)
    if (known !== undefined) return known
    const { pixels, ...rest } = doodle as OldDoodle
    const made = 'elements' in doodle ? doodle : { ...rest, elements: [elementOf(pixels)] }
    doodles.set(doodle, made)
    return made
  }
  const currentLayer = (layer: Layer): Layer => {
    const known = layers.get(layer)
    if (known !== undefined) return known
    const recipe = withoutGoneOptions(layer.recipe)
    dropped ||= recipe !== layer.recipe
    const made = { ...layer, recipe, doodle: currentDoodle(layer.doodle), others: layer.others.map(currentDoodle) }
    layers.set(layer, made)
    return made
  }
  const current = (project: Project): Project => ({ ...project, layers: project.layers.map(currentLayer) })
  const steps = (list: History<Project>['past']): History<Project>['past'] =>
    list.map((step) => ({ ...step, state: current(step.state) }))
  const history = { past: steps(past), present: current(present), future: steps(future) }
  return { history, dropped }
}
