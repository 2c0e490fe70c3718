import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gaussian } from '../../src/engine/core/random'
import type { RegionMask } from '../../src/engine/image/region'
import { rgbaImage, type RgbaImage } from '../../src/engine/image/rgba-image'
import type { PhotoDoodle } from '../../src/engine/pipelines/photo-doodle'
import { loadModel } from '../shared/model'
import { writeSmallFluxModel } from '../testing/small-flux-model'

const photo = rgbaImage(
  96,
  96,
  Uint8ClampedArray.from(gaussian(3, 96 * 96 * 4), (value, i) => (i % 4 === 3 ? 255 : 128 + 40 * value)),
)
const what = { instruction: 'add a hat', styles: [] }
const request = { what, how: { seed: 7, steps: 2 } }

let folder: string
let engine: PhotoDoodle
let close: () => Promise<void>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'photodoodle-options-'))
  ;({ engine, close } = await loadModel(await writeSmallFluxModel(folder, 64)))
}, 600_000)
afterAll(async () => {
  await close()
  await rm(folder, { recursive: true })
})

const opaque = ({ data }: RgbaImage): number =>
  Array.from({ length: data.length / 4 }, (_, i) => data[4 * i + 3]!).filter((alpha) => alpha >= 128).length

test('the more of the photo is kept, the less is drawn', async () => {
  const draw = (keepPhoto = 0) => engine.draw({ what, how: { ...request.how, keepPhoto } }, { photo })
  const drawn = async (keepPhoto?: number): Promise<number> => opaque((await draw(keepPhoto)).elements[0]!)
  expect(await drawn(0.95)).toBeLessThan(0.5 * (await drawn()))
  // All of the steps are taken all the same.
  expect((await draw(0.7)).steps).toBe(2)
  await expect(draw(1)).rejects.toMatchObject({ name: 'BadRequest' })
}, 300_000)

test('a lower resolution draws fewer pixels; more than the model was trained on is refused', async () => {
  const side = async (resolution?: number): Promise<number> =>
    (
      await engine.draw(
        { what, how: { seed: 7, steps: 1 }, ...(resolution === undefined ? {} : { limits: { resolution } }) },
        { photo },
      )
    ).elements[0]!.width
  expect([await side(), await side(96)]).toEqual([128, 96])
  await expect(side(144)).rejects.toMatchObject({
    name: 'BadRequest',
    message: expect.stringContaining('128') as string,
  })
}, 300_000)

test('with a region something is drawn inside it and not one sample outside changes', async () => {
  const inside = (x: number, y: number): boolean => x >= 24 && x < 72 && y >= 16 && y < 48
  const region: RegionMask = {
    width: 96,
    height: 96,
    data: Uint8Array.from({ length: 96 * 96 }, (_, i) => (inside(i % 96, Math.floor(i / 96)) ? 255 : 0)),
  }
  const { result, layer } = await engine.edit({ ...request, where: { region } }, { photo })
  let [changed, outside] = [0, 0]
  for (let i = 0; i < 96 * 96; i++) {
    const same = [0, 1, 2, 3].every((c) => result.data[4 * i + c] === photo.data[4 * i + c])
    if (inside(i % 96, Math.floor(i / 96))) changed += same ? 0 : 1
    else if (!same || layer.data[4 * i + 3] !== 0) outside++
  }
  expect(outside).toBe(0)
  expect(changed).toBeGreaterThan(100)
  // Without the region the same request draws elsewhere too, so the silence outside is the region's doing.
  const free = await engine.edit(request, { photo })
  expect(
    free.layer.data.some(
      (alpha, at) => at % 4 === 3 && alpha > 0 && !inside(((at - 3) / 4) % 96, Math.floor((at - 3) / 4 / 96)),
    ),
  ).toBe(true)
}, 300_000)
