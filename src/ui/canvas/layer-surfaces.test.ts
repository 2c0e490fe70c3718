import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { drawn } from '../project/testing'
import { LayerSurfaces } from './layer-surfaces'

const photo = { width: 8, height: 6 }
const [layer] = drawn('a').present.layers as [ReturnType<typeof drawn>['present']['layers'][number]]

const noContext = { getContext: () => null, width: 0, height: 0 }
beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('document', { createElement: () => ({ ...noContext }) })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function surfaces(fetch: () => Promise<ImageBitmap>) {
  const asked = vi.fn(fetch)
  const arrived = vi.fn()
  const failed = vi.fn()
  return { asked, arrived, failed, shown: new LayerSurfaces(photo, asked, arrived, failed) }
}
const bitmap = (): ImageBitmap => ({ width: 8, height: 6, close: vi.fn() })

test('a layer whose bitmap failed is asked for again, and comes', async () => {
  let left = 2
  const { shown, asked, arrived, failed } = surfaces(() =>
    left-- > 0 ? Promise.reject(new Error('no memory')) : Promise.resolve(bitmap()),
  )
  expect(shown.canvas(layer)).toBeUndefined()
  await vi.runAllTimersAsync()
  expect(shown.canvas(layer)).toBeTruthy()
  expect([asked, arrived, failed].map(({ mock }) => mock.calls.length)).toEqual([3, 1, 0])
})

test('one that never comes is given up, said once, and asked for when it changes', async () => {
  let broken = true
  const { shown, arrived, failed } = surfaces(() =>
    broken ? Promise.reject(new Error('no memory')) : Promise.resolve(bitmap()),
  )
  shown.canvas(layer)
  await vi.runAllTimersAsync()
  // Waited for no longer: the picture is drawn without it.
  expect([shown.canvas(layer), arrived.mock.calls.length, failed.mock.calls.length]).toEqual([null, 1, 1])
  broken = false
  shown.matteChanged()
  expect(shown.canvas(layer)).toBeUndefined()
  await vi.runAllTimersAsync()
  expect(shown.canvas(layer)).toBeTruthy()
})

test('nobody tries for a layer that is gone', async () => {
  const { shown, asked, failed } = surfaces(() => Promise.reject(new Error('no photo')))
  shown.canvas(layer)
  await vi.advanceTimersByTimeAsync(300)
  shown.keep(new Set())
  await vi.runAllTimersAsync()
  expect([asked.mock.calls.length, failed.mock.calls.length]).toEqual([2, 0])
})
