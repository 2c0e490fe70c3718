import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COLOURS, STYLE_COLOURS } from '../src/ui/words/colours'
import { PALETTES } from '../src/ui/words/palettes'
import { THINGS } from '../src/ui/words/things'

/** The table that the model was trained on: a section a thing, in its order, with the lines of its keys. */
function sections(): readonly (readonly [name: string, keys: string])[] {
  const table = readFileSync(join(import.meta.dirname, '../training/data/tables/things.toml'), 'utf8')
  return [...table.matchAll(/^\[things\.(?:"([^"]+)"|([\w-]+))\]\n((?:.+\n)*)/gm)].map(([, quoted, bare, keys]) => [
    quoted ?? bare ?? '',
    keys ?? '',
  ])
}

/** The strings of a key's list, which may go over several lines. */
function listed(keys: string, key: string): readonly string[] {
  const list = new RegExp(`^${key} = \\[([^\\]]*)\\]`, 'm').exec(keys)?.[1] ?? ''
  return [...list.matchAll(/"([^"]+)"/g)].map(([, one]) => one ?? '')
}

/** Names and other names of the table. */
function trained(): [string, string][] {
  return sections().map(([name, keys]) => [name, listed(keys, 'also').join('|')])
}

test('the editor knows what the model was trained on, in the same words', () => {
  expect(THINGS.map(([name, also]) => [name, also])).toEqual(trained())
  expect(THINGS.length).toBeGreaterThan(200)
})

test('every thing has a Chinese name, and no name stands for two things', () => {
  const names = THINGS.flatMap(([, , chinese]) => chinese.split('|'))
  expect(names.filter((name) => !/\p{Script=Han}/u.test(name))).toEqual([])
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

/** Colours of one part of the table that the model was trained on, in its order. */
function palette(part: string): [string, number[]][] {
  const table = readFileSync(join(import.meta.dirname, '../training/data/tables/colours.toml'), 'utf8')
  const lines = table.split(`[${part}]\n`)[1]?.split('\n\n')[0]?.split('\n') ?? []
  return lines.flatMap((line): [string, number[]][] => {
    const [, quoted, bare, values = ''] = /^(?:"([^"]+)"|([\w-]+)) = \[([\d, ]+)\]/.exec(line) ?? []
    const name = quoted ?? bare
    return name === undefined ? [] : [[name, values.split(',').map(Number)]]
  })
}

test('colours are those that the model was trained on, first, in the same words', () => {
  const trainedOn = palette('palette')
  expect(trainedOn).toHaveLength(10)
  expect(COLOURS.slice(0, 10).map(([name, , , rgb]) => [name, [...rgb]])).toEqual(trainedOn)
  const names = COLOURS.flatMap(([name, also]) => [name, ...also.split('|')]).filter((name) => name !== '')
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})

test.each([
  ['edge', 'crayons'],
  ['cloud', 'chalks'],
])('%s has the %s that it was trained on', (style, part) => {
  const known = new Set(COLOURS.map(([name]) => name))
  const trainedOn = palette(part).filter(([name]) => known.has(name))
  expect(trainedOn).toHaveLength(10)
  expect(STYLE_COLOURS[style]).toEqual(Object.fromEntries(trainedOn))
})

test('things have the colours that the model was trained to draw them in', () => {
  const all = palette('palette').map(([name]) => name)
  const sets: Record<string, string[]> = { BRIGHT: all.filter((name) => !/white|black/.test(name)), ALL: all }
  const names = new Map([...all.map((name) => [name, name] as const), ['golden', 'yellow'], ['dark', 'black']])
  const trainedIn = sections().flatMap(([name, keys]): [string, string, string][] => {
    const words = /^in = "([^"]*)"/m.exec(keys)?.[1]?.split(' ') ?? listed(keys, 'in')
    if (words.length === 0) return []
    const art = /^art = "([^"]+)"/m.exec(keys)?.[1]?.split('-') ?? []
    const natural = [...listed(keys, 'looks'), ...art].flatMap((one) => names.get(one) ?? [])[0]
    return [[name, words.flatMap((one) => sets[one] ?? [one]).join('|'), natural ?? '']]
  })
  expect(PALETTES).toEqual(trainedIn)
  expect(PALETTES.length).toBeGreaterThan(50)
})
