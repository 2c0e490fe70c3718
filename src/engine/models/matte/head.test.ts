import { expect, it } from 'vitest'
import { tensor, type Tensor } from '../../core/tensor'
import { foundHead, lookAt, retold, type Head } from './head'

const photo = { width: 400, height: 200 }
const nobody = { width: 8, height: 8, alpha: new Uint8Array(64) }
const small: Head = { left: 40, top: 60, right: 60, bottom: 84, crownX: 50, crownY: 62 }
const other: Head = { left: 300, top: 60, right: 340, bottom: 100, crownX: 320, crownY: 64 }

/** Cells of the left half say the first head, those of the right half the second. */
function cells(left: Head, right: Head): Tensor {
  const told = tensor([144, 7])
  for (let cell = 0; cell < 144; cell++) {
    const [x, y] = [((cell % 12) + 0.5) / 12, (Math.floor(cell / 12) + 0.5) / 12]
    const head = cell % 12 < 6 ? left : right
    const shares = [head.left / 400, head.top / 200, head.right / 400, head.bottom / 200]
    const values = [...shares, head.crownX / 400, head.crownY / 200]
    told.data.set([0, ...values.map((value, at) => (value - (at % 2 === 0 ? x : y)) / 0.2)], 7 * cell)
  }
  return told
}

it('is the one of the chosen subject', () => {
  const onRight = { width: 12, height: 12, alpha: Uint8Array.from({ length: 144 }, (_, i) => (i % 12 < 6 ? 0 : 255)) }
  const onLeft = { ...onRight, alpha: onRight.alpha.map((value) => 255 - value) }
  // Cells of the other half count a fiftieth.
  for (const [matte, head] of [
    [onLeft, small],
    [onRight, other],
  ] as const) {
    const found = foundHead(cells(small, other), matte, photo)!
    expect(Math.abs(found.crownX - head.crownX)).toBeLessThan(8)
    expect(Math.abs(found.crownY - head.crownY)).toBeLessThan(1)
  }
  expect(foundHead(cells(small, other), nobody, photo)).toBeUndefined()
})

it('is looked at nearer where it is small, within the photo', () => {
  expect(lookAt(small, photo)).toEqual({ left: 12, top: 34, width: 76, height: 76 })
  expect(lookAt({ ...small, left: 0, right: 20 }, photo)).toMatchObject({ left: 0, width: 76 })
  // Little more than the photo itself, and less than can be seen.
  expect(lookAt({ ...small, right: 300, bottom: 200 }, { width: 210, height: 200 })).toBeUndefined()
  expect(lookAt({ ...small, right: 44, bottom: 64 }, photo)).toBeUndefined()
})

it('is told anew by the cells that had it in mind, and by no others', () => {
  const nearer: Head = { left: 44, top: 62, right: 58, bottom: 80, crownX: 51, crownY: 65 }
  const told = retold(cells(small, other), small, nearer, photo)
  const expected = cells(nearer, other)
  for (const [at, value] of told.data.entries()) expect(value).toBeCloseTo(expected.data[at]!, 4)
})
