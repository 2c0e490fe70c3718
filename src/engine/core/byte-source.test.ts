import { describe, expect, test } from 'vitest'
import { blobSource, bytesSource, readText } from './byte-source'

const bytes = Uint8Array.of(1, 2, 3, 4)

describe.each([
  ['bytes', bytesSource(bytes)],
  ['blob', blobSource(new Blob([bytes]))],
])('%s', (_, source) => {
  test('reads a range', async () => {
    expect(source.size).toBe(4)
    expect([...(await source.read(1, 2))]).toEqual([2, 3])
    expect((await source.read(4, 0)).length).toBe(0)
  })

  test.each([
    [3, 2],
    [-1, 2],
    [0, -1],
    [0, 5],
    [0.5, 1],
    [Number.NaN, 1],
    [5, 0],
  ])('refuses offset %d, length %d', async (offset, length) => {
    await expect(source.read(offset, length)).rejects.toMatchObject({ name: 'TruncatedFile' })
  })
})

test('text must be UTF-8', async () => {
  expect(await readText(bytesSource(new TextEncoder().encode('é')))).toBe('é')
  await expect(readText(bytesSource(Uint8Array.of(0xff)))).rejects.toBeInstanceOf(TypeError)
})
