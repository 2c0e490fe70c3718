import { expect, test } from 'vitest'
import { Life } from './life'

test('a call gives what its work gives, and leaves nothing behind', async () => {
  const life = new Life()
  await expect(life.within(Promise.resolve(7))).resolves.toBe(7)
  await expect(life.within(Promise.reject(new Error('its own')))).rejects.toThrow('its own')
  await Promise.resolve()
  expect(life.waiting).toBe(0)
})

test('calls under way fail when it ends, later ones too, for the first reason', async () => {
  const life = new Life()
  const calls = [life.within(new Promise(() => undefined)), life.within(new Promise(() => undefined))]
  expect(life.waiting).toBe(2)
  life.end(new Error('crashed'))
  life.end(new Error('closed'))
  for (const call of calls) await expect(call).rejects.toThrow('crashed')
  await expect(life.within(Promise.resolve(7))).rejects.toThrow('crashed')
  await Promise.resolve()
  expect(life.waiting).toBe(0)
})
