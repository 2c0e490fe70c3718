import { expect, test } from 'vitest'
import { changeLayer, addLayer, emptyProject, type Project } from './project'
import { readRecipe, writeRecipe } from './saved-recipe'

const photo = { id: 'abc', name: '猫.jpg', width: 640, height: 480, subject: 'cat' }
const pixels = { width: 3, height: 2, data: Uint8ClampedArray.from({ length: 24 }, (_, i) => (i * 37) % 256) }
const whole = { left: 0, top: 0, width: 1, height: 1 }
const matte = { width: 2, height: 2, data: Uint8Array.of(0, 7, 255, 128) }
const stroke = { mode: 'subtract', size: 12.5, points: [1, 2.25, 3, 4] } as const

const drawn: Project = addLayer(emptyProject, {
  id: 'layer 1',
  recipe: {
    styles: [{ id: 'magic', strength: 0.75 }],
    instruction: 'add a crown 👑',
    steps: 8,
    cfgScale: 1.5,
    region: [{ ...stroke, mode: 'add' }],
  },
  doodle: {
    id: 'd',
    seed: 4294967295,
    elements: [{ ...pixels, place: whole }],
    prompt: 'add a crown by sksmagiceffects',
    seconds: 2,
  },
})
const project = changeLayer(drawn, 'layer 1', { opacity: 0.3, visible: false, erased: [stroke], vector: true })

test('a project comes back from its text to the last bit', async () => {
  const text = await writeRecipe(photo, project, { id: 'nano', version: '1' }, matte)
  expect(await readRecipe(text)).toEqual({ photo, project, matte: null, dropped: false })
  expect(JSON.parse(text)).toMatchObject({ model: { id: 'nano', version: '1' } })
})

test('elements come back with places, words and front planes, and so does the subject before them', async () => {
  const place = { left: -0.25, top: 0, width: 230 / 512, height: 1.5 }
  const crown = {
    ...pixels,
    place,
    front: Uint8Array.of(0, 255, 3, 4, 5, 6),
    words: 'a golden crown',
    kind: 'both',
    box: { left: 0, top: 0.1, width: 0.2, height: 0.2 },
  } as const
  const placed = changeLayer(drawn, 'layer 1', {
    doodle: { ...drawn.layers[0]!.doodle, elements: [crown, { ...pixels, place: whole }] },
  })
  const text = await writeRecipe(photo, placed, null, matte)
  expect(await readRecipe(text)).toEqual({ photo, project: placed, matte, dropped: false })
  for (const broken of [
    text.replace('"top":0,', '"top":-9,'),
    text.replace('"height":1.5}', '"height":0}'),
    text.replace('"top":0,', ''),
    text.replace('"both"', '"beside"'),
  ]) {
    expect(broken).not.toBe(text)
    expect(await readRecipe(broken)).toBeNull()
  }
})

test('a recipe of the former format opens: its pictures are elements in their places', async () => {
  const place = { left: 137 / 512, top: 0, width: 230 / 512, height: 1 }
  const placed = changeLayer(drawn, 'layer 1', {
    doodle: { ...drawn.layers[0]!.doodle, elements: [{ ...pixels, place }] },
  })
  for (const [now, former] of [
    [placed, (text: string) => text],
    [drawn, (text: string) => text.replace(/"place":{[^}]*},/, '')],
  ] as const) {
    const text = (await writeRecipe(photo, now, null, null))
      .replace('recipe/2', 'recipe/1')
      .replace('"elements":[', '"pixels":')
      .replace(/}\](?=,"prompt)/, '}')
    expect(await readRecipe(former(text))).toEqual({ photo, project: now, matte: null, dropped: false })
  }
})

test('options that are gone are dropped and told', async () => {
  const text = (await writeRecipe(photo, drawn, null, null)).replace(
    '"steps":8',
    '"steps":8,"zoomPass":true,"closeUp":false',
  )
  expect(await readRecipe(text)).toEqual({ photo, project: drawn, matte: null, dropped: true })
})

test('a setting out of its range is left out; what a later version asks for stays', async () => {
  const text = (await writeRecipe(photo, drawn, null, null)).replace('"steps":8', '"steps":800,"sketchiness":0.3')
  const { recipe } = drawn.layers[0]!
  expect((await readRecipe(text))?.project.layers[0]!.recipe).toEqual({
    styles: recipe.styles,
    instruction: recipe.instruction,
    cfgScale: 1.5,
    region: recipe.region,
    sketchiness: 0.3,
  })
})

test('other text, another version and a damaged recipe are no recipe', async () => {
  const text = await writeRecipe(photo, project, null, null)
  const damaged = [
    'hello',
    '{}',
    '[]',
    text.slice(0, -5),
    text.replace('photodoodle-recipe/2', 'photodoodle-recipe/9'),
    text.replace('"width":3', '"width":4'),
    text.replace('"opacity":0.3', '"opacity":null'),
    text.replace('[1,2.25,3,4]', '[1,2.25,3]'),
    text.replace(/"deflated":"..../, '"deflated":"????'),
  ]
  for (const broken of damaged) expect(await readRecipe(broken), broken.slice(0, 40)).toBeNull()
})

test('a subject that was pointed at comes back, with what was painted on it', async () => {
  const matte = { width: 3, height: 2, data: Uint8Array.from([0, 255, 9, 0, 0, 128]) }
  const subject = {
    none: false,
    strokes: [{ mode: 'subtract' as const, size: 4, points: [1, 2] }],
    chosen: { at: [0.25, 0.5] as const, matte },
  }
  const text = await writeRecipe(photo, { ...drawn, subject }, null, null)
  expect((await readRecipe(text))?.project.subject).toEqual(subject)
  expect(await readRecipe(text.replace('"at":[0.25,0.5]', '"at":[null,0.5]'))).toBeNull()
  expect(await readRecipe(text.replace('"at":[0.25,0.5]', '"at":7'))).toBeNull()
})
