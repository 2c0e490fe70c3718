import { describe, expect, it } from 'vitest'
import { hasSubject } from './clear-subject'

/** [value, pixels]... of 1000 pixels, the rest 0. */
function matte(...parts: readonly (readonly [number, number])[]): Float32Array {
  const plane = new Float32Array(1000)
  let at = 0
  for (const [value, pixels] of parts) plane.fill(value, at, (at += pixels))
  return plane
}

describe('a matte has a clear subject', () => {
  it.each([
    ['a subject with a soft edge', matte([1, 200], [0.5, 60]), true],
    ['one that fills the photo', matte([1, 1000]), true],
    ['a small one', matte([1, 10]), true],
    ['a speck', matte([1, 9]), false],
    ['more haze than subject', matte([1, 200], [0.5, 201]), false],
    ['a haze', matte([0.8, 1000]), false],
    ['nothing', matte(), false],
  ])('%s', (_, plane, clear) => {
    expect(hasSubject(plane)).toBe(clear)
  })
})
