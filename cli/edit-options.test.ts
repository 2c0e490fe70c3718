import { afterAll, expect, test } from 'vitest'
import type { RgbaImage } from '../src/engine/image/rgba-image'
import { resize } from '../src/engine/image/resize'
import { decodePhoto } from './images'
import { embeddedModel, loadModel } from './model'

const { engine, close } = await loadModel(embeddedModel)
afterAll(close)
const photo = resize((await decodePhoto('public/samples/teddy-bear.jpg')).image, 192, 192)
const request = { photo, styles: [{ id: 'monster', strength: 1 }], instruction: 'add a blue monster hugging the teddy bear', seed: 7, steps: 4 }
const drawing = await engine.draw(request)

const inside = ({ data }: RgbaImage): boolean[] => Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]! >= 128)
const area = (image: RgbaImage): number => inside(image).filter(Boolean).length

test('the more of the photo is kept, the less is drawn', async () => {
  const free = area(drawing.doodle)
  const kept = area((await engine.draw({ ...request, keepPhoto: 0.7 })).doodle)
  const most = area((await engine.draw({ ...request, keepPhoto: 0.95 })).doodle)
  expect(kept).toBeLessThan(0.9 * free)
  expect(most).toBeLessThan(kept)
  // All of the steps are taken all the same.
  expect((await engine.draw({ ...request, steps: 2, keepPhoto: 0.7 })).steps).toBe(2)
  await expect(engine.draw({ ...request, keepPhoto: 1 })).rejects.toMatchObject({ name: 'BadRequest' })
}, 300_000)

test('a lower resolution draws fewer pixels; more than the model was trained on is refused', async () => {
  const { doodle } = await engine.draw({ ...request, steps: 1, resolution: 128 })
  expect([doodle.width, doodle.height]).toEqual([128, 128])
  expect([drawing.doodle.width, drawing.doodle.height]).toEqual([192, 192])
  await expect(engine.draw({ ...request, resolution: 208 })).rejects.toMatchObject({ name: 'BadRequest', message: expect.stringContaining('192') as string })
}, 300_000)
