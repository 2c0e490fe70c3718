import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { BLOCK_FORMATS, unpackBlocks } from './gguf-blocks'
import { openGguf } from './gguf'
import { writeGguf } from './gguf-testing'
import { openSafetensors } from './safetensors'
import { readRows, readTensor, toFloat32 } from './weight-store'

const fixture = await openSafetensors(
  bytesSource(new Uint8Array(await readFile('src/engine/formats/quantised-weights.fixture.safetensors'))),
)
const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length)

describe.each(Object.entries(BLOCK_FORMATS).map(([type, format]) => [format.name, Number(type), format] as const))(
  '%s',
  (name, type, format) => {
    test('gives the values of the gguf package to the bit, also row by row out of a file', async () => {
      const { bytes } = await fixture.read(`${name}.bytes`)
      const { data } = await readTensor(fixture, `${name}.values`)
      expect(data.length).toBe(6 * format.weights)
      expect(bits(unpackBlocks(format, bytes))).toEqual(bits(data))
      // Three rows of two blocks; ggml counts the fastest dimension first.
      const store = await openGguf(
        bytesSource(
          writeGguf([
            { name: 'first', dims: [1], type: 0, bytes: new Uint8Array(4) },
            { name: 'w', dims: [2 * format.weights, 3], type, bytes },
          ]),
        ),
      )
      expect(store.info('w')).toEqual({ dtype: 'F32', shape: [3, 2 * format.weights] })
      const rows = await readRows(store, 'w', 1, 2)
      expect(bits(toFloat32(rows))).toEqual(bits(data.subarray(2 * format.weights)))
    })
  },
)

test('F16 and BF16 pass as they are; a folded shape comes back; metadata is the config', async () => {
  const store = await openGguf(
    bytesSource(
      writeGguf(
        [
          { name: 'h', dims: [2], type: 1, bytes: Uint8Array.of(0, 0x3c, 0, 0xc0) },
          { name: 'b', dims: [4], type: 30, bytes: Uint8Array.of(0x80, 0x3f, 0, 0, 0, 0xc0, 0, 0) },
        ],
        { 'general.architecture': 'flux', 'comfy.gguf.orig_shape.b': [2, 2] },
      ),
    ),
  )
  expect([store.info('h'), store.info('b')]).toEqual([
    { dtype: 'F16', shape: [2] },
    { dtype: 'BF16', shape: [2, 2] },
  ])
  expect([...(await readTensor(store, 'h')).data, ...(await readTensor(store, 'b')).data]).toEqual([1, -2, 1, 0, -2, 0])
  expect(store.config).toMatchObject({ 'general.architecture': 'flux' })
})

test('a tensor without rows is read as nothing', async () => {
  const store = await openGguf(
    bytesSource(
      writeGguf([
        { name: 'plain', dims: [4, 0], type: 0, bytes: new Uint8Array(0) },
        { name: 'blocks', dims: [32, 0], type: 8, bytes: new Uint8Array(0) },
      ]),
    ),
  )
  for (const name of store.names()) expect((await readTensor(store, name)).data).toEqual(new Float32Array(0))
})

describe('bad files', () => {
  const whole = writeGguf([{ name: 'w', dims: [32, 2], type: 8, bytes: new Uint8Array(68) }])
  const altered = (at: number, ...values: number[]) => {
    const copy = whole.slice()
    copy.set(values, at)
    return copy
  }
  test.each<[string, Uint8Array<ArrayBuffer>, string, RegExp]>([
    ['cut in the data', whole.slice(0, -1), 'BadSafetensors', /Tensor w ends at byte.*truncated/],
    ['cut in the header', whole.slice(0, 30), 'BadSafetensors', /header is cut off/],
    ['version 1', altered(4, 1), 'BadSafetensors', /version 1/],
    ['another magic', altered(0, 0), 'BadSafetensors', /no GGUF/],
    ['a count beyond all numbers', altered(8, 255, 255, 255, 255, 255, 255, 255, 255), 'BadSafetensors', /count/],
    ['an alignment of nothing', writeGguf([], { 'general.alignment': 0 }), 'BadSafetensors', /no valid alignment/],
    [
      'rows that fill no blocks',
      writeGguf([{ name: 'w', dims: [16, 4], type: 8, bytes: new Uint8Array(68) }]),
      'BadSafetensors',
      /does not fill blocks of 32/,
    ],
    [
      'a format that is not read',
      writeGguf([{ name: 'w', dims: [256], type: 23, bytes: new Uint8Array(136) }]),
      'UnsupportedDType',
      /IQ4_XS.*Q4_K/,
    ],
    [
      'a name twice',
      writeGguf([0, 1].map(() => ({ name: 'w', dims: [1], type: 0, bytes: new Uint8Array(4) }))),
      'BadSafetensors',
      /"w" twice/,
    ],
  ])('%s', async (_, bytes, name, message) => {
    await expect(openGguf(bytesSource(bytes))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    })
  })
})
