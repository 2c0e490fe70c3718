import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openSafetensors } from '../formats/safetensors'
import { readTensor } from '../formats/weight-store'
import { bytesSource } from './byte-source'
import { float8sToFloats } from './float8'

test.each(['F8_E4M3', 'F8_E5M2'] as const)('%s: all 256 codes as PyTorch reads them, to the bit', async (kind) => {
  const fixture = await openSafetensors(
    bytesSource(new Uint8Array(await readFile('src/engine/formats/quantised-weights.fixture.safetensors'))),
  )
  const { data } = await readTensor(fixture, `${kind}.values`)
  const ours = float8sToFloats(
    Uint8Array.from({ length: 256 }, (_, code) => code),
    kind,
  )
  // NaN's sign is nobody's business, that of zero is.
  const bits = (values: Float32Array): number[] => [
    ...new Uint32Array(values.map((value) => (Number.isNaN(value) ? Number.NaN : value)).buffer),
  ]
  expect(bits(ours)).toEqual(bits(data))
})
