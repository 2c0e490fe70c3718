import { expect, test } from 'vitest'
import {
  addLayer,
  changeLayer,
  emptyProject,
  layersBelow,
  moveLayer,
  redrawLayer,
  removeLayer,
  requestOf,
  type Doodle,
  type Project,
  type Recipe,
} from './project'

const recipe: Recipe = { styles: [{ id: 'magic', strength: 1 }], instruction: 'add a crown', region: [] }
const doodle = (id: string): Doodle => ({ id, seed: 1, prompt: '', seconds: 1, elements: [] })
const stack = (...ids: string[]): Project =>
  ids.reduce((project, id) => addLayer(project, { id, recipe, doodle: doodle(id) }), emptyProject)
const order = ({ layers }: Project): string => layers.map(({ id }) => id).join('')

test('a new doodle lies on top and uses the region up', () => {
  const painted = { ...stack('a'), region: [{ mode: 'add', size: 4, points: [1, 1] }] as const }
  const project = addLayer(painted, { id: 'b', recipe, doodle: doodle('b') })
  expect(order(project)).toBe('ab')
  expect(project.region).toEqual([])
})

test('layers move up and down and stop at the ends', () => {
  const project = stack('a', 'b', 'c')
  expect(order(moveLayer(project, 'a', 1))).toBe('bac')
  expect(order(moveLayer(project, 'c', -2))).toBe('cab')
  expect(moveLayer(project, 'c', 1)).toBe(project)
  expect(moveLayer(project, 'x', 1)).toBe(project)
})

test('a redrawn layer keeps its place, its erased parts and the drawings before', () => {
  const erased = [{ mode: 'add', size: 9, points: [0, 0] }] as const
  const project = redrawLayer(changeLayer(stack('a', 'b'), 'a', { erased }), 'a', doodle('new'))
  expect(order(project)).toBe('ab')
  expect(project.layers[0]).toMatchObject({ doodle: { id: 'new' }, others: [{ id: 'a' }], erased })
  const back = redrawLayer(project, 'a', doodle('a'))
  expect(back.layers[0]).toMatchObject({ doodle: { id: 'a' }, others: [{ id: 'new' }] })
})

test('a layer with other words uses up the region it was drawn in, and leaves another alone', () => {
  const region = [{ mode: 'add', size: 4, points: [1, 1] }] as const
  const painted = { ...stack('a'), region }
  expect(redrawLayer(painted, 'a', doodle('new'), { ...recipe, instruction: 'add a hat', region }).region).toEqual([])
  expect(redrawLayer(painted, 'a', doodle('new'), { ...recipe, instruction: 'add a hat' }).region).toBe(region)
})

test('a doodle is drawn on the visible layers below it', () => {
  const project = changeLayer(changeLayer(stack('a', 'b', 'c'), 'b', { visible: false }), 'a', { opacity: 0.5 })
  expect(layersBelow(project, null).map(({ id }) => id)).toEqual(['a', 'c'])
  expect(layersBelow(project, 'c').map(({ id }) => id)).toEqual(['a'])
  expect(layersBelow(changeLayer(project, 'a', { opacity: 0 }), 'c')).toEqual([])
  expect(layersBelow(removeLayer(project, 'a'), 'c')).toEqual([])
})

test('a recipe becomes a request in groups', () => {
  const mask = { width: 1, height: 1, data: Uint8Array.of(255) }
  const asked = requestOf({ ...recipe, layoutOf: 'add a hat', steps: 4, cfgScale: 2, resolution: 96 }, 9, mask)
  expect(asked).toEqual({
    what: { instruction: 'add a crown', styles: recipe.styles },
    where: { region: mask, layoutOf: 'add a hat' },
    how: { seed: 9, steps: 4, cfgScale: 2 },
    limits: { resolution: 96 },
  })
  expect(requestOf(recipe, 0)).toEqual({
    what: { instruction: 'add a crown', styles: recipe.styles },
    where: {},
    how: { seed: 0 },
    limits: {},
  })
})
