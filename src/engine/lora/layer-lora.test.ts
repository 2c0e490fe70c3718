import { expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { gaussian } from '../core/random'
import { sizeOf } from '../core/tensor'
import { openSafetensors, writeSafetensors } from '../formats/safetensors'
import type { StoredTensor } from '../formats/weight-store'
import { readLayerLora } from './layer-lora'
import { SMALL_FLUX, f32 } from './testing'

const noise = (shape: number[], seed: number): StoredTensor => f32(shape, gaussian(seed, sizeOf(shape)))
const style = (prefix: string): [string, StoredTensor][] =>
  ['drawing', 'layout'].flatMap((network, i) => [
    [`${prefix}${network}.transformer_blocks.0.attn.to_q.lora_A.weight`, noise([4, 64], i + 1)],
    [`${prefix}${network}.transformer_blocks.0.attn.to_q.lora_B.weight`, noise([64, 4], i + 5)],
  ])
const read = async (tensors: [string, StoredTensor][]) =>
  readLayerLora(
    await openSafetensors(bytesSource(writeSafetensors(tensors))),
    { drawing: SMALL_FLUX, layout: SMALL_FLUX },
    { name: 'nano', version: '0.7.0' },
  )

test.each(['', '_orig_mod.', 'base_model.model.', 'module.transformer.'])(
  'a style of both networks under "%s" is the plain one',
  async (prefix) => {
    const { drawing, layout } = await read(style(prefix))
    const plain = await read(style(''))
    expect([[...drawing.layers], [...layout.layers]]).toEqual([[...plain.drawing.layers], [...plain.layout.layers]])
    expect(drawing.layers.size).toBe(1)
  },
)

test("a text encoder's keys are left out, a stranger's are refused", async () => {
  const { drawing } = await read([
    ...style(''),
    ['text_encoder.text_model.encoder.layers.0.mlp.fc1.lora_A.weight', noise([4, 64], 9)],
    ['step', noise([], 3)],
  ])
  expect(drawing.layers.size).toBe(1)
  await expect(read([...style(''), ['sketch.x.lora_A.weight', noise([4, 64], 9)]])).rejects.toMatchObject({
    name: 'BadLora',
    message: expect.stringContaining('sketch.x') as string,
  })
})
