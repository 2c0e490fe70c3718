import { expect, test } from 'vitest'
import { styles } from './options'

test.each([
  ['magic', { id: 'magic' }],
  ['magic:0.7', { id: 'magic', strength: 0.7 }],
  ['edge:.5', { id: 'edge', strength: 0.5 }],
  ['edge:-0.5', { id: 'edge', strength: -0.5 }],
  ['folder/my-style.safetensors', { id: 'folder/my-style.safetensors' }],
  ['folder/my-style.safetensors:1', { id: 'folder/my-style.safetensors', strength: 1 }],
  ['C:\\styles\\ink.safetensors:0.4', { id: 'C:\\styles\\ink.safetensors', strength: 0.4 }],
  ['magic:strong', { id: 'magic:strong' }],
])('--style %s', (typed, expected) => {
  expect(styles(typed)).toEqual([expected])
  expect(styles('edge', styles(typed))).toEqual([expected, { id: 'edge' }])
})

test('--style none adds nothing', () => {
  expect(styles('none')).toEqual([])
  expect(styles('none', styles('edge'))).toEqual([{ id: 'edge' }])
})

test.each(['', ' ', 'magic:'])('--style "%s" is refused', (typed) => {
  expect(() => styles(typed)).toThrow('a style is needed')
})
