import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { openSafetensors, writeSafetensors } from './safetensors'
import { foreignQuantisation, unscaled } from './scaled-weights'
import { readRows, readTensor, toFloat32, type StoredTensor } from './weight-store'

const f32 = (shape: number[], ...values: number[]): StoredTensor => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
})
/** All codes but the two of NaN, as 2 rows. */
const CODES = Uint8Array.from({ length: 254 }, (_, i) => (i < 127 ? i : i + 1))
const fp8: StoredTensor = { dtype: 'F8_E4M3', shape: [2, 127], bytes: CODES }
const open = async (tensors: Record<string, StoredTensor>) =>
  unscaled(await openSafetensors(bytesSource(writeSafetensors(Object.entries(tensors)))))
/** PyTorch's. */
const torch = (
  await readTensor(
    await openSafetensors(
      bytesSource(new Uint8Array(await readFile('src/engine/formats/quantised-weights.fixture.safetensors'))),
    ),
    'F8_E4M3.values',
  )
).data
const plain = Float32Array.from(CODES, (code) => torch[code]!)

test.each<[string, Record<string, StoredTensor>]>([
  [
    "ComfyUI's",
    {
      'x.scale_weight': f32([], 0.25),
      'x.scale_input': f32([1], 3),
      scaled_fp8: { dtype: 'F8_E4M3', shape: [2], bytes: new Uint8Array(2) },
    },
  ],
  [
    "ComfyUI's of later",
    {
      'x.weight_scale': f32([1], 0.25),
      'x.input_scale': f32([], 3),
      'x.comfy_quant': { dtype: 'U8', shape: [3], bytes: new Uint8Array(3) },
    },
  ],
])('%s scale multiplies every weight, and is gone', async (_, scales) => {
  const store = await open({ 'x.weight': fp8, 'x.bias': f32([2], 1, 2), ...scales })
  expect([...store.names()].sort()).toEqual(['x.bias', 'x.weight'])
  expect(store.info('x.weight')).toEqual({ dtype: 'F32', shape: [2, 127] })
  expect((await readTensor(store, 'x.weight')).data).toEqual(plain.map((value) => 0.25 * value))
  expect([...(await readTensor(store, 'x.bias')).data]).toEqual([1, 2])
})

test('a scale for each row goes with its row, in blocks of rows too', async () => {
  const store = await open({ 'x.weight': fp8, 'x.weight_scale': f32([2, 1], 0.5, 2) })
  const expected = plain.map((value, i) => (i < 127 ? 0.5 : 2) * value)
  expect((await readTensor(store, 'x.weight')).data).toEqual(expected)
  expect(toFloat32(await readRows(store, 'x.weight', 1, 1))).toEqual(expected.subarray(127))
  const other = await open({ 'x.weight': fp8, 'x.weight_scale': f32([3], 1, 1, 1) })
  await expect(other.read('x.weight')).rejects.toMatchObject({
    name: 'UnsupportedDType',
    message: expect.stringContaining('fits neither') as string,
  })
})

test('fp8 without scales passes as it is', async () => {
  const store = await open({ 'x.weight': fp8 })
  expect(store.info('x.weight').dtype).toBe('F8_E4M3')
  expect((await readTensor(store, 'x.weight')).data).toEqual(plain)
})

test.each([
  ['x.weight.quant_state.bitsandbytes__nf4', 'bitsandbytes nf4'],
  ['x.weight.quant_state.bitsandbytes__fp4', 'bitsandbytes fp4'],
  ['x.SCB', 'bitsandbytes int8'],
  ['x.wscales', 'SVDQuant (Nunchaku)'],
  ['x.qzeros', 'GPTQ or AWQ'],
  ['x.weight_scale_2', 'NVIDIA nvfp4'],
])('%s is named as %s', async (key, name) => {
  expect(foreignQuantisation([key])).toBe(name)
  await expect(open({ [key]: f32([], 1) })).rejects.toMatchObject({
    name: 'UnsupportedDType',
    message: expect.stringMatching(/bf16, fp8 or GGUF/) as string,
  })
})
