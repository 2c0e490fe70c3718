import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { COLOURS, HEIC_FILES, ORIENTATIONS, PHOTO_KINDS, cutJpeg, quadrants } from '../../tests/photo-kinds'
import { decodePhoto, decodeRegion } from './images'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'images-'))
})
afterAll(() => rm(folder, { recursive: true }))

const written = async (name: string, bytes: Buffer): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

test('a region is read from a picture: white is inside, black and transparent are outside', async () => {
  const path = join(folder, 'mask.png')
  await sharp(Buffer.from([255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0]), {
    raw: { width: 3, height: 1, channels: 4 },
  })
    .png()
    .toFile(path)
  expect([...(await decodeRegion(path)).data]).toEqual([255, 0, 0])
})

describe('photos as people bring them', () => {
  test.each(PHOTO_KINDS.map((kind) => [kind.what, kind] as const))(
    '%s opens at its size',
    async (_, { name, bytes, size }) => {
      const {
        image: { width, height, data },
      } = await decodePhoto(await written(name, await bytes()))
      expect([width, height]).toEqual(size)
      expect(data.length).toBe(4 * width * height)
    },
  )

  test.each([
    // Recorded from Chromium: between red and green, where each chroma sample has its neighbour's share.
    ['mif1_major.avif', { 40: [222, 39, 39], 47: [164, 70, 34], 48: [95, 171, 64], 50: [38, 201, 58] }],
    // Its still, whose colours are of the full range, as its tags say of the animation too.
    ['anim.avif', { 40: [220, 40, 39], 50: [39, 200, 58] }],
  ])('%s: chroma of half the size is enlarged as Chromium does', async (name, expected) => {
    const {
      image: { width, data },
    } = await decodePhoto(await written(name, await PHOTO_KINDS.find((kind) => kind.name === name)!.bytes()))
    for (const [x, colour] of Object.entries(expected)) {
      const at = 4 * (10 * width + Number(x))
      for (const [channel, value] of colour.entries())
        expect([x, channel, Math.abs(data[at + channel]! - value) <= 2]).toEqual([x, channel, true])
    }
  })

  test.each<[string, string, (picture: Sharp) => Promise<Sharp>, number]>([
    ['TIFF', 'a.tiff', (picture) => Promise.resolve(picture.tiff({ compression: 'none' })), 0],
    ['a PNG of 16 bits', 'a.png', (picture) => Promise.resolve(picture.toColourspace('rgb16').png()), 1],
    ['Display P3', 'p3.png', (picture) => Promise.resolve(picture.withIccProfile('p3').png()), 3],
    // Ink does not reach all of these colours; inverted or unconverted ones are off by far more.
    ['CMYK', 'cmyk.jpg', (picture) => Promise.resolve(picture.toColourspace('cmyk').jpeg({ quality: 98 })), 75],
    [
      'the first frame of two',
      'a.gif',
      async (picture) => {
        const first = await picture.raw().toBuffer()
        return sharp(Buffer.concat([first, first.map((value) => 255 - value)]), {
          raw: { width: 64, height: 96, channels: 3, pageHeight: 48 },
        }).gif()
      },
      6,
    ],
  ])('%s: its colours', async (_, name, make, allowed) => {
    const path = await written(`coloured-${name}`, await (await make(quadrants())).toBuffer())
    const { image } = await decodePhoto(path)
    expect([image.width, image.height]).toEqual([64, 48])
    for (const [i, colour] of COLOURS.entries()) {
      const at = 4 * ((i < 2 ? 12 : 36) * 64 + (i % 2 === 0 ? 16 : 48))
      for (const [channel, value] of colour.entries())
        expect(Math.abs(image.data[at + channel]! - value)).toBeLessThanOrEqual(allowed)
    }
  })

  test('SVG is drawn at its own size', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="6"><rect width="4" height="6" fill="#c81e28"/></svg>'
    const { image } = await decodePhoto(await written('drawn.svg', Buffer.from(svg)))
    expect([image.width, image.height]).toEqual([8, 6])
    expect([...image.data.subarray(0, 4), ...image.data.subarray(28, 32)]).toEqual([200, 30, 40, 255, 0, 0, 0, 0])
  })

  /** The quadrant at the top left, as EXIF's eight turns bring it there: red, green, blue, skin. */
  const first = {
    1: [220, 40, 40],
    2: [40, 200, 60],
    3: [224, 172, 138],
    4: [50, 70, 220],
    5: [220, 40, 40],
    6: [50, 70, 220],
    7: [224, 172, 138],
    8: [40, 200, 60],
  }
  test.each(
    ORIENTATIONS.flatMap((orientation) =>
      (['jpeg', 'webp', 'avif', 'png'] as const).map((format) => [format, orientation] as const),
    ),
  )('%s, orientation %i, as Chromium turns it', async (format, orientation) => {
    const name = `orientation-${orientation}.${format}`
    const {
      image: { width, height, data },
    } = await decodePhoto(await written(name, await PHOTO_KINDS.find((kind) => kind.name === name)!.bytes()))
    const at = 4 * (Math.floor(height / 4) * width + Math.floor(width / 4))
    // Chromium leaves WebP as it lies.
    const expected = format === 'webp' ? first[1] : first[orientation]
    for (const [channel, value] of expected.entries())
      expect(Math.abs(data[at + channel]! - value)).toBeLessThanOrEqual(3)
  })
})

describe('what does not open is named', () => {
  test.each(HEIC_FILES.map(({ name, bytes }) => [name, bytes] as const))(
    '%s: the remedy of HEIC',
    async (name, bytes) => {
      await expect(decodePhoto(await written(name, await bytes()))).rejects.toMatchObject({
        name: 'BadImage',
        message: expect.stringMatching(/HEIC photos cannot be decoded here.*iPhone/) as string,
      })
    },
  )

  test.each<[string, () => Promise<Buffer>, RegExp]>([
    ['cut.jpg', cutJpeg, /damaged/],
    [
      'old.bmp',
      () =>
        Promise.resolve(
          Buffer.from(
            '424d3a0000000000000036000000280000000100000001000000010018000000000004000000' +
              '130b0000130b000000000000000000001e28dc00',
            'hex',
          ),
        ),
      /type bmp.*PNG or JPEG/,
    ],
    ['page.png', () => Promise.resolve(Buffer.from('<!doctype html>')), /page\.png: The file is a web page/],
  ])('%s', async (name, bytes, message) => {
    await expect(decodePhoto(await written(name, await bytes()))).rejects.toMatchObject({
      name: 'BadImage',
      message: expect.stringMatching(message) as string,
    })
  })

  test('a missing file and a folder', async () => {
    await expect(decodePhoto(join(folder, 'absent.jpg'))).rejects.toMatchObject({ name: 'MissingFile' })
    await expect(decodePhoto(folder)).rejects.toMatchObject({
      name: 'BadImage',
      message: expect.stringContaining('is a folder') as string,
    })
  })
})
