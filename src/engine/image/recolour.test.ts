import { describe, expect, test } from 'vitest'
import type { Element } from './element'
import { compositeElements } from './element'
import { looking } from './looking'
import { mainColour } from './main-colour'
import { recoloured, type Rgb } from './recolour'
import { rgbaImage, type RgbaImage } from './rgba-image'

const SIDE = 24
const red: Rgb = [226, 38, 44]
const blue: Rgb = [34, 92, 222]
const white: Rgb = [252, 252, 252]
const black: Rgb = [26, 26, 30]
const grey: Rgb = [132, 132, 138]
const ink: Rgb = [30, 22, 34]
const yellow: Rgb = [252, 209, 38]

const mix = (one: Rgb, other: Rgb, share: number): Rgb => [
  one[0] + share * (other[0] - one[0]),
  one[1] + share * (other[1] - one[1]),
  one[2] + share * (other[2] - one[2]),
]

/**
 * A disc of one colour, with a light, a shade, an ink outline and a spot of another hue, on nothing; its edge is soft.
 * Pixels by name.
 */
function disc(colour: Rgb): RgbaImage & { readonly at: Readonly<Record<string, number>> } {
  const picture = rgbaImage(SIDE, SIDE)
  for (let y = 0; y < SIDE; y++)
    for (let x = 0; x < SIDE; x++) {
      const radius = Math.hypot(x - 11.5, y - 11.5)
      if (radius > 11) continue
      const pixel = radius > 9 ? ink : colour
      picture.data.set([...pixel, radius > 10 ? 90 : 255], 4 * (y * SIDE + x))
    }
  const at = {
    body: 4 * (12 * SIDE + 12),
    light: 4 * (8 * SIDE + 8),
    shade: 4 * (15 * SIDE + 12),
    spot: 4 * (12 * SIDE + 6),
    ink: 4 * (12 * SIDE + 2),
  }
  picture.data.set([...mix(colour, [255, 255, 255], 0.6), 255], at.light)
  picture.data.set([...mix(colour, [0, 0, 0], 0.5), 255], at.shade)
  picture.data.set([...yellow, 255], at.spot)
  return { ...picture, at }
}

const pixel = (data: Uint8ClampedArray, at: number): number[] => [...data.slice(at, at + 3)]
const alphas = (data: Uint8ClampedArray): number[] => [...data].filter((_, i) => i % 4 === 3)

/** Levels that two colours differ by, in the channel where they do most. */
const apart = (one: readonly number[], other: readonly number[]): number =>
  Math.max(...one.map((value, c) => Math.abs(value - other[c]!)))

/** Degrees, 0..360. */
function hueOf([r = 0, g = 0, b = 0]: readonly number[]): number {
  return ((Math.atan2(Math.sqrt(3) * (g - b), 2 * r - g - b) * 180) / Math.PI + 360) % 360
}

function saturationOf(colour: readonly number[]): number {
  return (Math.max(...colour) - Math.min(...colour)) / Math.max(...colour)
}

/** As the editor does it: its own main colour becomes the one named. */
function shownAs(picture: RgbaImage, to: Rgb, like?: Rgb): Uint8ClampedArray {
  return recoloured(picture.data, [{ from: mainColour([picture], like)!, to }])
}

describe('a drawing in another colour', () => {
  test('red asked for blue is blue, its light and shade of the same hue', () => {
    const picture = disc(red)
    const data = shownAs(picture, blue, red)
    expect(pixel(data, picture.at['body']!)).toEqual([...blue])
    for (const name of ['body', 'light', 'shade'])
      expect(Math.abs(hueOf(pixel(data, picture.at[name]!)) - hueOf(blue))).toBeLessThan(4)
    expect(apart(pixel(data, picture.at['light']!), mix(blue, [255, 255, 255], 0.6))).toBeLessThan(2)
    expect(apart(pixel(data, picture.at['shade']!), mix(blue, [0, 0, 0], 0.5))).toBeLessThan(2)
  })

  test.each([
    ['white', white],
    ['black', black],
    ['grey', grey],
  ] as const)('red asked for %s has no hue left', (_, to) => {
    const picture = disc(red)
    const data = shownAs(picture, to, red)
    expect(pixel(data, picture.at['body']!)).toEqual([...to])
    expect(saturationOf(pixel(data, picture.at['body']!))).toBeLessThan(0.15)
    expect(
      Math.max(...pixel(data, picture.at['light']!)) - Math.min(...pixel(data, picture.at['light']!)),
    ).toBeLessThan(8)
  })

  test.each([
    ['white', white],
    ['black', black],
    ['grey', grey],
  ] as const)('%s asked for red or blue is so', (_, from) => {
    const picture = disc(from)
    // The outline is part of what is black.
    for (const to of [red, blue])
      expect(apart(pixel(shownAs(picture, to, from), picture.at['body']!), to)).toBeLessThanOrEqual(2)
  })

  test('there and back is as it was, to a level', () => {
    const picture = disc(red)
    const there = recoloured(picture.data, [{ from: red, to: blue }])
    const back = recoloured(there, [{ from: blue, to: red }])
    for (const name of ['body', 'light', 'shade', 'ink'])
      expect(apart(pixel(back, picture.at[name]!), pixel(picture.data, picture.at[name]!))).toBeLessThanOrEqual(2)
  })

  test('ink and other hues stay', () => {
    const picture = disc(red)
    const data = shownAs(picture, blue, red)
    expect(pixel(data, picture.at['spot']!)).toEqual([...yellow])
    expect(apart(pixel(data, picture.at['ink']!), ink)).toBeLessThan(12)
  })

  test('alpha, and the samples of what is not seen, are untouched', () => {
    const picture = disc(red)
    picture.data.set([200, 30, 30, 0], 0)
    for (const to of [blue, white, black]) {
      const data = shownAs(picture, to)
      expect(alphas(data)).toEqual(alphas(picture.data))
      expect(pixel(data, 0)).toEqual([200, 30, 30])
    }
  })

  test('two colours change at once, each into its own', () => {
    const picture = disc(red)
    const green: Rgb = [46, 168, 72]
    const data = recoloured(picture.data, [
      { from: red, to: blue },
      { from: yellow, to: green },
    ])
    expect(pixel(data, picture.at['body']!)).toEqual([...blue])
    expect(pixel(data, picture.at['spot']!)).toEqual([...green])
  })
})

describe('the main colour', () => {
  test('is what most of it has, not its outline', () => {
    expect(mainColour([disc(red)])).toEqual([...red])
    expect(apart(mainColour([disc(black)])!, black)).toBeLessThan(4)
  })

  test('is looked for among what is called the same', () => {
    const picture = disc(red)
    for (let at = 4 * 13 * SIDE; at < picture.data.length; at += 4)
      if (picture.data[at + 3] === 255) picture.data.set(blue, at)
    const [r, , b] = mainColour([picture], [240, 50, 56])!
    expect(r).toBeGreaterThan(b)
    expect(mainColour([picture], [34, 92, 222])).toEqual([...blue])
  })

  test('a colour that is not there is no reason to change what little is like it', () => {
    expect(mainColour([disc(red)], [46, 168, 72])).toEqual([...red])
  })

  test('of a large drawing is that of a part of its pixels', () => {
    const picture = rgbaImage(1200, 900)
    for (let at = 0; at < picture.data.length; at += 4) picture.data.set([...(at % 12 === 0 ? yellow : red), 255], at)
    expect(mainColour([picture])).toEqual([...red])
  })

  test('nothing seen has none', () => {
    expect(mainColour([rgbaImage(4, 4)])).toBeUndefined()
    expect(mainColour([])).toBeUndefined()
  })
})

test('as a look it changes the object alone: every sample outside it equals the photo’s', () => {
  const size = { width: 60, height: 40 }
  const photo = rgbaImage(
    60,
    40,
    new Uint8ClampedArray(60 * 40 * 4).map((_, i) => (i % 4 === 3 ? 255 : (i * 7) % 256)),
  )
  const element: Element = { ...disc(red), place: { left: 0.3, top: 0.2, width: 24 / 60, height: 24 / 40 } }
  const shown = looking([element], { recolour: [{ from: red, to: blue }] }, size)
  expect(shown[0]!.data).toEqual(recoloured(element.data, [{ from: red, to: blue }]))
  const [plain, changed] = [compositeElements(photo, [element]), compositeElements(photo, shown)]
  for (let at = 0; at < photo.data.length; at += 4) {
    const [x, y] = [(at / 4) % 60, Math.floor(at / 4 / 60)]
    const outside = Math.hypot(x - 29.5, y - 19.5) > 13
    if (outside) expect(pixel(changed.data, at)).toEqual(pixel(photo.data, at))
  }
  expect(pixel(plain.data, 4 * (20 * 60 + 30))).toEqual([...red])
  expect(pixel(changed.data, 4 * (20 * 60 + 30))).toEqual([...blue])
})
