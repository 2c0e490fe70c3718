import { describe, expect, test } from 'vitest'
import {
  checkSettings,
  defaultOf,
  grouped,
  isInRange,
  rangeOf,
  settingNames,
  settingOf,
  settingsIn,
  settle,
} from './settings'

describe.each(settingNames)('%s', (name) => {
  const { min, max, step, default: usual, slider } = settingOf(name)

  test('takes its ends, its default and all that its slider offers, and nothing beyond', () => {
    const offered =
      slider === undefined ? [] : [slider.min, slider.max === 'model' ? usual : slider.max, slider.min + step]
    for (const value of [min, max, usual, ...offered]) expect(isInRange(name, value), String(value)).toBe(true)
    for (const value of [min - step, max + step, Number.NaN, Infinity, '1', null])
      expect(isInRange(name, value), String(value)).toBe(false)
  })
})

test('a value out of its range is named with its range', () => {
  expect(() => checkSettings({ seed: 1, steps: 2.5 })).toThrow(
    expect.objectContaining({
      name: 'BadRequest',
      message: 'The setting steps cannot be 2.5. Use a whole number from 1 to 100.',
    }),
  )
  expect(() => checkSettings({ resolution: 100 })).toThrow('a multiple of 16')
  expect(() => checkSettings({ keepPhoto: 1 })).toThrow('a number from 0 to 0.95')
  expect(() => checkSettings({ seed: 2 ** 32 - 1, steps: 100, cfgScale: 1.5 })).not.toThrow()
  expect(rangeOf('strength')).toBe('a number from -2 to 2')
})

test('the request goes before the model, and the model before the table', () => {
  const model = { steps: 20, cfgScale: 1, resolution: null }
  expect(settle({ seed: 7 })).toMatchObject({ seed: 7, steps: 8, cfgScale: 1, keepPhoto: 0, resolution: 1024 })
  expect(settle({ seed: 7, keepPhoto: 0.5 }, { resolution: 256 }, model)).toMatchObject({
    seed: 7,
    steps: 20,
    cfgScale: 1,
    keepPhoto: 0.5,
    resolution: 256,
  })
  expect([
    defaultOf('steps', model),
    defaultOf('resolution', model),
    defaultOf('keepPhoto', model),
    defaultOf('steps'),
  ]).toEqual([20, null, 0, 8])
})

test('flat values come into the groups of a request; what is no setting of an edit stays out', () => {
  const flat = { steps: 3, keepPhoto: undefined, resolution: 64, strength: 1, instruction: 'add a hat' }
  expect(grouped(flat)).toEqual({ how: { steps: 3 }, limits: { resolution: 64 } })
})

test('of a recipe those settings are read that are in range', () => {
  expect(settingsIn({ steps: 8, cfgScale: 99, keepPhoto: '0.5', seed: 3, zoomPass: true } as object)).toEqual({
    steps: 8,
  })
})
