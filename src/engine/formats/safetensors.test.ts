import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { blobSource, bytesSource } from '../core/byte-source'
import { openSafetensors, writeSafetensors } from './safetensors'
import { readTensor } from './weight-store'

const encoder = new TextEncoder()

/** A file with any header text and data, right or wrong. */
function file(header: string | Uint8Array, data = new Uint8Array(0), claimedLength?: bigint): Uint8Array<ArrayBuffer> {
  const text = typeof header === 'string' ? encoder.encode(header) : header
  const bytes = new Uint8Array(8 + text.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, claimedLength ?? BigInt(text.length), true)
  bytes.set(text, 8)
  bytes.set(data, 8 + text.length)
  return bytes
}

const open = (bytes: Uint8Array<ArrayBuffer>) => openSafetensors(bytesSource(bytes))
const entry = (begin: number, end: number, extra: Record<string, unknown> = {}) => ({
  dtype: 'F32',
  shape: [(end - begin) / 4],
  data_offsets: [begin, end],
  ...extra,
})

describe('reading', () => {
  test('a file written by the reference library', async () => {
    const bytes = new Uint8Array(await readFile('tests/parity/transformer-bf16-no-guidance/weights.safetensors'))
    for (const source of [bytesSource(bytes), blobSource(new Blob([bytes]))]) {
      const store = await openSafetensors(source)
      expect(store.info('img_in.weight')).toEqual({ dtype: 'BF16', shape: [64, 16] })
      const weight = await readTensor(store, 'img_in.weight')
      // The first values as torch prints them.
      expect([...weight.data.slice(0, 3)]).toEqual([-0.259765625, 0.2294921875, -0.326171875])
    }
  })

  test('what it writes, at odd alignments, with metadata', async () => {
    const u8 = { dtype: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) } as const
    const f32 = { dtype: 'F32', shape: [1, 2], bytes: new Uint8Array(Float32Array.of(0.5, -2).buffer) } as const
    const scalar = { dtype: 'I64', shape: [], bytes: new Uint8Array(BigInt64Array.of(-7n).buffer) } as const
    const written = writeSafetensors(
      [
        ['b', u8],
        ['a', f32],
        ['step', scalar],
      ],
      { note: 'two' },
    )
    // A view that starts at an odd byte of a larger buffer.
    const shifted = new Uint8Array(written.length + 1)
    shifted.set(written, 1)
    const store = await open(shifted.subarray(1))
    expect(store.config).toEqual({ note: 'two' })
    expect([...(await readTensor(store, 'a')).data]).toEqual([0.5, -2])
    expect([...(await readTensor(store, 'b')).data]).toEqual([1, 2, 3])
    expect(await readTensor(store, 'step')).toEqual({ dims: [], data: Float32Array.of(-7) })
  })

  test('megabytes of metadata', async () => {
    const note = '\\"{,x'.repeat(1_000_000)
    expect((await open(writeSafetensors([], { note }))).config).toEqual({ note })
  })

  test('a missing tensor', async () => {
    const store = await open(writeSafetensors([]))
    expect(() => store.info('x')).toThrow(
      expect.objectContaining({ name: 'MissingWeight', message: expect.stringContaining('x') as string }) as Error,
    )
    await expect(store.read('__proto__')).rejects.toMatchObject({ name: 'MissingWeight' })
  })
})

describe('bad files', () => {
  const whole = writeSafetensors([['a', { dtype: 'F32', shape: [4], bytes: new Uint8Array(16) }]])
  const four = new Uint8Array(16)
  const cases: [string, Uint8Array<ArrayBuffer>, string, RegExp][] = [
    ['empty', new Uint8Array(0), 'BadSafetensors', /only 0 bytes/],
    ['a text file', new Uint8Array(encoder.encode('hello, I am a text file')), 'BadSafetensors', /holds text/],
    [
      'an LFS pointer',
      new Uint8Array(encoder.encode('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 23802932552\n')),
      'BadSafetensors',
      /Git LFS pointer.*git lfs pull/,
    ],
    [
      'a web page',
      new Uint8Array(encoder.encode('<!doctype html><title>Sign in</title>')),
      'BadSafetensors',
      /web page.*sign in/,
    ],
    [
      'a pickle',
      Uint8Array.of(0x80, 2, 0x63, ...new Uint8Array(60)),
      'BadSafetensors',
      /pickle.*\.safetensors version/,
    ],
    ['a GGUF', new Uint8Array(encoder.encode('GGUF\x03\0\0\0')), 'BadSafetensors', /GGUF.*convert --flux/],
    ['truncated in the data', whole.slice(0, -1), 'BadSafetensors', /truncated/],
    ['truncated in the header', whole.slice(0, 20), 'BadSafetensors', /file ends after 20/],
    ['header length past the end', file('{}', four, 1000n), 'BadSafetensors', /file ends/],
    ['giant header', file('{}', four, 2n ** 63n), 'BadSafetensors', /format allows 100000000/],
    ['header one byte over the limit', file('{}', four, 100_000_001n), 'BadSafetensors', /format allows/],
    [
      'offset past the end',
      file(JSON.stringify({ a: entry(0, 16), b: entry(16, 32) }), four),
      'BadSafetensors',
      /Tensor b ends at byte 32 of 16/,
    ],
    ['overlap', file(JSON.stringify({ a: entry(0, 12), b: entry(8, 16) }), four), 'BadSafetensors', /overlaps/],
    [
      'hole',
      file(JSON.stringify({ a: entry(0, 4), b: entry(8, 16) }), four),
      'BadSafetensors',
      /4 bytes before tensor b/,
    ],
    ['data of no tensor', file(JSON.stringify({ a: entry(0, 8) }), four), 'BadSafetensors', /8 bytes after/],
    [
      'wrong size for the shape',
      file(JSON.stringify({ a: entry(0, 16, { shape: [5] }) }), four),
      'BadSafetensors',
      /needs 20 bytes/,
    ],
    [
      'reversed offsets',
      file(JSON.stringify({ a: entry(0, 16, { data_offsets: [16, 0] }) }), four),
      'BadSafetensors',
      /span -16/,
    ],
    ['negative dimension', file(JSON.stringify({ a: entry(0, 16, { shape: [-4] }) }), four), 'BadSafetensors', /shape/],
    [
      'shape that overflows',
      file(JSON.stringify({ a: entry(0, 16, { shape: [2 ** 40, 2 ** 40] }) }), four),
      'BadSafetensors',
      /shape/,
    ],
    [
      'fractional offset',
      file(JSON.stringify({ a: entry(0, 16, { data_offsets: [0.5, 16.5] }) }), four),
      'BadSafetensors',
      /data_offsets/,
    ],
    ['unknown dtype', file(JSON.stringify({ a: entry(0, 16, { dtype: 'F4' }) }), four), 'UnsupportedDType', /F4.*F16/],
    ['our own dtype', file(JSON.stringify({ a: entry(0, 16, { dtype: 'Q4' }) }), four), 'UnsupportedDType', /Q4/],
    [
      'inherited name as dtype',
      file(JSON.stringify({ a: entry(0, 16, { dtype: 'toString' }) }), four),
      'UnsupportedDType',
      /toString/,
    ],
    ['invalid JSON', file('{"a": ', four), 'BadSafetensors', /not valid JSON/],
    ['invalid UTF-8', file(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), four), 'BadSafetensors', /not valid UTF-8/],
    ['not an object', file('[]', four), 'BadSafetensors', /not a JSON object/],
    ['entry is not an object', file('{"a": 3}', four), 'BadSafetensors', /entry for a/],
    [
      'duplicate name',
      file(`{"a": ${JSON.stringify(entry(0, 16))}, "a": ${JSON.stringify(entry(0, 16))}}`, four),
      'BadSafetensors',
      /"a" twice/,
    ],
    [
      'duplicate name, spelt otherwise',
      file(`{"a": ${JSON.stringify(entry(0, 16))}, "\\u0061": ${JSON.stringify(entry(0, 16))}}`, four),
      'BadSafetensors',
      /"a" twice/,
    ],
    ['metadata of numbers', file(JSON.stringify({ __metadata__: { a: 1 } })), 'BadSafetensors', /__metadata__/],
  ]
  test.each(cases)('%s', async (_, bytes, name, message) => {
    const error: unknown = await open(bytes).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name, remedy: expect.stringMatching(/\w{3}/) as string })
    expect((error as Error).message).toMatch(message)
  })

  test('a brace or quote inside a name is not structure', async () => {
    const name = 'a"{,}[\\'
    const store = await open(file(JSON.stringify({ [name]: entry(0, 8), b: entry(8, 16) }), four))
    expect(store.names()).toEqual([name, 'b'])
  })
})
