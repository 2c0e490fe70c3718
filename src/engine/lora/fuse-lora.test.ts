import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { relativeL2 } from '../core/tensor'
import type { FluxSizes } from '../formats/flux-layers'
import { recode } from '../formats/recode'
import { openSafetensors } from '../formats/safetensors'
import { readRows, readTensor } from '../formats/weight-store'
import { fuseLora } from './fuse-lora'
import { openLora, readLora } from './read-lora'

const open = async (path: string) => openSafetensors(bytesSource(new Uint8Array(await readFile(path))))

describe.each(['lora-diffusers', 'lora-kohya'])('%s', async (name) => {
  const folder = `tests/parity/${name}`
  const { config } = JSON.parse(await readFile(`${folder}/case.json`, 'utf8')) as { config: FluxSizes }
  const base = await open(`${folder}/weights.safetensors`)
  const loraStore = await open(`${folder}/lora.safetensors`)
  const lora = openLora(loraStore, config)
  const fused = fuseLora(base, lora)

  test('every weight is W + B A, the others are left alone', async () => {
    const { layers } = await readLora(loraStore, config)
    expect(lora.linears).toEqual([...layers.keys()])
    expect(layers.size).toBeGreaterThan(0)
    for (const tensor of base.names()) {
      const { dims, data } = await readTensor(base, tensor)
      const layer = layers.get(tensor.replace(/\.weight$/, ''))
      const actual = await readTensor(fused, tensor)
      if (layer === undefined || !tensor.endsWith('.weight')) {
        expect(Buffer.from(actual.data.buffer).equals(Buffer.from(data.buffer))).toBe(true)
        continue
      }
      const [rows, width] = dims as [number, number]
      const expected = Float32Array.from(data)
      for (let row = 0; row < rows; row++)
        for (let k = 0; k < width; k++) {
          let sum = 0
          for (let r = 0; r < layer.rank; r++) sum += layer.b[row * layer.rank + r]! * layer.a[r * width + k]!
          expected[row * width + k]! += sum
        }
      expect(relativeL2(expected, data)).toBeGreaterThan(1e-3)
      expect(relativeL2(actual.data, expected)).toBeLessThan(1e-6)
    }
  })

  test('rows come out as in the whole, quantised too', async () => {
    for (const view of [fused, recode(fused, 'Q4')]) {
      for (const tensor of ['double_blocks.0.img_attn.qkv.weight', 'double_blocks.1.txt_attn.qkv.bias']) {
        const whole = await view.read(tensor)
        const rows = await readRows(view, tensor, 50, 33)
        expect(rows.shape).toEqual([33, ...whole.shape.slice(1)])
        const row = whole.bytes.length / 192
        expect(Buffer.from(rows.bytes).equals(Buffer.from(whole.bytes.subarray(50 * row, 83 * row)))).toBe(true)
        expect(rows.scales?.length).toBe(whole.scales && (whole.scales.length / 192) * 33)
      }
    }
  })
})
