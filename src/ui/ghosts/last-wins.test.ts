import { expect, test } from 'vitest'
import { LastWins } from './last-wins'

/** Work that ends when it is told to, or at its signal. */
function works() {
  const begun: string[] = []
  const ended: string[] = []
  let finish: () => void = () => undefined
  const last = new LastWins<string>(async (value, signal) => {
    begun.push(value)
    await new Promise<void>((resolve, reject) => {
      finish = resolve
      signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true })
    })
    ended.push(value)
  })
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
  return { last, begun, ended, finish: async () => (finish(), turn()), turn }
}

test('one at a time; of what is asked for meanwhile only the last', async () => {
  const { last, begun, ended, finish } = works()
  for (const value of ['a', 'b', 'c', 'd']) last.ask(value)
  expect(begun).toEqual(['a'])
  await finish()
  expect([begun, ended]).toEqual([['a', 'd'], ['a']])
  await finish()
  last.ask('e')
  await finish()
  expect([begun, ended]).toEqual([
    ['a', 'd', 'e'],
    ['a', 'd', 'e'],
  ])
})

test('what is of no use any more is broken off', async () => {
  const { last, begun, ended, finish, turn } = works()
  last.ask('a')
  last.ask('b')
  last.ask('c', true)
  await turn()
  expect([begun, ended]).toEqual([['a', 'c'], []])
  last.ask('d')
  last.stop()
  await turn()
  expect([begun, ended]).toEqual([['a', 'c'], []])
  last.ask('e')
  await finish()
  expect(ended).toEqual(['e'])
})
