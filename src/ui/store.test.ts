import { expect, test } from 'vitest'
import type { Capabilities, ModelStatus } from '../workers/engine-api'
import { zoomPassOf } from './store'

const on = (zoomPass: boolean | null, usual: boolean | 'gpu', software: boolean | null): boolean =>
  zoomPassOf({
    zoomPass,
    model: { defaults: { zoomPass: usual } } as ModelStatus,
    capabilities: { adapter: software === null ? null : { software } } as Capabilities,
  })

test('the second pass is on by itself only where a real graphics processor computes', () => {
  expect(on(null, 'gpu', false)).toBe(true)
  expect(on(null, 'gpu', true)).toBe(false)
  expect(on(null, 'gpu', null)).toBe(false)
  expect(on(null, false, false)).toBe(false)
  expect(on(null, true, null)).toBe(true)
})

test('what was chosen counts, whatever computes', () => {
  expect(on(true, 'gpu', null)).toBe(true)
  expect(on(false, 'gpu', false)).toBe(false)
  expect(zoomPassOf({ zoomPass: null, model: null, capabilities: null })).toBe(false)
})
