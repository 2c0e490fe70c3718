import { describe, expect, test } from 'vitest'
import { gaussian } from '../core/random'
import { compositeElements, elementsLayer, onPhoto, placeElement, visibleShare, type Element } from './element'
import { refineMatte, type Matte } from './matte'
import { rgbaImage, type RgbaImage } from './rgba-image'

const photo = rgbaImage(
  60,
  40,
  Uint8ClampedArray.from(gaussian(3, 60 * 40 * 4), (value, i) => (i % 4 === 3 ? 255 : 128 + 40 * value)),
)

/** A red square that fills its pixels. */
function square(place: Element['place'], front?: number, side = 16): Element {
  const data = new Uint8ClampedArray(side * side * 4)
  for (let i = 0; i < side * side; i++) data.set([250, 10, 20, 255], 4 * i)
  return {
    width: side,
    height: side,
    data,
    place,
    ...(front === undefined ? {} : { front: new Uint8Array(side * side).fill(front) }),
  }
}

/** The right half of the photo is subject. */
const matte: Matte = {
  width: 60,
  height: 40,
  alpha: Uint8Array.from({ length: 2400 }, (_, i) => (i % 60 >= 30 ? 255 : 0)),
}

const at = ({ data, width }: RgbaImage, x: number, y: number): number[] => [
  ...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4),
]
const box = { left: 0.25, top: 0.25, width: 0.5, height: 0.5 }

describe('compositing under the matte', () => {
  test('an element behind is hidden by the subject, one in front is not, one between in its share', () => {
    for (const [front, right] of [
      [0, 0],
      [255, 255],
      [128, 128],
    ] as const) {
      const layer = placeElement(square(box, front), photo, matte)
      expect(at(layer, 20, 20)).toEqual([250, 10, 20, 255])
      expect(at(layer, 40, 20)[3]).toBe(right)
    }
    expect(at(placeElement(square(box), photo, matte), 40, 20)[3]).toBe(255)
    expect(at(placeElement(square(box, 0), photo), 40, 20)[3]).toBe(255)
  })

  test("where nothing is seen every sample equals the photo's", () => {
    const layer = elementsLayer(
      [square(box, 0), square({ left: 0.7, top: 0.7, width: 0.2, height: 0.2 }, 128)],
      photo,
      matte,
    )
    const result = compositeElements(
      photo,
      [square(box, 0), square({ left: 0.7, top: 0.7, width: 0.2, height: 0.2 }, 128)],
      matte,
    )
    let [changed, outside] = [0, 0]
    for (let i = 0; i < 2400; i++) {
      const same = [0, 1, 2, 3].every((c) => result.data[4 * i + c] === photo.data[4 * i + c])
      if (!same) changed++
      if (!same && layer.data[4 * i + 3] === 0) outside++
    }
    expect([changed > 300, outside]).toEqual([true, 0])
  })

  test('a later element lies over an earlier one; a region cuts both', () => {
    const green = { ...square(box), data: square(box).data.map((value, i) => (i % 4 === 1 ? 255 : value)) }
    expect(at(elementsLayer([square(box), green], photo), 30, 20)[1]).toBe(255)
    const region = { width: 2, height: 1, data: Uint8Array.of(255, 0) }
    const layer = elementsLayer([square(box), green], photo, undefined, region)
    for (let i = 0; i < 2400; i++) if (i % 60 >= 30) expect(layer.data[4 * i + 3]).toBe(0)
    expect(at(layer, 20, 20)[3]).toBeGreaterThan(200)
    expect(elementsLayer([], photo).data.some((value) => value !== 0)).toBe(false)
  })

  test('the front plane counts as far as something is there', () => {
    // A column in front beside transparent pixels whose front is 0.
    const element = square(box, 0)
    for (let i = 0; i < 256; i++) if (i % 16 >= 8) element.data[4 * i + 3] = 0
    for (let i = 0; i < 256; i++) if (i % 16 < 8) element.front![i] = 255
    const all = { ...matte, alpha: new Uint8Array(2400).fill(255) }
    const [seen, whole] = [
      placeElement(element, photo, all),
      placeElement({ ...element, front: new Uint8Array(256).fill(255) }, photo),
    ]
    expect(seen.data).toEqual(whole.data)
  })

  test('a matte of another size is refused', () => {
    expect(() => placeElement(square(box, 0), photo, { width: 6, height: 4, alpha: new Uint8Array(24) })).toThrowError(
      expect.objectContaining({ name: 'ShapeMismatch' }),
    )
  })
})

describe('places that reach outside the photo', () => {
  const whole = (layer: RgbaImage): number =>
    Array.from({ length: 2400 }, (_, i) => layer.data[4 * i + 3]!).filter((alpha) => alpha > 127).length

  test('are cut off at its edges', () => {
    for (const front of [undefined, 255]) {
      expect(
        whole(placeElement(square({ left: -0.25, top: -0.25, width: 0.5, height: 0.5 }, front), photo, matte)),
      ).toBe(15 * 10)
      expect(whole(placeElement(square({ left: 0.75, top: 0.5, width: 0.5, height: 3 }, front), photo, matte))).toBe(
        15 * 20,
      )
      expect(whole(placeElement(square({ left: -1, top: -1, width: 3, height: 3 }, front), photo, matte))).toBe(2400)
      expect(whole(placeElement(square({ left: 1.1, top: 0, width: 0.5, height: 0.5 }, front), photo, matte))).toBe(0)
    }
  })

  test('lose what lies far outside before anything is enlarged, and nothing of what is seen', () => {
    const far = square({ left: -3, top: 0.1, width: 3.5, height: 0.4 }, 200, 70)
    const part = onPhoto(far, photo)!
    expect([part.width, part.height, part.front!.length]).toEqual([14, 70, 14 * 70])
    expect(part.place.left + part.place.width).toBeCloseTo(0.5, 9)
    const inside = square(box, 1)
    expect(onPhoto(inside, photo)).toBe(inside)
  })
})

test('what is seen of an element, over its own pixels', () => {
  expect(visibleShare(square(box))).toBe(1)
  expect(visibleShare(square(box, 0), matte)).toBeCloseTo(0.5, 6)
  expect(visibleShare(square(box, 0), matte, { width: 2, height: 1, data: Uint8Array.of(0, 255) })).toBe(0)
  expect(visibleShare(square({ ...box, left: 0.75 }, 255))).toBeCloseTo(0.5, 6)
})

describe('a matte at another size', () => {
  test('is itself at its own; at less, the mean, its greys driven apart', () => {
    expect(refineMatte(matte, photo)).toBe(matte)
    const small = refineMatte(
      { width: 4, height: 2, alpha: Uint8Array.of(0, 100, 200, 200, 0, 100, 0, 0) },
      rgbaImage(2, 1),
    )
    expect([...small.alpha]).toEqual([10, 77])
  })

  test("follows the photo's edge where it is enlarged", () => {
    // The photo changes at column 100; the coarse matte says a little further left.
    const bright = rgbaImage(200, 100)
    for (let i = 0; i < 20_000; i++) bright.data.set(i % 200 < 100 ? [20, 30, 40, 255] : [220, 210, 200, 255], 4 * i)
    const coarse: Matte = {
      width: 20,
      height: 10,
      alpha: Uint8Array.from({ length: 200 }, (_, i) => (i % 20 < 9 ? 0 : i % 20 === 9 ? 90 : 255)),
    }
    const { alpha } = refineMatte(coarse, bright)
    expect(alpha[50 * 200 + 96]).toBeLessThan(20)
    expect(alpha[50 * 200 + 103]).toBeGreaterThan(240)
  })
})
