import { describe, expect, test } from 'vitest'
import { AS_DRAWN, placeShown } from '../../workers/engine-api'
import { changedLook, lookFrom, sanePose } from './look-from'
import { changeLook, duplicate, lookAt, objectsOf, onDrawing, poseAt, recipeHere, standing } from './objects'
import { addLayer, emptyProject, redrawLayer, type Doodle, type Layer } from './project'
import { doodle, recipe } from './testing'

const photo = { width: 400, height: 200 }

function things(id: string, ...words: string[]): Doodle {
  const elements = words.map((word, i) => {
    const box = { left: 0.1 + 0.3 * i, top: 0.2, width: 0.1, height: 0.2 }
    return { ...doodle(id).elements[0]!, words: word, kind: 'front' as const, box, place: box }
  })
  return { ...doodle(id), elements }
}
const project = (one = things('a', 'a crown')) => addLayer(emptyProject, { id: 'layer', recipe, doodle: one })
const layerOf = (from = project()): Layer => from.layers[0]!

describe('a drawing as objects', () => {
  test('of one thing stays as it is', () => {
    const one = { id: 'layer', recipe, doodle: things('a', 'a crown'), others: [] }
    expect(objectsOf(one)).toEqual([one])
  })

  test('each of several things is asked for by its own words where it is, and keeps its other tries', () => {
    const others = [things('b', 'a star', 'a crown'), things('c', 'a cloud')]
    const [crown, star] = objectsOf({ id: 'layer', recipe, doodle: things('a', 'a crown', 'a star'), others })
    expect(crown!.recipe).toEqual({
      ...recipe,
      instruction: 'a crown',
      elements: [{ box: { left: 0.1, top: 0.2, width: 0.1, height: 0.2 }, kind: 'front', words: 'a crown' }],
    })
    // From the second of the seed's noises.
    expect(star!.recipe.elements).toEqual([expect.objectContaining({ words: 'a star', noise: 1 })])
    expect(star!.doodle.elements.map(({ words }) => words)).toEqual(['a star'])
    expect([crown!, star!].map(({ others: kept }) => kept.map(({ id }) => id))).toEqual([['b 1'], ['b 0']])
    expect(new Set([crown!.id, star!.id, crown!.doodle.id, star!.doodle.id]).size).toBe(4)
  })
})

describe('a moved object', () => {
  const pose = { ...AS_DRAWN, x: 0.2, scale: 2, turn: 30 }
  const moved = changeLook(project(), 'layer', { pose })

  test('as drawn again has no look at all', () => {
    expect(layerOf(moved).look).toEqual({ pose })
    expect('look' in layerOf(changeLook(moved, 'layer', { pose: undefined }))).toBe(false)
  })

  test('is asked for again where it stands, upright', () => {
    const here = recipeHere(layerOf(moved), photo)!
    expect(here.elements).toEqual([
      {
        kind: 'front',
        words: 'a crown',
        box: expect.objectContaining({ width: expect.closeTo(0.2) as number }) as object,
      },
    ])
    expect(here.elements![0]!.box.left).toBeCloseTo(0.25)
    expect(recipeHere(layerOf(project(doodle('x'))), photo)).toBeUndefined()
  })

  test('another drawing stands where it stood, and what was erased stays erased where it is seen', () => {
    const stroke = { mode: 'add' as const, size: 8, points: [150, 60, 160, 70] }
    const layer = layerOf(moved)
    const erasing = { ...layer, erased: [onDrawing(layer, stroke, photo)] }
    expect(erasing.erased[0]!.size).toBe(4)
    const next = { ...things('b', 'a crown'), elements: things('b', 'x', 'a crown').elements.slice(1) }
    const drawn = redrawLayer({ ...moved, layers: [erasing] }, 'layer', next)
    const after = layerOf(standing(drawn, erasing, next, photo))
    const place = placeShown(after.doodle.elements, after.look, photo)
    const before = placeShown(layer.doodle.elements, layer.look, photo)
    expect(place.left).toBeCloseTo(before.left)
    expect(place.height).toBeCloseTo(before.height)
    expect(after.look?.pose?.turn).toBe(30)
    expect(poseAt(layerOf(), next, photo)).toBeUndefined()
    // Strokes lie at other places of the other drawing, at the same of the photo.
    expect(after.erased[0]!.points).not.toEqual(erasing.erased[0]!.points)
    const back = onDrawing(after, stroke, photo)
    back.points.forEach((value, i) => expect(Math.abs(value - after.erased[0]!.points[i]!)).toBeLessThan(0.3))
  })

  test('its region lies where it is seen when it is asked for again, and where it was painted after that', () => {
    const stroke = { mode: 'add' as const, size: 10, points: [100, 40] }
    const layer = layerOf(moved)
    const regional = { ...layer, recipe: { ...layer.recipe, region: [onDrawing(layer, stroke, photo)] } }
    const here = recipeHere(regional, photo)!
    here.region[0]!.points.forEach((value, i) => expect(Math.abs(value - stroke.points[i]!)).toBeLessThan(0.3))
    const next = things('b', 'a crown')
    const drawn = redrawLayer({ ...moved, layers: [regional] }, 'layer', next, here)
    const after = layerOf(standing(drawn, regional, next, photo))
    const expected = onDrawing(after, stroke, photo)
    after.recipe.region[0]!.points.forEach((value, i) =>
      expect(Math.abs(value - expected.points[i]!)).toBeLessThan(0.3),
    )
  })

  test('its copy lies right above it, moved a little', () => {
    const twice = duplicate(moved, 'layer', 'copy')
    expect(twice.layers.map(({ id }) => id)).toEqual(['layer', 'copy'])
    expect(twice.layers[1]!.look?.pose).toEqual({ ...pose, x: 0.25, y: 0.05 })
    expect(duplicate(moved, 'gone', 'copy')).toBe(moved)
  })
})

describe('an object in another colour', () => {
  const recolour = [{ from: [226, 38, 44], to: [34, 92, 222] }] as const
  const shown = changeLook(project(), 'layer', { recolour, depth: 'behind' })
  const next = things('b', 'a crown')

  test('stays in it when it is drawn again, until other words say other colours', () => {
    const layer = layerOf(shown)
    const again = layerOf(standing(redrawLayer(shown, 'layer', next), layer, next, photo))
    expect(again.look).toEqual({ recolour, depth: 'behind' })
    const other = { ...recipe, instruction: 'add a blue crown' }
    const said = layerOf(standing(redrawLayer(shown, 'layer', next, other), layer, next, photo))
    expect(said.look).toEqual({ depth: 'behind' })
    expect(lookAt(layer, next, photo, other.instruction)).toBe(lookAt(layer, next, photo, other.instruction))
  })

  test('from a file is brought into its ranges', () => {
    const from = (value: unknown) => lookFrom({ recolour: value }).recolour
    expect(from([{ from: [226.4, 38, 300], to: [-1, 0, 9] }])).toEqual([{ from: [226, 38, 255], to: [0, 0, 9] }])
    expect(from(Array(20).fill({ from: [1, 2, 3], to: [4, 5, 6] }))).toHaveLength(8)
    for (const bad of ['blue', [3], [{ from: [1, 2], to: [1, 2, 3] }], [{ from: [1, 2, '3'], to: [1, 2, 3] }]])
      expect(() => from(bad)).toThrow(TypeError)
  })
})

test('a look from a file is brought into its ranges; what is not known is left out', () => {
  const look = lookFrom({
    pose: { x: 99, y: 0, scale: 0, turn: 540, mirrored: true },
    depth: 'sideways',
    hue: 999,
    blend: 'screen',
    more: 1,
  })
  expect(look).toEqual({ pose: { x: 4, y: 0, scale: 0.05, turn: 180, mirrored: true }, hue: 180, blend: 'screen' })
  expect(() => lookFrom({ hue: '3' })).toThrow(TypeError)
  expect(() => lookFrom({ pose: { x: NaN } })).toThrow(TypeError)
  expect(sanePose(AS_DRAWN)).toBeUndefined()
  expect(changedLook({ hue: 3 }, { hue: undefined })).toBeUndefined()
})
