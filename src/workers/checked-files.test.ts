import { expect, test } from 'vitest'
import { sha256 } from '../engine/formats/manifest'
import { checked } from './checked-files'
import type { Fetcher } from './model-files'

const shard = Uint8Array.of(1, 2, 3, 4)
const flipped = Uint8Array.of(1, 2, 7, 4)
const manifest = async (): Promise<Uint8Array<ArrayBuffer>> =>
  new TextEncoder().encode(JSON.stringify({ shards: [{ file: 'shard-00000.bin', sha256: await sha256(shard) }] }))

/** @returns a fetcher and what it was asked for */
function host(files: Readonly<Record<string, Uint8Array<ArrayBuffer> | undefined>>): {
  readonly fetchFile: Fetcher
  readonly asked: string[]
} {
  const asked: string[] = []
  const fetchFile: Fetcher = (path) => {
    asked.push(path)
    const file = files[path]
    return file === undefined ? Promise.reject(new Error('offline')) : Promise.resolve(file)
  }
  return { fetchFile, asked }
}

async function read({ fetchFile }: Pick<ReturnType<typeof host>, 'fetchFile'>, anew: Fetcher): Promise<Uint8Array> {
  const fetch = checked(fetchFile, anew)
  await fetch('drawing/manifest.json')
  return fetch('drawing/shard-00000.bin')
}

test('what has its hash is taken as it is', async () => {
  const net = host({})
  expect(
    await read(host({ 'drawing/manifest.json': await manifest(), 'drawing/shard-00000.bin': shard }), net.fetchFile),
  ).toEqual(shard)
  expect(net.asked).toEqual([])
})

test('a flipped bit is fetched anew', async () => {
  const net = host({ 'drawing/manifest.json': await manifest(), 'drawing/shard-00000.bin': shard })
  expect(
    await read(host({ 'drawing/manifest.json': await manifest(), 'drawing/shard-00000.bin': flipped }), net.fetchFile),
  ).toEqual(shard)
  expect(net.asked).toContain('drawing/shard-00000.bin')
})

test('a damaged index does not condemn a sound shard', async () => {
  const wrong = new TextEncoder().encode(
    JSON.stringify({ shards: [{ file: 'shard-00000.bin', sha256: '0'.repeat(64) }] }),
  )
  const net = host({ 'drawing/manifest.json': await manifest(), 'drawing/shard-00000.bin': shard })
  expect(await read(host({ 'drawing/manifest.json': wrong, 'drawing/shard-00000.bin': shard }), net.fetchFile)).toEqual(
    shard,
  )
})

test('without a network, or when what comes is damaged as well, the file is named', async () => {
  const kept = host({ 'drawing/manifest.json': await manifest(), 'drawing/shard-00000.bin': flipped })
  for (const net of [host({}), kept])
    await expect(read(kept, net.fetchFile)).rejects.toMatchObject({
      name: 'BadShard',
      message: expect.stringContaining('drawing/shard-00000.bin') as string,
    })
})

test('the matte network has its hash in matte.json', async () => {
  const index = new TextEncoder().encode(JSON.stringify({ file: 'u2netp.onnx', sha256: await sha256(shard) }))
  const net = host({ 'matte.json': index, 'u2netp.onnx': shard })
  const fetch = checked(host({ 'matte.json': index, 'u2netp.onnx': flipped }).fetchFile, net.fetchFile)
  await fetch('matte.json')
  expect(await fetch('u2netp.onnx')).toEqual(shard)
})
