import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { COLOURS, STYLE_COLOURS } from '../src/ui/words/colours'
import { PALETTES } from '../src/ui/words/palettes'
import { THINGS } from '../src/ui/words/things'

/** Names and other names of the table that the model was trained on. */
function trained(): [string, string][] {
  const table = readFileSync(join(import.meta.dirname, '../training/data/tables/things.toml'), 'utf8')
  return [...table.matchAll(/^\[things\.(?:"([^"]+)"|([\w-]+))\]\n((?:.+\n)*)/gm)].map(([, quoted, bare, keys]) => {
    const also = /^also = \[(.*)\]$/m.exec(keys ?? '')?.[1] ?? ''
    return [quoted ?? bare ?? '', [...also.matchAll(/"([^"]+)"/g)].map(([, other]) => other ?? '').join('|')]
  })
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
  const table = readFileSync(join(import.meta.dirname, '../training/data/tables/things.toml'), 'utf8')
  const names = new Map([...all.map((name) => [name, name] as const), ['golden', 'yellow'], ['dark', 'black']])
  const trainedIn = table.split('\n').flatMap((line): [string, string, string][] => {
    const [, quoted, bare] = /^(?:"([^"]+)"|([\w-]+)) = \{ /.exec(line) ?? []
    const [, words, list] = / in = (?:"([^"]*)"|\[([^\]]*)\])/.exec(line) ?? []
    const name = quoted ?? bare
    if (name === undefined || (words ?? list) === undefined) return []
    const said = words?.split(' ') ?? [...(list ?? '').matchAll(/"([^"]+)"/g)].map(([, one]) => one ?? '')
    const looks = [...(/looks = \[([^\]]*)\]/.exec(line)?.[1] ?? '').matchAll(/"([^"]+)"/g)].map(([, one]) => one ?? '')
    const art = / art = "([^"]+)"/.exec(line)?.[1]?.split('-') ?? []
    const natural = [...looks, ...art].flatMap((one) => names.get(one) ?? [])[0]
    return [[name, said.flatMap((one) => sets[one] ?? [one]).join('|'), natural ?? '']]
  })
  expect(PALETTES).toEqual(trainedIn)
  expect(PALETTES.length).toBeGreaterThan(50)
})
