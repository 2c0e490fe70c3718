import sharp from 'sharp'
import { expect, test } from 'vitest'
import { isAnimated } from './animated'

/** Two or one frames of 4 x 4, as a stack of pages. */
const frames = (count: number) =>
  sharp(
    Buffer.alloc(4 * 4 * count * 3, 90).map((_, i) => (i * 37) % 256),
    { raw: { width: 4, height: 4 * count, channels: 3, ...(count > 1 ? { pageHeight: 4 } : {}) } },
  )

test.each(['gif', 'webp'] as const)('a moving %s is told from a still one', async (format) => {
  expect(isAnimated(await frames(2).toFormat(format).toBuffer())).toBe(true)
  expect(isAnimated(await frames(1).toFormat(format).toBuffer())).toBe(false)
})

test('a still PNG, a JPEG and a damaged file do not move; an APNG does', async () => {
  const png = await frames(1).png().toBuffer()
  expect(isAnimated(png)).toBe(false)
  expect(isAnimated(await frames(1).jpeg().toBuffer())).toBe(false)
  expect(isAnimated(new Uint8Array([0x47, 0x49, 0x46, 0x38]))).toBe(false)
  expect(
    isAnimated(
      Buffer.concat([
        png.subarray(0, 33),
        Buffer.from([0, 0, 0, 8]),
        Buffer.from('acTL'),
        Buffer.alloc(12),
        png.subarray(33),
      ]),
    ),
  ).toBe(true)
})
