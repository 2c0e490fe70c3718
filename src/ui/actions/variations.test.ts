import { beforeEach, expect, test, vi } from 'vitest'
import { newHistory } from '../project/history'
import { addLayer, askedOf, emptyProject, type Doodle, type Layer, type Recipe } from '../project/project'
import { readRecipe, writeRecipe } from '../project/saved-recipe'
import { doodle, photo, recipe } from '../project/testing'
import { editor } from '../store'
import { takeChoice } from './doodle'
import { takeOther, undo } from './layers'
import { triesOf } from './variations'

// Workers are a browser's.
vi.mock('./engine', () => ({ engine: {} }))
vi.mock('./picture', () => ({ picture: {} }))

const box = { left: 0.1, top: 0.2, width: 0.1, height: 0.2 }
const seeds = [9, 10, 11, 12]

const layers = (): readonly Layer[] => editor.getState().history.present.layers
const tries = (asked: Recipe) => triesOf(asked, seeds)

/** What was drawn for each try, an element for each of the words. */
function drawn(asked: Recipe, words: (colour: string) => readonly string[]): readonly Doodle[] {
  return tries(asked).map(({ seed, recipe: own, colour }) => ({
    ...doodle(`d${seed}`),
    seed,
    elements: words(colour === undefined ? '' : `${colour} `).map((said) => ({
      ...doodle('a').elements[0]!,
      words: said,
      kind: 'front',
      box,
    })),
    asked: askedOf(own),
    ...(colour === undefined ? {} : { colour }),
  }))
}

function choose(asked: Recipe, doodles: readonly Doodle[], shown: number, target: string | null = null): void {
  editor.setState({ choice: { recipe: asked, target, seeds, doodles, shown } })
  takeChoice()
}

beforeEach(() => {
  editor.setState({ photo, model: null, readOnly: false, typed: null, history: newHistory(emptyProject), choice: null })
})

test('each is asked for in its own words, on the same seeds', () => {
  expect(tries(recipe)).toEqual([
    { seed: 9, recipe },
    { seed: 10, recipe: { ...recipe, instruction: 'add a pink crown' }, colour: 'pink' },
    { seed: 11, recipe: { ...recipe, instruction: 'add a blue crown' }, colour: 'blue' },
    { seed: 12, recipe: { ...recipe, instruction: 'add a green crown' }, colour: 'green' },
  ])
})

test('a model of pictures varies by its seeds alone', () => {
  editor.setState({ model: { prediction: 'velocity' } as NonNullable<ReturnType<typeof editor.getState>['model']> })
  expect(tries(recipe)).toEqual(seeds.map((seed) => ({ seed, recipe })))
})

test('the one taken is the recipe of the layer, and of the PNG; another one brings its own words', async () => {
  const doodles = drawn(recipe, (colour) => [`a ${colour}crown`])
  choose(recipe, doodles, 2)
  expect(layers()[0]).toMatchObject({ recipe: { ...recipe, instruction: 'add a blue crown' }, doodle: { seed: 11 } })
  expect(layers()[0]!.others.map(({ colour }) => colour)).toEqual([undefined, 'pink', 'green'])
  const saved = await readRecipe(await writeRecipe(photo, editor.getState().history.present, null, null))
  expect(saved!.project.layers[0]!.recipe.instruction).toBe('add a blue crown')
  expect(saved!.project.layers[0]!.doodle).not.toHaveProperty('asked')

  takeOther(layers()[0]!, doodles[1]!.id)
  expect(layers()[0]).toMatchObject({ recipe: { instruction: 'add a pink crown' }, doodle: { seed: 10 } })
  takeOther(layers()[0]!, doodles[0]!.id)
  expect(layers()[0]!.recipe).toEqual(recipe)
  takeOther(layers()[0]!, doodles[2]!.id)
  expect(layers()[0]!.recipe.instruction).toBe('add a blue crown')
  undo()
  expect(layers()[0]!.recipe.instruction).toBe('add a crown')
})

test('the first is exactly what was typed', () => {
  choose(
    recipe,
    drawn(recipe, (colour) => [`a ${colour}crown`]),
    0,
  )
  expect(layers()[0]!.recipe).toBe(recipe)
})

test('of several things each keeps its tries, in whatever colour, and those their words', () => {
  const asked = { ...recipe, instruction: 'add a crown and a heart' }
  const doodles = drawn(asked, (colour) => [`a ${colour}crown`, 'a heart'])
  choose(asked, doodles, 1)
  const [crown, heart] = layers()
  expect([crown!.recipe.instruction, heart!.recipe.instruction]).toEqual(['a pink crown', 'a heart'])
  expect(crown!.others.map(({ colour }) => colour)).toEqual([undefined, 'blue', 'green'])
  expect(heart!.others.map(({ colour }) => colour)).toEqual([undefined, undefined, undefined])
  takeOther(crown!, crown!.others[1]!.id)
  takeOther(heart!, heart!.others[1]!.id)
  expect(layers()[0]!.recipe).toEqual({
    ...asked,
    instruction: 'a blue crown',
    elements: [{ box, kind: 'front', words: 'a blue crown' }],
  })
  expect(layers()[1]!.recipe.elements).toEqual([{ box, kind: 'front', words: 'a heart', noise: 1 }])
})

test('in boxes the words of the box are varied, and taken in place of a layer', () => {
  const asked: Recipe = { ...recipe, elements: [{ box, kind: 'front', words: 'a crown' }] }
  const before = { ...recipe, instruction: 'add a hat', layoutOf: 'add a cap' }
  editor.setState({
    history: newHistory(addLayer(emptyProject, { id: 'layer', recipe: before, doodle: doodle('x') })),
  })
  choose(
    asked,
    drawn(asked, (colour) => [`a ${colour}crown`]),
    3,
    'layer',
  )
  expect(layers()[0]).toMatchObject({ id: 'layer', doodle: { seed: 12 } })
  expect(layers()[0]!.recipe).toEqual({
    ...asked,
    instruction: 'add a green crown',
    elements: [{ box, kind: 'front', words: 'a green crown' }],
  })
})
