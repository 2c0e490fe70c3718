import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openManifest } from '../../src/engine/formats/manifest'
import { readLayerLora } from '../../src/engine/lora/layer-lora'
import { standIn } from '../../src/engine/pipelines/layer/testing'
import { parseModelDescription, type LayerModelDescription } from '../../src/engine/pipelines/model-description'
import { PhotoDoodle, type EditRequest } from '../../src/engine/pipelines/photo-doodle'
import { TINY } from '../../src/engine/runtime/testing'
import { decodePhoto } from '../shared/images'
import { nodeFiles } from '../shared/node-files'
import { nodeRuntime } from '../shared/node-runtime'
import { TINY_STYLES, tinyDescription, writeTinyLayerModel } from './tiny-layer-model'

// Whole edits, on machines that may be busy with other things.
vi.setConfig({ testTimeout: 600_000 })

let folder: string
let model: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'photodoodle-tiny-'))
  model = await writeTinyLayerModel(join(folder, 'model'))
  await sharp('public/samples/cat.jpg').resize(160, 120, { fit: 'cover' }).png().toFile(join(folder, 'photo.png'))
})
afterAll(() => rm(folder, { recursive: true }))

test("the description is a layer model's, every part that it names is whole, and all of it is small", async () => {
  const description = parseModelDescription(tinyDescription()) as LayerModelDescription
  expect(description).toMatchObject({
    prediction: 'layer',
    layout: { slots: 3, steps: 2, shift: 2 },
    drawing: { shift: 3 },
    defaults: { steps: 2, cfgScale: 1, cfgAboveSigma: 0.4 },
  })
  const bytes: number[] = []
  for (const { path } of [
    description.textEncoder,
    description.layout,
    description.drawing,
    description.codec,
    ...description.styles,
  ]) {
    const store = await openManifest(nodeFiles(model), path)
    for (const name of store.names()) await store.read(name)
    for (const file of await readdir(join(model, path))) bytes.push((await stat(join(model, path, file))).size)
  }
  expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(4e6)
  for (const id of TINY_STYLES) {
    const { drawing, layout } = await readLayerLora(
      await openManifest(nodeFiles(model), `styles/${id}`),
      { drawing: TINY, layout: TINY },
      description,
    )
    expect([drawing.layers.size, layout.layers.size]).toEqual([1, 1])
  }
})

test.each([
  [{ codec: undefined }, '"codec" object'],
  [{ layout: { path: 'layout', config: {}, steps: 2, shift: 2 } }, '"layout.slots"'],
  [{ drawing: { path: '../drawing', config: {}, shift: 3 } }, 'outside its folder'],
  [{ execution: 'blocks' }, '"execution"'],
  [{ prediction: 'source_residual' }, 'velocity, layer'],
])('a description with %j is refused', (change, message) => {
  expect(() => parseModelDescription({ ...tinyDescription(), ...change })).toThrowError(
    expect.objectContaining({ name: 'BadModel', message: expect.stringContaining(message) as string }),
  )
})

describe('an edit with random weights', () => {
  const draw = async ({ styles = [], seed = 5 }: Partial<EditRequest['what'] & EditRequest['how']> = {}) => {
    const engine = await PhotoDoodle.load(nodeFiles(model), nodeRuntime(), { matting: standIn([]) })
    const { image: photo } = await decodePhoto(join(folder, 'photo.png'))
    try {
      return await engine.edit({ what: { instruction: 'add a hat', styles }, how: { seed } }, { photo })
    } finally {
      await engine.dispose()
    }
  }

  test('an element for every box; the same seed gives the same, another seed or style another', async () => {
    const once = await draw()
    expect(once.elements).toHaveLength(3)
    for (const element of once.elements) {
      expect(element.front).toHaveLength(element.width * element.height)
      expect('add a hat').toContain(element.words)
    }
    expect((await draw()).layer.data).toEqual(once.layer.data)
    for (const options of [{ seed: 6 }, { styles: [{ id: 'magic', strength: 1 }] }])
      expect((await draw(options)).layer.data).not.toEqual(once.layer.data)
    expect((await draw({ styles: [{ id: 'magic', strength: 0 }] })).layer.data).toEqual(once.layer.data)
  })

  test('on the command line prints the elements', async () => {
    const { stdout } = await promisify(execFile)('node', [
      'cli/photodoodle.mjs',
      'edit',
      join(folder, 'photo.png'),
      'add a hat',
      '--model',
      model,
      '-o',
      join(folder, 'result.png'),
      '--no-zoom-pass',
    ])
    expect(stdout).toContain('their options are left out')
    expect(stdout.match(/^".*": (front|behind|both|whole), .* % of the photo/gm)).toHaveLength(3)
  })
})
