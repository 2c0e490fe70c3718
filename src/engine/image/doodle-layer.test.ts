import { describe, expect, it } from 'vitest'
import { gaussian } from '../core/random'
import { tensor, type Tensor } from '../core/tensor'
import { compositeOver, coverage } from './composite'
import { doodleLayer } from './doodle-layer'
import type { RgbaImage } from './rgba-image'
import { fromTensor } from './tensor-image'

const SIDE = 96

/** [3, 96, 96] from levels 0..255; `colour` gives RGB at a pixel. */
function paint(colour: (x: number, y: number) => readonly [number, number, number]): Tensor {
  const image = tensor([3, SIDE, SIDE])
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++)
      colour(x, y).forEach((value, c) => {
        image.data[(c * SIDE + y) * SIDE + x] = value / 255
      })
  return image
}

const photo = paint((x, y) => [60 + x, 110 + 40 * Math.sin(x / 5) * Math.sin(y / 7), 180 - y])

/** Adds independent noise of `level` grey levels to every sample, as a codec or a small network would. */
function noisy(image: Tensor, level: number, seed: number): Tensor {
  const noise = gaussian(seed, image.data.length)
  return tensor(
    image.dims,
    image.data.map((value, i) => value + (noise[i]! * level) / 255),
  )
}

/** Blends `colour` over the photo with the coverage that `shape` gives, 0..1. */
function draw(
  base: Tensor,
  shape: (x: number, y: number) => number,
  colour: readonly [number, number, number],
): Tensor {
  const result = tensor(base.dims, base.data.slice())
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const a = shape(x, y)
      colour.forEach((value, c) => {
        const at = (c * SIDE + y) * SIDE + x
        result.data[at] = result.data[at]! * (1 - a) + (a * value) / 255
      })
    }
  }
  return result
}

const disc = (cx: number, cy: number, radius: number) => (x: number, y: number) =>
  Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x - cx, y - cy)))
const alphaAt = (layer: RgbaImage, x: number, y: number) => layer.data[(y * SIDE + x) * 4 + 3]!

/** Mean error in grey levels of the layer over the decoded source against the decoded result, where alpha > 0. */
function compositeError(layer: RgbaImage, target: Tensor, source: Tensor): number {
  const actual = compositeOver(fromTensor(source), layer).data
  const wanted = fromTensor(target).data
  let sum = 0
  let count = 0
  for (let i = 0; i < actual.length; i++) {
    if (layer.data[i | 3]! === 0) continue
    sum += Math.abs(actual[i]! - wanted[i]!)
    count++
  }
  expect(count).toBeGreaterThan(0)
  return sum / count
}

describe('doodleLayer', () => {
  it('is empty for equal pictures, for noise, and for a faint wash', () => {
    expect(coverage(doodleLayer(photo, photo))).toBe(0)
    expect(coverage(doodleLayer(noisy(photo, 5, 1), noisy(photo, 5, 2)))).toBe(0)
    expect(
      coverage(
        doodleLayer(
          draw(photo, () => 0.06, [255, 255, 255]),
          photo,
        ),
      ),
    ).toBe(0)
  })

  it('finds a disc: opaque inside with its colour, exactly zero outside, composite true to the result', () => {
    const source = noisy(photo, 3, 3)
    const target = noisy(draw(photo, disc(40, 50, 15), [230, 40, 120]), 3, 4)
    const layer = doodleLayer(target, source)
    const inside = new Set<number>()
    const outside = new Set<number>()
    for (let i = 0; i < layer.data.length; i++) {
      const distance = Math.hypot(((i >> 2) % SIDE) - 40, Math.floor((i >> 2) / SIDE) - 50)
      if (distance < 13 && i % 4 === 3) inside.add(layer.data[i]!)
      if (distance > 18) outside.add(layer.data[i]!)
    }
    expect([...inside]).toEqual([255])
    expect([...outside]).toEqual([0])
    // The soft rim's faintest part is dropped, so the layer is a little smaller than the disc.
    expect(coverage(layer) / ((Math.PI * 15 ** 2) / SIDE ** 2)).toBeGreaterThan(0.97)
    expect(coverage(layer) / ((Math.PI * 15 ** 2) / SIDE ** 2)).toBeLessThan(1.03)
    // Measured 0.4.
    expect(compositeError(layer, target, source)).toBeLessThan(1)
  })

  it("gives edge pixels the doodle's colour, not a mixture with the photo", () => {
    const target = draw(photo, disc(40.5, 50.5, 15), [250, 250, 40])
    const layer = doodleLayer(target, photo)
    let edges = 0
    for (let i = 0; i < layer.data.length; i += 4) {
      const alpha = layer.data[i + 3]!
      if (alpha === 0 || alpha === 255) continue
      edges++
      expect(Math.abs(layer.data[i]! - 250)).toBeLessThanOrEqual(41)
      expect(Math.abs(layer.data[i + 2]! - 40)).toBeLessThanOrEqual(41)
    }
    expect(edges).toBeGreaterThan(20)
  })

  it('keeps a thin line and a small bright star, and drops a faint smudge and a lone pixel', () => {
    const line = draw(photo, (x, y) => (Math.abs(y - 20) <= 1 && x > 10 && x < 80 ? 1 : 0), [255, 255, 255])
    const star = draw(line, disc(70, 70, 2), [255, 240, 0])
    const smudge = draw(star, disc(20, 75, 5), [104, 132, 124])
    const dot = draw(smudge, (x, y) => (x === 20 && y === 45 ? 1 : 0), [200, 200, 200])
    const layer = doodleLayer(noisy(dot, 2, 5), noisy(photo, 2, 6))
    expect(alphaAt(layer, 40, 20)).toBeGreaterThan(200)
    expect(alphaAt(layer, 70, 70)).toBeGreaterThan(200)
    let stray = 0
    for (let y = 40; y < SIDE; y++) for (let x = 0; x < 50; x++) stray += alphaAt(layer, x, y)
    expect(stray).toBe(0)
  })

  it('fills a hole where the doodle happens to look like the photo', () => {
    const flat = paint(() => [100, 100, 100])
    const blot = draw(draw(flat, disc(48, 48, 20), [220, 30, 30]), disc(48, 48, 3), [104, 100, 98])
    expect(alphaAt(doodleLayer(blot, flat), 48, 48)).toBe(255)
    // A ring around something larger stays open.
    const ring = draw(draw(flat, disc(48, 48, 30), [220, 30, 30]), disc(48, 48, 20), [100, 100, 100])
    expect(alphaAt(doodleLayer(ring, flat), 48, 48)).toBe(0)
  })

  it('keeps a doodle that covers nearly everything', () => {
    const target = draw(photo, (x, y) => (disc(48, 48, 20)(x, y) > 0 ? 0 : 1), [20, 200, 60])
    const layer = doodleLayer(target, photo)
    expect(coverage(layer)).toBeGreaterThan(0.8)
    expect(alphaAt(layer, 48, 48)).toBe(0)
  })

  it('fades a soft glow out instead of cutting it', () => {
    const flat = paint(() => [40, 40, 60])
    const glow = draw(flat, (x, y) => Math.exp(-((x - 48) ** 2 + (y - 48) ** 2) / 200), [255, 255, 200])
    const layer = doodleLayer(glow, flat)
    const along = Array.from({ length: 40 }, (_, i) => alphaAt(layer, 48 + i, 48))
    expect(along[0]).toBe(255)
    expect(along.at(-1)).toBe(0)
    expect(along.filter((alpha) => alpha > 0 && alpha < 255).length).toBeGreaterThanOrEqual(2)
    expect(compositeError(layer, glow, flat)).toBeLessThan(2)
  })

  it('refuses pictures of different shape', () => {
    expect(() => doodleLayer(photo, tensor([3, 8, 8]))).toThrowError(expect.objectContaining({ name: 'ShapeMismatch' }))
  })
})
