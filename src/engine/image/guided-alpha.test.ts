import { describe, expect, test } from 'vitest'
import { Random } from '../core/random'
import { resize } from './resize'
import { rgbaImage, type RgbaImage } from './rgba-image'
import { upscaleLayer } from './upscale-layer'

const width = 480
const height = 360

/** A grainy orange subject, a wavy outline around its middle, before a grainy blue background. */
const isSubject = (x: number, y: number): boolean => {
  const angle = Math.atan2(y - 180, x - 240)
  return Math.hypot(x - 240, y - 180) < 110 + 8 * Math.sin(14 * angle)
}

function picture(pixel: (x: number, y: number, grain: number) => readonly [number, number, number, number]): RgbaImage {
  const image = rgbaImage(width, height)
  const random = new Random(4)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) image.data.set(pixel(x, y, 24 * (random.uniform() - 0.5)), (y * width + x) * 4)
  return image
}

const photo = picture((x, y, grain) =>
  isSubject(x, y) ? [210 + grain, 130 + grain, 60 + grain, 255] : [60 + grain, 90 + grain, 170 + grain, 255],
)

/** Mean difference of two alphas, levels of 255, over the pixels within this distance of the middle. */
function meanError(a: RgbaImage, b: RgbaImage, within = 1000): number {
  const inside = [...a.data.keys()].filter((at) => at % 4 === 3 && fromMiddle(at >> 2) < within)
  return inside.reduce((sum, at) => sum + Math.abs(a.data[at]! - b.data[at]!), 0) / inside.length
}

const fromMiddle = (pixel: number): number => Math.hypot((pixel % width) - 240, Math.floor(pixel / width) - 180)

describe('a doodle enlarged eight times over its photo', () => {
  test('meets the true edge of the subject that it goes behind', () => {
    const truth = picture((x, y) => [90, 200, 90, !isSubject(x, y) && Math.hypot(x - 240, y - 180) < 165 ? 255 : 0])
    const small = resize(truth, width / 8, height / 8)
    // Its outer edge lies on the background freely; what is looked at is the one at the subject.
    const plain = meanError(upscaleLayer(small, width, height), truth, 140)
    const guided = upscaleLayer(small, width, height, photo)
    expect(meanError(guided, truth, 140)).toBeLessThan(0.6 * plain)
    // The green goes as far as the edge: no pixel of it without a colour.
    const colourless = [...guided.data.keys()].filter(
      (at) => at % 4 === 3 && guided.data[at]! > 0 && guided.data[at - 2]! - guided.data[at - 3]! < 60,
    )
    expect(colourless).toEqual([])
  })

  test('keeps its own edge where it lies on the photo freely', () => {
    const truth = picture((x, y) => [90, 200, 90, x > 200 && x < 280 && y > 150 && y < 210 ? 255 : 0])
    const small = resize(truth, width / 8, height / 8)
    const plain = upscaleLayer(small, width, height)
    expect(meanError(upscaleLayer(small, width, height, photo), plain)).toBeLessThan(0.05)
  })

  test('stays exactly 0 where the doodle is two pixels away', () => {
    const truth = picture((x, y) => [90, 200, 90, !isSubject(x, y) && Math.hypot(x - 240, y - 180) < 165 ? 255 : 0])
    const small = resize(truth, width / 8, height / 8)
    const guided = upscaleLayer(small, width, height, photo)
    const far = [...guided.data.keys()].filter(
      (at) => at % 4 === 3 && (fromMiddle(at >> 2) < 80 || fromMiddle(at >> 2) > 185),
    )
    expect(far.length).toBeGreaterThan(10_000)
    expect(far.filter((at) => guided.data[at] !== 0)).toEqual([])
  })

  test('needs a photo of its own size', () => {
    expect(() => upscaleLayer(rgbaImage(10, 10), 20, 20, photo)).toThrow(/do not lie over each other/)
  })
})
