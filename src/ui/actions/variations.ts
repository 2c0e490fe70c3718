import type { Recipe, Try } from '../project/project'
import { editor, instructionOf, isVerbal } from '../store'
import { variations } from '../words/variations'

/** Drawings to choose from, each from its own noise, and where the model needs it in its own colour. */
export function triesOf(recipe: Recipe, seeds: readonly number[]): readonly Try[] {
  const state = editor.getState()
  if (!isVerbal(state)) return seeds.map((seed) => ({ seed, recipe }))
  const { instruction, styles, elements } = recipe
  const asked = variations(instruction, instructionOf(state), styles[0]?.id, seeds.length, elements)
  return seeds.map((seed, at) => {
    const { colour, ...words } = asked[at] ?? { instruction }
    return { seed, recipe: { ...recipe, ...words }, ...(colour === undefined ? {} : { colour }) }
  })
}
