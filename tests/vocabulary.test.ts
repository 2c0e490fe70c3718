import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
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
