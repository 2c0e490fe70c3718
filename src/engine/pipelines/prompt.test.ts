import { expect, test } from 'vitest'
import type { StyleDescription } from './model-description'
import { withTriggers } from './prompt'

const magic: StyleDescription = {
  id: 'magic',
  name: 'Magic',
  trigger: 'sksmagiceffects',
  triggerUse: 'suffix',
  nouns: [],
  path: 'styles/magic',
}
const monster: StyleDescription = {
  id: 'monster',
  name: 'Monster',
  trigger: 'sksmonstercalledlulu',
  triggerUse: 'noun',
  nouns: ['furry monster', 'monster'],
  path: 'styles/monster',
}

test.each([
  ['add a halo', magic, 'add a halo by sksmagiceffects'],
  ['Add a halo.  ', magic, 'Add a halo by sksmagiceffects'],
  ['add a halo by sksmagiceffects', magic, 'add a halo by sksmagiceffects'],
  ['add a halo by SKSMagicEffects', magic, 'add a halo by SKSMagicEffects'],
  ['', magic, 'by sksmagiceffects'],
  ['add a red monster hugging the cat', monster, 'add a red sksmonstercalledlulu hugging the cat'],
  ['a Furry Monster behind her', monster, 'a sksmonstercalledlulu behind her'],
  ['add monsters everywhere', monster, 'add monsters everywhere with a sksmonstercalledlulu'],
  ['add a sksmonstercalledlulu', monster, 'add a sksmonstercalledlulu'],
  ['', monster, 'add a sksmonstercalledlulu'],
])('"%s" -> trigger placed once', (typed, style, expected) => {
  expect(withTriggers(typed, [style])).toBe(expected)
})

const edge: StyleDescription = { ...magic, id: 'edge', trigger: 'sksedgeeffect', path: 'styles/edge' }
const turbo: StyleDescription = { ...magic, id: 'turbo', trigger: '', path: 'styles/turbo' }

test.each([
  ['add a halo.', [magic, edge], 'add a halo by sksmagiceffects and sksedgeeffect'],
  ['add a halo', [edge, magic], 'add a halo by sksedgeeffect and sksmagiceffects'],
  ['add a halo by sksmagiceffects', [magic, edge], 'add a halo by sksmagiceffects and sksedgeeffect'],
  ['a sksedgeeffect line and a halo', [magic, edge], 'a sksedgeeffect line and a halo by sksmagiceffects'],
  ['add a red monster and stars', [magic, monster], 'add a red sksmonstercalledlulu and stars by sksmagiceffects'],
  ['add stars', [monster, magic], 'add stars with a sksmonstercalledlulu by sksmagiceffects'],
  ['', [magic, edge], 'by sksmagiceffects and sksedgeeffect'],
  ['add a halo', [magic, magic], 'add a halo by sksmagiceffects'],
  ['add a halo', [magic, turbo], 'add a halo by sksmagiceffects'],
  [' Add a halo. ', [turbo], 'Add a halo.'],
  [' Add a halo. ', [], 'Add a halo.'],
] as const)('"%s", several styles -> each trigger once', (typed, styles, expected) => {
  expect(withTriggers(typed, styles)).toBe(expected)
})
