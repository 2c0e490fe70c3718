import { expect, test } from 'vitest'
import { heightByKey, restingAt } from './heights'
import { layoutFor } from './layout'

const stops = { peek: 90, half: 420, full: 780 }

test('the sheet rests at the nearest height, and a fling carries it on', () => {
  expect(restingAt(200, 0, stops)).toBe('peek')
  expect(restingAt(300, 0, stops)).toBe('half')
  expect(restingAt(700, 0, stops)).toBe('full')
  expect(restingAt(200, 1, stops)).toBe('half')
  expect(restingAt(420, -2, stops)).toBe('peek')
})

test('keys step through the heights and stop at their ends', () => {
  expect(heightByKey('peek', 'ArrowUp')).toBe('half')
  expect(heightByKey('full', 'ArrowUp')).toBe('full')
  expect(heightByKey('half', 'ArrowDown')).toBe('peek')
  expect(heightByKey('peek', 'ArrowDown')).toBe('peek')
  expect([heightByKey('half', 'Home'), heightByKey('half', 'End')]).toEqual(['peek', 'full'])
  expect([heightByKey('peek', 'Enter'), heightByKey('full', ' ')]).toEqual(['half', 'peek'])
  expect(heightByKey('peek', 'x')).toBeUndefined()
})

test('a phone held upright gets the sheet, on its side or enlarged twofold the panel at the side', () => {
  expect(layoutFor({ width: 390, height: 844 })).toBe('sheet')
  expect(layoutFor({ width: 320, height: 568 })).toBe('sheet')
  expect(layoutFor({ width: 844, height: 390 })).toBe('side')
  expect(layoutFor({ width: 720, height: 450 })).toBe('side')
  expect(layoutFor({ width: 1440, height: 480 })).toBe('side')
  expect(layoutFor({ width: 1280, height: 800 })).toBe('wide')
})
