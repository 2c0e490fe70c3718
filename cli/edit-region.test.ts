import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect, test } from 'vitest'
import type { RegionMask } from '../src/engine/image/region'
import { resize } from '../src/engine/image/resize'
import { decodePhoto, decodeRegion } from './images'
import { embeddedModel, loadModel } from './model'

test('with a region the embedded model draws inside it and not one sample outside changes', async () => {
  const photo = resize((await decodePhoto('public/samples/cat.jpg')).image, 256, 256)
  const { width, height } = photo
  const inside = (x: number, y: number): boolean => x >= width / 4 && x < width / 2 && y >= height / 5 && y < height / 2
  const region: RegionMask = { width, height, data: Uint8Array.from({ length: width * height }, (_, i) => (inside(i % width, Math.floor(i / width)) ? 255 : 0)) }
  const { engine, close } = await loadModel(embeddedModel)
  try {
    const request = { photo, styles: [{ id: 'magic', strength: 1 }], instruction: 'add a golden crown and stars on the cat', seed: 3, steps: 2 }
    const { result, layer } = await engine.edit({ ...request, region })
    let changedInside = 0
    for (let i = 0; i < width * height; i++) {
      const same = [0, 1, 2, 3].every((c) => result.data[4 * i + c] === photo.data[4 * i + c])
      if (inside(i % width, Math.floor(i / width))) changedInside += same ? 0 : 1
      else if (!same || layer.data[4 * i + 3] !== 0) throw new Error(`Pixel ${i % width}, ${Math.floor(i / width)} outside the region was touched.`)
    }
    expect(changedInside).toBeGreaterThan(100)
    // Without the region the same request draws elsewhere too, so the silence outside is the region's doing.
    const free = await engine.edit(request)
    const outside = free.layer.data.some((alpha, at) => at % 4 === 3 && alpha > 0 && !inside(((at - 3) / 4) % width, Math.floor((at - 3) / 4 / width)))
    expect(outside).toBe(true)
  } finally {
    await close()
  }
}, 300_000)

test('a region is read from a picture: white is inside, black and transparent are outside', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'photodoodle-region-'))
  try {
    const path = join(folder, 'mask.png')
    await sharp(Buffer.from([255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0]), { raw: { width: 3, height: 1, channels: 4 } }).png().toFile(path)
    expect([...(await decodeRegion(path)).data]).toEqual([255, 0, 0])
  } finally {
    await rm(folder, { recursive: true })
  }
})
