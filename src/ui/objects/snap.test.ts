import { expect, test } from 'vitest'
import { AS_DRAWN } from '../../workers/engine-api'
import { doodle } from '../project/testing'
import { snapped, subjectMiddle } from './snap'

const photo = { width: 1000, height: 500 }
const box = { left: 0.2, top: 0.2, width: 0.1, height: 0.2 }
const layer = { doodle: { ...doodle('a'), elements: [{ ...doodle('a').elements[0]!, box }] } }

test('an object’s middle goes to a line that is a few screen pixels away, each way by itself', () => {
  // Its middle is at (0.25, 0.3); 2.5 screen pixels right of the line at half the photo's scale.
  const pose = { ...AS_DRAWN, x: 0.255 }
  const { x, y } = snapped(layer, pose, [[0.5, 0.5]], photo, 0.5)
  expect(x).toBeCloseTo(0.25)
  expect(y).toBe(0)
  // At twice the scale the same is ten pixels away.
  expect(snapped(layer, pose, [[0.5, 0.5]], photo, 2)).toEqual(pose)
  expect(
    snapped(
      layer,
      { ...AS_DRAWN, y: 0.09 },
      [
        [0.9, 0.9],
        [0.7, 0.4],
      ],
      photo,
      1,
    ).y,
  ).toBeCloseTo(0.1)
})

test('the subject’s middle is that of its mass', () => {
  const data = new Uint8Array(40)
  for (const at of [5, 6, 15, 16]) data[at] = 255
  const middle = subjectMiddle({ width: 10, height: 4, data })!
  expect(middle[0]).toBeCloseTo(0.6)
  expect(middle[1]).toBeCloseTo(0.25)
  expect(subjectMiddle({ width: 10, height: 4, data: new Uint8Array(40) })).toBeUndefined()
  expect(subjectMiddle(null)).toBeUndefined()
})
