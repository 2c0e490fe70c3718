import { expect, test } from 'vitest'
import type { StyleDescription } from './model-description'
import { withTrigger } from './prompt'

const magic: StyleDescription = { id: 'magic', name: 'Magic', trigger: 'sksmagiceffects', triggerUse: 'suffix', nouns: [], path: 'styles/magic' }
const monster: StyleDescription = { id: 'monster', name: 'Monster', trigger: 'sksmonstercalledlulu', triggerUse: 'noun', nouns: ['furry monster', 'monster'], path: 'styles/monster' }

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
  expect(withTrigger(typed, style)).toBe(expected)
})
