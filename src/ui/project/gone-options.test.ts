import { expect, test } from 'vitest'
import { withoutGoneHistory, withoutGoneOptions } from './gone-options'
import { newHistory, record } from './history'
import { addLayer, emptyProject, type Doodle, type Recipe } from './project'

const recipe: Recipe = { styles: [], instruction: 'add a crown', steps: 8, region: [] }
const old = { ...recipe, zoomPass: true, closeUp: false } as Recipe
const doodle: Doodle = { id: 'd', seed: 1, prompt: '', seconds: 1, pixels: { width: 1, height: 1, data: new Uint8ClampedArray(4) } }

test('a recipe loses what is gone and nothing else; one of today stays the same object', () => {
  expect(withoutGoneOptions(old)).toEqual(recipe)
  expect(withoutGoneOptions(recipe)).toBe(recipe)
})

test('every state of a saved history is cleaned, and that it was is known', () => {
  const project = addLayer(emptyProject, { id: 'a', recipe: old, doodle })
  const { history, dropped } = withoutGoneHistory(record(newHistory(project), { ...project, region: [{ mode: 'add', size: 1, points: [0, 0] }] }, 'region'))
  expect(dropped).toBe(true)
  for (const { layers } of [history.present, history.past[0]!.state]) expect(layers[0]!.recipe).toEqual(recipe)
  expect(withoutGoneHistory(history).dropped).toBe(false)
})
