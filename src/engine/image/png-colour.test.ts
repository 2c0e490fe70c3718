import { expect, test } from 'vitest'
import { chrmP3, gama, pngChunk, quadrants, withChunks } from '../../../tests/photo-kinds'
import { pngColour, toSrgb } from './png-colour'

const cicp = (...codes: number[]) => pngChunk('cICP', Buffer.from(codes))
const RED = [220, 40, 40, 128]

/** Red, as Chromium 156 shows a PNG with these chunks. */
test.each<[string, Buffer[], number[]]>([
  ['gAMA 1', [gama(1)], [239, 110, 110]],
  ['gAMA 1 / 1.8', [gama(0.55556)], [227, 53, 53]],
  ['gAMA 0.5', [gama(0.5)], [224, 43, 43]],
  ['gAMA 1 / 2.2 alone, which means sRGB', [gama(0.45455)], [220, 40, 40]],
  ['gAMA within a twentieth of it', [gama(0.47)], [220, 40, 40]],
  ['gAMA 0, which means nothing', [gama(0)], [220, 40, 40]],
  ['cHRM alone', [chrmP3()], [220, 40, 40]],
  ['gAMA and cHRM', [gama(0.45455), chrmP3()], [241, 0, 10]],
  ['sRGB before gAMA', [pngChunk('sRGB', Buffer.of(0)), gama(1)], [220, 40, 40]],
  ['cICP before gAMA', [gama(1), cicp(12, 13, 0, 1)], [240, 0, 21]],
  ['cICP of sRGB', [cicp(1, 13, 0, 1)], [220, 40, 40]],
  ['cICP of BT.709 for a display', [cicp(1, 1, 0, 1)], [218, 28, 28]],
])('%s', async (_, chunks, expected) => {
  const colour = pngColour(withChunks(await quadrants().png().toBuffer(), ...chunks))
  const data = Uint8ClampedArray.from(RED)
  if (colour !== undefined) toSrgb(data, colour)
  for (const [channel, value] of expected.entries()) expect(Math.abs(data[channel]! - value)).toBeLessThanOrEqual(1)
  expect(data[3]).toBe(128)
})

test('a profile is left to the decoder, a file that ends early to whoever names it damaged', async () => {
  const profiled = withChunks(await quadrants().withIccProfile('p3').png().toBuffer(), gama(1))
  expect(pngColour(profiled)).toBeUndefined()
  const png = withChunks(await quadrants().png().toBuffer(), gama(1))
  for (let length = 0; length < 60; length++) expect(() => pngColour(png.subarray(0, length))).not.toThrow()
})
