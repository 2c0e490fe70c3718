import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { compositeOver } from '../../src/engine/image/composite'
import { placeElement } from '../../src/engine/image/element'
import { looking } from '../../src/engine/image/looking'
import { rgbaImage, type RgbaImage } from '../../src/engine/image/rgba-image'
import { addLayer, emptyProject, type Layer, type Project } from '../../src/ui/project/project'
import { recipe } from '../../src/ui/project/testing'
import { writeRecipe } from '../../src/ui/project/saved-recipe'
import { withPngText } from '../../src/workers/png-text'
import { decodePhoto } from '../shared/images'
import { registerCompose } from './compose'

const size = { width: 90, height: 60 }
let folder: string
let photoPath: string
let photo: RgbaImage
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compose-'))
  photoPath = join(folder, 'photo.png')
  await sharp('public/samples/dog.jpg').resize(size.width, size.height).png().toFile(photoPath)
  photo = (await decodePhoto(photoPath)).image
})
afterAll(() => rm(folder, { recursive: true }))

/** A disc of one colour in the middle of the photo. */
function layer(id: string, colour: readonly [number, number, number], changed: Partial<Layer> = {}): Layer {
  const side = 24
  const data = new Uint8ClampedArray(side * side * 4)
  for (let i = 0; i < side * side; i++)
    data.set([...colour, Math.hypot((i % side) - 11.5, Math.floor(i / side) - 11.5) < 11 ? 255 : 0], 4 * i)
  const elements = [{ width: side, height: side, data, place: { left: 0.3, top: 0.25, width: 0.3, height: 0.45 } }]
  const [first] = addLayer(emptyProject, {
    id,
    recipe,
    doodle: { id: `drawn ${id}`, seed: 1, prompt: '', seconds: 1, elements },
  }).layers
  return { ...first!, ...changed }
}

/** The picture that the command writes for a project that the editor saved. */
async function composed(
  project: Project,
  matte: { width: number; height: number; data: Uint8Array<ArrayBuffer> } | null = null,
) {
  const text = await writeRecipe({ id: 'x', name: 'photo.png', ...size, subject: null }, project, null, matte)
  const [saved, output] = [join(folder, 'saved.png'), join(folder, 'out.png')]
  const png = new Uint8Array(await readFile(photoPath))
  await writeFile(saved, withPngText(png, 'photodoodle', text))
  const said = await run(photoPath, saved, '-o', output)
  return { picture: (await decodePhoto(output)).image, said }
}

async function run(...words: string[]): Promise<string> {
  const program = new Command().exitOverride()
  registerCompose(program)
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined)
  await program.parseAsync(['node', 'photodoodle', 'compose', ...words])
  return String(log.mock.lastCall?.[0])
}

const at = ({ width, data }: RgbaImage, x: number, y: number): readonly number[] => [
  ...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3),
]

it('moved, turned and blended objects are where the formula puts them; hidden ones are not', async () => {
  const moved = { pose: { x: 0.2, y: -0.1, scale: 0.8, turn: 30, mirrored: true }, hue: 60, border: 0.02, shadow: 0.5 }
  const layers = [
    layer('red', [220, 30, 40], { look: moved }),
    layer('blue', [30, 60, 220], { opacity: 0.5, look: { blend: 'multiply' } }),
    layer('green', [0, 255, 0], { visible: false }),
  ]
  const { picture, said } = await composed({ ...emptyProject, layers })
  const expected = layers
    .filter(({ visible }) => visible)
    .reduce(
      (below, { doodle, look, opacity }) =>
        looking(doodle.elements, look, photo).reduce(
          (under, element) => compositeOver(under, placeElement(element, photo), opacity, look?.blend),
          below,
        ),
      rgbaImage(photo.width, photo.height, photo.data.slice()),
    )
  // Border and shadow belong to one element, so that laying each over the photo is laying the layer.
  expect(Buffer.from(picture.data).equals(Buffer.from(expected.data))).toBe(true)
  expect(said).toMatch(/2 objects on 90 x 60 pixels/)
})

it('what was erased shows the photo, also where the object has moved', async () => {
  const erased = [{ mode: 'add' as const, size: 6, points: [40, 28] }]
  const still = layer('red', [220, 30, 40], { erased })
  const { picture } = await composed({ ...emptyProject, layers: [still] })
  expect(at(picture, 40, 28)).toEqual(at(photo, 40, 28))
  expect(at(picture, 48, 28)).toEqual([220, 30, 40])
  const pose = { x: 1 / 3, y: 0, scale: 1, turn: 0, mirrored: false }
  const { picture: moved } = await composed({ ...emptyProject, layers: [{ ...still, look: { pose } }] })
  expect(at(moved, 70, 28)).toEqual(at(photo, 70, 28))
  expect(at(moved, 78, 28)).toEqual([220, 30, 40])
})

it('what was sent behind hides behind the subject: the one found, chosen or painted, or none', async () => {
  const behind = layer('red', [220, 30, 40], { look: { depth: 'behind' } })
  const half = (left: boolean) => ({
    width: 90,
    height: 60,
    data: Uint8Array.from({ length: 90 * 60 }, (_, i) => (i % 90 < 40 === left ? 255 : 0)),
  })
  const project = { ...emptyProject, layers: [behind] }
  const seen = async (edit: Partial<Project>): Promise<boolean[]> => {
    const { picture } = await composed({ ...project, ...edit }, half(true))
    return [32, 48].map((x) => at(picture, x, 28).join() === '220,30,40')
  }
  const strokes = [{ mode: 'add' as const, size: 12, points: [48, 20, 48, 40] }]
  expect(await seen({})).toEqual([false, true])
  expect(await seen({ subject: { none: true, strokes: [] } })).toEqual([true, true])
  expect(await seen({ subject: { none: true, strokes } })).toEqual([true, false])
  expect(await seen({ subject: { none: false, strokes: [], chosen: { at: [0.8, 0.5], matte: half(false) } } })).toEqual(
    [true, false],
  )
})

it('outlines are drawn in the place of pixels', async () => {
  const { picture } = await composed({ ...emptyProject, layers: [layer('red', [220, 30, 40], { vector: true })] })
  expect(at(picture, 40, 28)).toEqual([220, 30, 40])
  expect(at(picture, 5, 5)).toEqual(at(photo, 5, 5))
})

it('a photo of another size and a file without a recipe are refused by name', async () => {
  const other = join(folder, 'other.png')
  await sharp(photoPath).resize(45, 30).toFile(other)
  const saved = join(folder, 'saved.png')
  await expect(run(other, saved)).rejects.toThrow('made on photo.png, 90 x 60 pixels')
  await expect(run(photoPath, photoPath)).rejects.toThrow('holds no recipe')
})
