import { Command } from 'commander'
import { expect, test } from 'vitest'
import { settingFlags, styles } from './options'

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

const parsed = (...flags: string[]): unknown => {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined })
  for (const flag of settingFlags()) command.addOption(flag)
  return command.parse(flags, { from: 'user' }).opts()
}

test('every setting with a flag is read; what the model decides has no default here', () => {
  expect(parsed()).toEqual({ seed: 0, strength: 1 })
  expect(
    parsed(
      '--steps',
      '4',
      '--cfg-scale',
      '1.5',
      '--keep-photo',
      '.5',
      '--resolution',
      '96',
      '--seed',
      '7',
      '--strength',
      '-0.5',
    ),
  ).toEqual({ steps: 4, cfgScale: 1.5, keepPhoto: 0.5, resolution: 96, seed: 7, strength: -0.5 })
})

test.each([
  ['--steps', '0'],
  ['--steps', '1.5'],
  ['--cfg-scale', 'much'],
  ['--keep-photo', '1'],
  ['--resolution', '100'],
  ['--seed', ''],
  ['--seed', '4294967296'],
])('%s %s is refused', (...flag) => {
  expect(() => parsed(...flag)).toThrow()
})
