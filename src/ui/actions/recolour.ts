import { mainColour } from '../../workers/engine-api'
import { strings } from '../i18n'
import { changeLook, regionHere } from '../project/objects'
import type { Layer, Recipe } from '../project/project'
import { editor, recipeOf } from '../store'
import { colourChanges } from '../words/colour-change'
import { change } from './layers'

/** A layer that is shown in another colour until it is drawn in it. */
export interface ShownRecoloured {
  /** Of the history: what is drawn for it belongs to the same step of undo. */
  readonly step: string
  /** No longer looks whether it is taken back. */
  readonly end: () => void
}

/**
 * Shows a layer at once in the colours that its words now say instead of others. A colour set by sliders was one of the
 * drawing before, and goes.
 * @param before, after the thing's own words
 * @param takenBack called when the layer no longer looks so, though nothing was drawn
 * @returns undefined where no colour, or more than colours, was changed
 */
export function recolourAtOnce(
  { id, doodle, recipe }: Layer,
  before: string,
  after: string,
  takenBack: () => void,
): ShownRecoloured | undefined {
  const recolour = colourChanges(before, after, recipe.styles[0]?.id).flatMap(({ from, to }) => {
    const main = mainColour(doodle.elements, from?.rgb)
    return main === undefined ? [] : [{ from: main, to: to.rgb }]
  })
  if (recolour.length === 0) return undefined
  const step = `recolour ${crypto.randomUUID()}`
  change(
    (project) => changeLook(project, id, { recolour, hue: undefined, brightness: undefined }),
    strings.changes.colour,
    step,
  )
  const end = editor.subscribe(({ history: { present } }) => {
    const layer = present.layers.find((one) => one.id === id)
    if (layer === undefined || (layer.doodle === doodle && layer.look?.recolour !== recolour)) takenBack()
  })
  return { step, end }
}

/** Whether the panel asks for the layer that is edited in it with nothing changed but the colours of its words. */
export function isOnlyRecoloured(layer: Layer, instruction: string): boolean {
  const state = editor.getState()
  const { photo, seed, seedLocked, count } = state
  if (photo === null || count !== 1 || !seedLocked || seed !== layer.doodle.seed) return false
  return (
    sameBut(recipeOf(state), { ...layer.recipe, region: regionHere(layer, photo) }) &&
    colourChanges(layer.recipe.instruction, instruction, undefined).length > 0
  )
}

/** Whether two recipes ask for the same but for words and places. */
function sameBut(one: Recipe, other: Recipe): boolean {
  const rest = (recipe: Recipe): string =>
    JSON.stringify(
      Object.entries(recipe)
        .filter(([key]) => !['instruction', 'elements', 'layoutOf'].includes(key))
        .toSorted(([a], [b]) => (a < b ? -1 : 1)),
    )
  return rest(one) === rest(other)
}
