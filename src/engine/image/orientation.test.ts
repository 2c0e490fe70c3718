import sharp from 'sharp'
import { expect, test } from 'vitest'
import { ORIENTATIONS, quadrants } from '../../../tests/photo-kinds'
import { exifOrientation, upright } from './orientation'
import { pngChunks } from './png-colour'

const raw = async (picture: ReturnType<typeof quadrants>) => {
  const { data, info } = await picture.ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data: new Uint8ClampedArray(data) }
}

test.each(ORIENTATIONS)('orientation %i is read from EXIF and turned as libvips turns it', async (orientation) => {
  const png = await quadrants().withMetadata({ orientation }).png().toBuffer()
  const exif = pngChunks(png).get('eXIf')
  expect(orientation === 1 && exif === undefined ? 1 : exifOrientation(exif!)).toBe(orientation)
  expect(upright(await raw(quadrants()), orientation)).toEqual(await raw(sharp(png).autoOrient()))
})

test.each<[string, number[]]>([
  ['empty', []],
  ['neither order', [0x4a, 0x4a, 0, 42, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0]],
  ['a directory past the end', [0x4d, 0x4d, 0, 42, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0]],
  ['an entry past the end', [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 9, 0x01, 0x12, 0, 3]],
  ['orientation 9', [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 9, 0, 0]],
])('EXIF that is %s leaves the picture as it lies', (_, bytes) => {
  expect(exifOrientation(Uint8Array.from(bytes))).toBe(1)
})
