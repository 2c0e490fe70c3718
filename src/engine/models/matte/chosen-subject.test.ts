import { expect, test } from 'vitest'
import type { PixelBox } from '../../image/place'
import { chosenSubject, type At, type LookMatte } from './chosen-subject'

const photo = { width: 400, height: 200 }

/** A disc on the photo, in its pixels. */
interface Disc {
  readonly x: number
  readonly y: number
  readonly radius: number
}

/** What a network says that finds all of these wherever it looks, at 80 pixels a side. */
function seeing(...discs: readonly Disc[]) {
  const boxes: PixelBox[] = []
  const look = (box: PixelBox): Promise<LookMatte> => {
    boxes.push(box)
    const side = 80
    const data = Float32Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [
        box.left + (((i % side) + 0.5) / side) * box.width,
        box.top + ((Math.floor(i / side) + 0.5) / side) * box.height,
      ]
      return discs.some((disc) => Math.hypot(disc.x - x, disc.y - y) < disc.radius) ? 1 : 0
    })
    return Promise.resolve({ width: side, height: side, data })
  }
  return { look, boxes }
}

/** What the matte of a photo says at a place of it, 0..255. */
async function alphaAt(at: At, discs: readonly Disc[]) {
  const matte = await chosenSubject(photo, at, seeing(...discs).look)
  return (x: number, y: number): number | undefined =>
    matte?.alpha[
      Math.floor((y / photo.height) * matte.height) * matte.width + Math.floor((x / photo.width) * matte.width)
    ]
}

const left = { x: 100, y: 100, radius: 30 }
const right = { x: 300, y: 100, radius: 30 }

test('of two things the one that was pointed at is the subject, alone and in its place', async () => {
  const one = await alphaAt([0.25, 0.5], [left, right])
  expect([one(100, 100), one(122, 100), one(300, 100), one(100, 150)]).toEqual([255, 255, 0, 0])
  const other = await alphaAt([0.74, 0.45], [left, right])
  expect([other(300, 100), other(300, 122), other(100, 100)]).toEqual([255, 255, 0])
})

test('a thing is taken where it was nearly hit, and none where nothing is', async () => {
  expect((await alphaAt([0.335, 0.5], [left]))(100, 100)).toBe(255)
  expect((await alphaAt([0.6, 0.9], [left]))(100, 100)).toBeUndefined()
})

test('two things that hang together are told apart by a nearer look that sees one of them only', async () => {
  const touching = { x: 158, y: 100, radius: 30 }
  const { look } = seeing(left, touching)
  // From near the network sees what is in the middle.
  const near = (box: PixelBox): Promise<LookMatte> => (box.width < 200 ? seeing(touching).look(box) : look(box))
  const matte = await chosenSubject(photo, [158 / 400, 0.5], near)
  const at = (x: number, y: number) =>
    matte?.alpha[Math.floor((y / 200) * matte.height) * matte.width + Math.floor((x / 400) * matte.width)]
  expect([at(160, 100), at(90, 100)]).toEqual([255, 0])
})

test('nearer looks stay on the photo and end where they would only cut more off', async () => {
  const corner = seeing({ x: 390, y: 190, radius: 20 })
  await chosenSubject(photo, [0.99, 0.98], corner.look)
  for (const { left: x, top, width, height } of corner.boxes) {
    expect(Math.min(x, top)).toBeGreaterThanOrEqual(0)
    expect(x + width).toBeLessThanOrEqual(photo.width)
    expect(top + height).toBeLessThanOrEqual(photo.height)
  }
  const wide = seeing({ x: 200, y: 100, radius: 500 })
  await chosenSubject(photo, [0.5, 0.5], wide.look)
  expect(wide.boxes).toHaveLength(2)
})
