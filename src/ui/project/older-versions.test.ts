import { expect, test } from 'vitest'
import { newHistory, record } from './history'
import { currentHistory, withoutGoneOptions, type OldDoodle } from './older-versions'
import { addLayer, emptyProject, type Doodle, type Recipe } from './project'

const recipe: Recipe = { styles: [], instruction: 'add a crown', steps: 8, region: [] }
const old = { ...recipe, zoomPass: true, closeUp: false } as Recipe
const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) }
const place = { left: 0.25, top: 0, width: 0.5, height: 1 }
const drawn = (pixels: OldDoodle['pixels']) =>
  ({ id: 'd', seed: 1, prompt: '', seconds: 1, pixels }) as unknown as Doodle

test('a recipe loses what is gone and nothing else; one of today stays the same object', () => {
  expect(withoutGoneOptions(old)).toEqual(recipe)
  expect(withoutGoneOptions(recipe)).toBe(recipe)
})

test('every state of a saved history is brought up to date, and what states share stays one', () => {
  const [whole, placed] = [drawn(picture), drawn({ ...picture, place })]
  const project = addLayer(emptyProject, { id: 'a', recipe: old, doodle: whole, others: [placed] })
  const { history, dropped } = currentHistory(
    record(newHistory(project), { ...project, region: [{ mode: 'add', size: 1, points: [0, 0] }] }, 'region'),
  )
  expect(dropped).toBe(true)
  const [layer, before] = [history.present.layers[0]!, history.past[0]!.state.layers[0]!]
  expect(layer).toBe(before)
  expect(layer.recipe).toEqual(recipe)
  expect(layer.doodle).toEqual({
    id: 'd',
    seed: 1,
    prompt: '',
    seconds: 1,
    elements: [{ ...picture, place: { left: 0, top: 0, width: 1, height: 1 } }],
  })
  expect(layer.others[0]!.elements).toEqual([{ ...picture, place }])

  const again = currentHistory(history)
  expect(again.dropped).toBe(false)
  expect(again.history.present.layers[0]!.doodle).toBe(layer.doodle)
})
