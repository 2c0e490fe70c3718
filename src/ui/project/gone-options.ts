import type { History } from './history'
import type { Project, Recipe } from './project'

/** Options of earlier versions that no longer exist: the second pass and close-ups of 0.6. */
const GONE: readonly string[] = ['zoomPass', 'closeUp']

/** @returns the recipe itself when it asks for nothing that is gone */
export function withoutGoneOptions(recipe: Recipe): Recipe {
  const kept = Object.entries(recipe).filter(([option]) => !GONE.includes(option))
  return kept.length === Object.keys(recipe).length ? recipe : (Object.fromEntries(kept) as unknown as Recipe)
}

/** A history saved by any version, every state of it as this version keeps it; whether anything had to be dropped. */
export function withoutGoneHistory({ past, present, future }: History<Project>): { readonly history: History<Project>; readonly dropped: boolean } {
  let dropped = false
  const current = (project: Project): Project => ({
    ...project,
    layers: project.layers.map((layer) => {
      const recipe = withoutGoneOptions(layer.recipe)
      dropped ||= recipe !== layer.recipe
      return recipe === layer.recipe ? layer : { ...layer, recipe }
    }),
  })
  const steps = (list: History<Project>['past']): History<Project>['past'] => list.map((step) => ({ ...step, state: current(step.state) }))
  const history = { past: steps(past), present: current(present), future: steps(future) }
  return { history, dropped }
}
