import { describe, expect, test } from 'vitest'
import { compositeOver } from './composite'
import { placeElement, type Element } from './element'
import { placeShown } from './look'
import { looking } from './looking'
import { affineOf, applied, AS_DRAWN, inverse, type Pose } from './pose'
import { rgbaImage } from './rgba-image'

const photo = { width: 60, height: 40 }
const blank = rgbaImage(photo.width, photo.height, new Uint8ClampedArray(60 * 40 * 4).fill(200))

/** An L in the middle of its square: its mirror image and its quarter turns differ from it. */
function letter(): Element {
  const picture = rgbaImage(16, 16)
  for (let y = 3; y < 13; y++)
    for (let x = 4; x < 12; x++)
      if (x < 7 || y >= 10) picture.data.set([250, 20 + 10 * x, 15 * y, 255], 4 * (y * 16 + x))
  const front = new Uint8Array(256).map((_, i) => (i % 16 < 8 ? 0 : 255))
  return { ...picture, front, place: { left: 0.2, top: 0.2, width: 16 / 60, height: 16 / 40 } }
}
const pose = (change: Partial<Pose>): Pose => ({ ...AS_DRAWN, ...change })
const shown = (element: Element, change: Partial<Pose>) => looking([element], { pose: pose(change) }, photo)[0]!

describe('a pose', () => {
  test('moves, scales and turns about the middle, and the way back undoes it', () => {
    const affine = affineOf(pose({ x: 0.1, y: -0.05, scale: 2, turn: 90 }), [0.5, 0.5], photo)
    // The middle itself only moves.
    expect(applied(affine, [30, 20])).toEqual([expect.closeTo(36), expect.closeTo(18)])
    // Five to its right becomes ten below it.
    expect(applied(affine, [35, 20])).toEqual([expect.closeTo(36), expect.closeTo(28)])
    expect(applied(inverse(affine), applied(affine, [7, 11]))).toEqual([expect.closeTo(7), expect.closeTo(11)])
  })

  test('a moved and scaled object is, to the pixel, the element drawn at that place', () => {
    const element = letter()
    const matte = { ...photo, alpha: new Uint8Array(2400).map((_, i) => (i % 60 > 30 ? 255 : 0)) }
    const there = { ...element, place: { left: 0.3, top: 0.1, width: 32 / 60, height: 32 / 40 } }
    // Its middle goes from (20, 16) to (34, 20).
    const moved = shown(element, { x: 14 / 60, y: 4 / 40, scale: 2 })
    expect(moved.place.left).toBeCloseTo(0.3)
    expect(moved.place.height).toBeCloseTo(0.8)
    expect(placeElement({ ...moved, place: there.place }, blank, matte)).toEqual(placeElement(there, blank, matte))
  })

  test('twice mirrored is as it was; once is not', () => {
    const element = letter()
    const once = shown(element, { mirrored: true })
    expect(once.data).not.toEqual(element.data)
    expect(once.place.left).toBeCloseTo(element.place.left)
    const twice = shown(once, { mirrored: true })
    expect(twice.data).toEqual(element.data)
    expect(twice.front).toEqual(element.front)
  })

  test('a quarter turn puts every part where a turned sheet of paper has it', () => {
    const element = letter()
    const turned = shown(element, { turn: 90 })
    expect(turned.place.left).toBeCloseTo(element.place.left)
    const at = (picture: Element, u: number, v: number): number =>
      picture.data[4 * (Math.floor(v * picture.height) * picture.width + Math.floor(u * picture.width)) + 3]!
    for (let u = 0.09; u < 1; u += 0.125)
      for (let v = 0.09; v < 1; v += 0.125) expect(at(turned, 1 - v, u) > 127).toBe(at(element, u, v) > 127)
  })

  test('what it stands in follows, box and all', () => {
    const element = { ...letter(), box: { left: 0.3, top: 0.3, width: 0.1, height: 0.15 } }
    const place = placeShown([element], { pose: pose({ x: 0.2, scale: 2 }) }, photo)
    expect(place.left).toBeCloseTo(0.45)
    expect(place.width).toBeCloseTo(0.2)
    expect(looking([element], { pose: pose({ x: 0.2, scale: 2 }) }, photo)[0]!.box!.left).toBeCloseTo(0.45)
  })
})

describe('a look', () => {
  test('without one, elements are themselves', () => {
    const elements = [letter()]
    expect(looking(elements, undefined, photo)).toBe(elements)
    expect(looking(elements, {}, photo)[0]).toBe(elements[0])
  })

  test('before the subject nothing is hidden, behind it everything is', () => {
    const everywhere = { ...photo, alpha: new Uint8Array(2400).fill(255) }
    const alpha = (depth: 'front' | 'behind') =>
      placeElement(looking([letter()], { depth }, photo)[0]!, blank, everywhere).data.filter((_, i) => i % 4 === 3)
    expect(Math.max(...alpha('behind'))).toBe(0)
    expect(alpha('front').reduce((sum, value) => sum + value, 0)).toBeGreaterThan(30 * 255)
  })

  test('hue goes round, brightness ends at white and black, alpha stays', () => {
    const element = letter()
    const hued = looking([element], { hue: 120 }, photo)[0]!
    expect(hued.data).not.toEqual(element.data)
    const around = looking([element], { hue: 360 }, photo)[0]!
    expect(Math.max(...around.data.map((value, i) => Math.abs(value - element.data[i]!)))).toBeLessThanOrEqual(1)
    const white = looking([element], { brightness: 1 }, photo)[0]!
    expect([...white.data.slice(4 * (5 * 16 + 5), 4 * (5 * 16 + 5) + 4)]).toEqual([255, 255, 255, 255])
    for (const { data } of [hued, white])
      expect(data.filter((_, i) => i % 4 === 3)).toEqual(element.data.filter((_, i) => i % 4 === 3))
  })

  test('a border is white, as wide as asked, at the depth of what it borders', () => {
    const { data, width, height, front, place } = looking([letter()], { border: 2 / 60 }, photo)[0]!
    const grown = (width - 16) / 2
    expect(place.width).toBeCloseTo(width / 60)
    const pixel = (x: number, y: number) => [...data.slice(4 * ((y + grown) * width + x + grown)).slice(0, 4)]
    // The stem begins at column 4.
    expect(pixel(3, 6)).toEqual([255, 255, 255, 255])
    expect(pixel(2, 6)).toEqual([255, 255, 255, 255])
    expect(pixel(1, 6)[3]).toBe(0)
    expect(pixel(5, 6)[3]).toBe(255)
    expect(front![(6 + grown) * width + 2 + grown]).toBe(0)
    expect(data.length).toBe(4 * width * height)
  })

  test('a border is as wide all around as along an edge', () => {
    const picture = rgbaImage(41, 41)
    picture.data.set([250, 0, 0, 255], 4 * (20 * 41 + 20))
    const dot = { ...picture, place: { left: 0, top: 0, width: 41 / 60, height: 41 / 40 } }
    const { data, width } = looking([dot], { border: 12 / 60 }, photo)[0]!
    const middle = (width - 1) / 2
    const alpha = (angle: number, radius: number): number => {
      const [x, y] = [middle + radius * Math.cos(angle), middle + radius * Math.sin(angle)]
      return data[4 * (Math.round(y) * width + Math.round(x)) + 3]!
    }
    for (let angle = 0; angle < 6.28; angle += 0.1) {
      expect(alpha(angle, 11)).toBe(255)
      expect(alpha(angle, 14.5)).toBe(0)
    }
  })

  test('a shadow is dark, soft and lies below', () => {
    const { data, width, height } = looking([letter()], { shadow: 1 }, { width: 600, height: 400 })[0]!
    const rows = Array.from({ length: height }, (_, y) =>
      data.subarray(4 * y * width, 4 * (y + 1) * width).filter((_, i) => i % 4 === 3),
    )
    const first = rows.findIndex((row) => row.some((value) => value > 0))
    const last = rows.findLastIndex((row) => row.some((value) => value > 0))
    const margin = (height - 16) / 2
    expect(last - (margin + 12)).toBe(margin + 3 - first + 2)
    const soft = [...data].filter((_, i) => i % 4 === 3).filter((value) => value > 0 && value < 255)
    expect(new Set(soft).size).toBeGreaterThan(5)
  })

  test.each([
    ['multiply', 200 * (100 / 255)],
    ['screen', 200 + 100 - (200 * 100) / 255],
    ['overlay', 255 * (1 - 2 * (1 - 200 / 255) * (1 - 100 / 255))],
  ] as const)('%s mixes as W3C says, and leaves what is not covered', (blend, expected) => {
    const below = rgbaImage(2, 1, Uint8ClampedArray.of(200, 200, 200, 255, 9, 8, 7, 255))
    const layer = rgbaImage(2, 1, Uint8ClampedArray.of(100, 100, 100, 255, 100, 100, 100, 0))
    const { data } = compositeOver(below, layer, 1, blend)
    expect(data[0]! - expected).toBeCloseTo(0, 0)
    expect([...data.slice(4)]).toEqual([9, 8, 7, 255])
    expect(compositeOver(below, layer, 0.5, blend).data[0]! - (200 + expected) / 2).toBeCloseTo(0, 0)
  })
})
