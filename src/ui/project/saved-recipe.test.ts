import { expect, test } from 'vitest'
import { changeLayer, addLayer, emptyProject, type Project } from './project'
import { readRecipe, writeRecipe } from './saved-recipe'

const photo = { id: 'abc', name: '猫.jpg', width: 640, height: 480, subject: 'cat' }
const pixels = { width: 3, height: 2, data: Uint8ClampedArray.from({ length: 24 }, (_, i) => (i * 37) % 256) }
const stroke = { mode: 'subtract', size: 12.5, points: [1, 2.25, 3, 4] } as const

const drawn: Project = addLayer(emptyProject, {
  id: 'layer 1',
  recipe: { styles: [{ id: 'magic', strength: 0.75 }], instruction: 'add a crown 👑', steps: 8, cfgScale: 1.5, region: [{ ...stroke, mode: 'add' }] },
  doodle: { id: 'd', seed: 4294967295, pixels, prompt: 'add a crown by sksmagiceffects', seconds: 2 },
})
const project = changeLayer(drawn, 'layer 1', { opacity: 0.3, visible: false, erased: [stroke], vector: true })

test('a project comes back from its text to the last bit', async () => {
  const text = await writeRecipe(photo, project, { id: 'nano', version: '1' })
  expect(await readRecipe(text)).toEqual({ photo, project, dropped: false })
  expect(JSON.parse(text)).toMatchObject({ model: { id: 'nano', version: '1' } })
})

test('a doodle on a part of the photo comes back to its place; one from before there were such parts lies over all of it', async () => {
  const place = { left: 137 / 512, top: 0, width: 230 / 512, height: 1 }
  const { doodle } = drawn.layers[0]!
  const placed = changeLayer(drawn, 'layer 1', { doodle: { ...doodle, pixels: { ...pixels, place } } })
  const text = await writeRecipe(photo, placed, null)
  expect(await readRecipe(text)).toEqual({ photo, project: placed, dropped: false })
  expect((await readRecipe(await writeRecipe(photo, drawn, null)))?.project.layers[0]!.doodle.pixels.place).toBeUndefined()
  for (const broken of [text.replace('"top":0,', '"top":-0.5,'), text.replace('"height":1}', '"height":1.5}'), text.replace('"height":1}', '"height":0}'), text.replace('"top":0,', '')]) {
    expect(broken).not.toBe(text)
    expect(await readRecipe(broken)).toBeNull()
  }
})

test('options that are gone are dropped and told', async () => {
  const text = (await writeRecipe(photo, drawn, null)).replace('"steps":8', '"steps":8,"zoomPass":true,"closeUp":false')
  expect(await readRecipe(text)).toEqual({ photo, project: drawn, dropped: true })
})

test('other text, another version and a damaged recipe are no recipe', async () => {
  const text = await writeRecipe(photo, project, null)
  const damaged = [
    'hello', '{}', '[]', text.slice(0, -5),
    text.replace('photodoodle-recipe/1', 'photodoodle-recipe/9'),
    text.replace('"width":3', '"width":4'),
    text.replace('"opacity":0.3', '"opacity":null'),
    text.replace('[1,2.25,3,4]', '[1,2.25,3]'),
    text.replace(/"deflated":"..../, '"deflated":"????'),
  ]
  for (const broken of damaged) expect(await readRecipe(broken), broken.slice(0, 40)).toBeNull()
})
