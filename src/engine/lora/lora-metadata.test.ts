import { expect, test } from 'vitest'
import { alphaGainIn, loraTitle } from './lora-metadata'

test.each<[string, unknown, object]>([
  ["this project's", { name: 'Ink', trigger: 'sksink' }, { name: 'Ink', trigger: 'sksink' }],
  [
    'modelspec',
    { 'modelspec.title': 'Ink', 'modelspec.trigger_phrase': 'sksink style' },
    { name: 'Ink', trigger: 'sksink style' },
  ],
  ['kohya', { ss_output_name: 'ink-v2', ss_network_dim: '16' }, { name: 'ink-v2' }],
  ['the first that says anything', { name: '  ', 'modelspec.title': 'Ink' }, { name: 'Ink' }],
  ['untidy text', { name: '  A\n\tvery\u202e\u0000 odd   name ' }, { name: 'A very odd name' }],
  [
    'text without end',
    { name: 'x'.repeat(500), trigger: 'y'.repeat(500) },
    { name: 'x'.repeat(80), trigger: 'y'.repeat(80) },
  ],
  ['nothing', undefined, {}],
  ['other things than text', { name: 3, trigger: null }, {}],
])('title from %s', (_, metadata, expected) => {
  expect(loraTitle(metadata)).toEqual(expected)
})

test.each([
  [{ alpha_gain: '1.5' }, 1.5],
  [{ alpha_gain: '0.5' }, undefined],
  [{ alpha_gain: 'soft' }, undefined],
  [{}, undefined],
  [undefined, undefined],
])('a gain of alpha that can be used: %j', (metadata, expected) => {
  expect(alphaGainIn(metadata)).toBe(expected)
})
