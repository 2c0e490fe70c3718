import { expect, test } from 'vitest'
import type { RegionMask } from '../src/engine/image/region'
import { resize } from '../src/engine/image/resize'
import { decodePhoto } from './images'
import { embeddedModel, loadModel } from './model'

test('the embedded model draws a doodle again from close by: finer, in its place, and not one sample outside it changes', async () => {
  const photo = resize((await decodePhoto('public/samples/cat.jpg')).image, 400, 400)
  const { width, height } = photo
  // A small region keeps the doodle, and so the number of crops, small.
  const region: RegionMask = { width: 20, height: 20, data: Uint8Array.from({ length: 400 }, (_, i) => (i % 20 >= 5 && i % 20 < 10 && i >= 80 && i < 200 ? 255 : 0)) }
  const { engine, close } = await loadModel(embeddedModel)
  try {
    const request = { photo, region, styles: [{ id: 'magic', strength: 1 }], instruction: 'add a golden crown and stars on the cat', seed: 3, steps: 2 }
    const once = await engine.draw({ ...request, zoomPass: false })
    expect(once.zoom).toBeUndefined()
    const phases = new Map<string, number>()
    const { result, layer, zoom, millis } = await engine.edit({ ...request, zoomPass: true, onProgress: ({ phase, step }) => { phases.set(phase, step) } })
    expect(zoom!.factor).toBe(2)
    expect(phases.get('zoom')).toBeGreaterThan(0)
    expect(millis.zoom).toBeGreaterThan(0)
    let drawn = 0
    for (let i = 0; i < width * height; i++) {
      if (layer.data[4 * i + 3] !== 0) drawn++
      else if ([0, 1, 2, 3].some((c) => result.data[4 * i + c] !== photo.data[4 * i + c])) throw new Error(`Pixel ${i % width}, ${Math.floor(i / width)} outside the doodle was touched.`)
    }
    expect(drawn).toBeGreaterThan(100)
    const again = await engine.draw({ ...request, zoomPass: true })
    expect([again.doodle.width, again.doodle.height]).toEqual([2 * once.doodle.width, 2 * once.doodle.height])
    // Where the first pass drew, the second does too, by and large.
    let both = 0
    let first = 0
    for (let y = 0; y < once.doodle.height; y++) {
      for (let x = 0; x < once.doodle.width; x++) {
        if (once.doodle.data[(y * once.doodle.width + x) * 4 + 3]! < 128) continue
        first++
        if (again.doodle.data[(2 * y * again.doodle.width + 2 * x) * 4 + 3]! > 0) both++
      }
    }
    expect(both / first).toBeGreaterThan(0.4)

    // Stopped before the second pass, an edit is gone; during it, what the first drew is kept.
    let stop = ''
    const stopped = (phase: 'denoise' | 'zoom') => engine.draw({ ...request, zoomPass: true, onProgress: (progress) => { if (progress.phase === phase) stop = phase }, isCancelled: () => stop !== '' })
    await expect(stopped('denoise')).rejects.toMatchObject({ name: 'Cancelled' })
    stop = ''
    const kept = await stopped('zoom')
    expect(kept.zoom).toBeUndefined()
    expect(kept.doodle.data).toEqual(once.doodle.data)

    // A photo that is kept almost whole leaves nothing to be seen.
    expect(once.empty).toBe(false)
    expect((await engine.draw({ ...request, keepPhoto: 0.95 })).empty).toBe(true)
  } finally {
    await close()
  }
}, 600_000)
