import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { loadModel } from '../cli/shared/model'
import type { RgbaImage } from '../src/engine/image/rgba-image'
import type { EditOutcome, ElementPlan, PhotoDoodle } from '../src/engine/pipelines/photo-doodle'
import type { StyleUse } from '../src/engine/pipelines/style-set'

vi.setConfig({ testTimeout: 300_000 })

/** The shipped model and its real styles, on the CPU provider. */
describe('an edit with the shipped styles', () => {
  let engine: PhotoDoodle
  let close: () => Promise<void>
  let photo: RgbaImage

  beforeAll(async () => {
    ;({ engine, close } = await loadModel())
    const { data, info } = await sharp('public/samples/cat.jpg')
      .resize(144, 160, { fit: 'cover' })
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true })
    photo = {
      width: info.width,
      height: info.height,
      data: new Uint8ClampedArray(data.buffer, data.byteOffset, data.length),
    }
  })
  afterAll(() => close())

  /** In a box of its own, so that the same thing is drawn whatever a style does to the layout. */
  const crown: ElementPlan = {
    box: { left: 0.3, top: 0.1, width: 0.4, height: 0.3 },
    kind: 'front',
    words: 'a golden crown',
  }
  const edit = (styles: readonly StyleUse[]): Promise<EditOutcome> =>
    engine.edit(
      {
        what: { instruction: 'add a golden crown on the cat', styles },
        where: { elements: [crown] },
        how: { seed: 5, steps: 1, cfgScale: 1 },
      },
      { photo },
    )
  const mix = [
    { id: 'magic', strength: 0.7 },
    { id: 'edge', strength: 0.5 },
  ]

  test('strength 0 is no style; a mix does not depend on which is named first; nothing of it stays', async () => {
    const edge = await edit([{ id: 'edge', strength: 0.5 }])
    const plain = await edit([])
    const off = await edit([
      { id: 'magic', strength: 0 },
      { id: 'monster', strength: 0 },
    ])
    expect(off.layer).toEqual(plain.layer)
    expect(edge.layer).not.toEqual(plain.layer)

    const mixed = await edit(mix)
    expect((await edit([...mix].reverse())).layer).toEqual(mixed.layer)
    expect(mixed.layer).not.toEqual(edge.layer)
    expect((await edit([{ id: 'edge', strength: 0.5 }])).layer).toEqual(edge.layer)
  })

  test('names an unknown style and those there are', async () => {
    await expect(edit([{ id: 'magik', strength: 1 }])).rejects.toMatchObject({
      name: 'UnknownStyle',
      message: expect.stringMatching(/"magik".*monster, magic/) as string,
    })
  })
})
