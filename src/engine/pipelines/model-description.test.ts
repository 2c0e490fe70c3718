import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { parseModelDescription, readModelDescription } from './model-description'

const nano = (): Promise<string> => readFile('public/models/nano/model.json', 'utf8')

test('keys of up to 0.7 still open', async () => {
  const text = await nano()
  const former = text.replace('"text_encoder"', '"textEncoder"').replace('"max_tokens"', '"maxTokens"')
  expect(former).not.toBe(text)
  expect(parseModelDescription(JSON.parse(former))).toEqual(parseModelDescription(JSON.parse(text)))
})

test('all keys are in snake case', async () => {
  const keys: string[] = []
  JSON.parse(await nano(), (key, value: unknown) => (keys.push(key), value))
  expect(keys.filter((key) => /[A-Z-]/.test(key))).toEqual([])
})

test.each(['{', '\xff'])('what is no JSON is named: %s', async (text) => {
  await expect(readModelDescription(bytesSource(new TextEncoder().encode(text)))).rejects.toMatchObject({
    name: 'BadModel',
    message: expect.stringContaining('not readable') as string,
  })
})

test("a gain of alpha is the model's, or a style's own; one that would blur is refused", async () => {
  const model = JSON.parse(await nano()) as { codec: Record<string, unknown>; styles: Record<string, unknown>[] }
  model.codec['alpha_gain'] = 3
  model.styles[0]!['alpha_gain'] = 1.5
  expect(parseModelDescription(model)).toMatchObject({
    codec: { alphaGain: 3 },
    styles: [{ alphaGain: 1.5 }, {}, {}, {}, {}, {}],
  })
  model.codec['alpha_gain'] = 0.5
  expect(() => parseModelDescription(model)).toThrow('would blur')
})
