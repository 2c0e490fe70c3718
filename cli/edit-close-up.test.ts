import { expect, test } from 'vitest'
import { closeUp } from '../src/engine/image/close-up'
import { boxOf } from '../src/engine/image/place'
import type { RegionMask } from '../src/engine/image/region'
import { resize } from '../src/engine/image/resize'
import type { EditProgress } from '../src/engine/pipelines/photo-doodle'
import { decodePhoto } from './images'
import { embeddedModel, loadModel } from './model'

test('a small region is drawn on as a picture of its own, in its place to the pixel, and not one sample outside changes', async () => {
  const photo = resize((await decodePhoto('public/samples/cat.jpg')).image, 360, 300)
  const { width, height } = photo
  const inside = (x: number, y: number): boolean => (x - 300) ** 2 + (y - 40) ** 2 < 35 ** 2
  const region: RegionMask = { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => (inside(i % width, Math.floor(i / width)) ? 255 : 0)) }
  const { engine, close } = await loadModel(embeddedModel)
  try {
    const request = { photo, region, styles: [{ id: 'magic', strength: 1 }], instruction: 'add a star', seed: 7, steps: 3 }
    const previews: EditProgress['preview'][] = []
    const { doodle, layer, result } = await engine.edit({ ...request, onProgress: ({ preview }) => { if (preview) previews.push(preview) } })
    expect(boxOf(doodle.place, photo)).toEqual({ left: 187, top: 0, width: 173, height: 173 })
    expect(previews.map((preview) => preview!.place)).toEqual([doodle.place, doodle.place, doodle.place])
    let drawn = 0
    for (let i = 0; i < width * height; i++) {
      if (inside(i % width, Math.floor(i / width))) drawn += layer.data[4 * i + 3]! > 0 ? 1 : 0
      else if (layer.data[4 * i + 3] !== 0 || [0, 1, 2, 3].some((c) => result.data[4 * i + c] !== photo.data[4 * i + c])) throw new Error(`Pixel ${i % width}, ${Math.floor(i / width)} outside the region was touched.`)
    }
    expect(drawn).toBeGreaterThan(500)

    // The part alone, as a photo with a region of its own, gives the same doodle.
    const part = closeUp(photo, region)!
    const alone = await engine.draw({ ...request, photo: part.photo, region: part.region })
    expect(alone.doodle.place).toBeUndefined()
    expect(alone.doodle.data).toEqual(doodle.data)

    // Unwanted, or with a large region, the whole photo is looked at, as without any region.
    const whole = await engine.draw({ ...request, steps: 1, closeUp: false })
    const free = await engine.draw({ ...request, steps: 1, region: { width: 1, height: 1, data: Uint8Array.of(255) } })
    expect([whole.doodle.place, free.doodle.place]).toEqual([undefined, undefined])
    expect([whole.doodle.width, whole.doodle.height]).toEqual([free.doodle.width, free.doodle.height])
  } finally {
    await close()
  }
}, 300_000)
