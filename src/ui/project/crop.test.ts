import { expect, test } from 'vitest'
import { AS_DRAWN, type ElementBuffer, type Place } from '../../workers/engine-api'
import { cropAround } from './crop'

const photo = { width: 400, height: 200 }

/** A dot that fills the middle half of its place. */
function dot(place: Place): ElementBuffer {
  const data = new Uint8ClampedArray(8 * 8 * 4)
  for (let y = 2; y < 6; y++) for (let x = 2; x < 6; x++) data[(y * 8 + x) * 4 + 3] = 255
  return { width: 8, height: 8, data, place }
}

test('one crop holds what all drawings show, in their middle, square, with a margin', () => {
  // 40 x 40 pixels at (120, 60), and at (200, 100).
  const one = { elements: [dot({ left: 0.25, top: 0.2, width: 0.2, height: 0.4 })] }
  const other = { elements: [dot({ left: 0.45, top: 0.4, width: 0.2, height: 0.4 })] }
  const { left, top, width, height } = cropAround([one, other], photo)
  expect(width * photo.width).toBeCloseTo(120 * 1.32)
  expect(height * photo.height).toBeCloseTo(120 * 1.32)
  expect((left + width / 2) * photo.width).toBeCloseTo(180)
  expect((top + height / 2) * photo.height).toBeCloseTo(100, 0)
})

test('the crop stays on the photo, and a moved drawing is looked for where it stands', () => {
  const corner = dot({ left: 0, top: 0, width: 0.1, height: 0.2 })
  expect(cropAround([{ elements: [corner] }], photo)).toMatchObject({ left: 0, top: 0 })
  const moved = { elements: [corner], look: { pose: { ...AS_DRAWN, x: 0.9, y: 0.8 } } }
  const { left, top, width, height } = cropAround([moved], photo)
  expect(left + width).toBeCloseTo(1)
  expect(top + height).toBeCloseTo(1)
})

test('where nothing is seen all of the photo is shown', () => {
  const blank = { ...dot({ left: 0, top: 0, width: 1, height: 1 }), data: new Uint8ClampedArray(256) }
  expect(cropAround([{ elements: [blank] }], photo)).toEqual({ left: 0, top: 0, width: 1, height: 1 })
})
