import { expect, test } from 'vitest'
import { variantOf } from './flux-variants'

/** The tensors that tell, under a naming; input channels of the picture's embedder. */
const index = (channels: number, ...more: string[]) => ({
  names: () => ['img_in.weight', 'double_blocks.0.img_attn.qkv.weight', ...more],
  info: () => ({ shape: [3072, channels] }),
})
const guided = 'guidance_in.in_layer.weight'

test.each([
  ['FLUX.1-dev', index(64, guided), [], true],
  ['FLUX.1-schnell', index(64), [], true],
  ['FLUX.1 Fill', index(384, guided), [], false],
  ['FLUX.1 Canny or Depth', index(128, guided), [], false],
  ['FLUX.1 Kontext', index(64, guided), ['flux1-dev-kontext_fp8_scaled.safetensors'], false],
  ['Chroma', index(64, 'distilled_guidance_layer.in_proj.weight'), [], false],
  ['FLUX.2', index(128, 'double_stream_modulation_img.lin.weight'), [], false],
  [
    'Stable Diffusion 1, 2 or XL',
    { names: () => ['model.diffusion_model.input_blocks.0.0.weight'], info: () => ({ shape: [1] }) },
    [],
    false,
  ],
  [
    'Stable Diffusion 3',
    { names: () => ['model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight'], info: () => ({ shape: [1] }) },
    [],
    false,
  ],
  [
    'a LoRA, not a checkpoint',
    { names: () => ['transformer.x.lora_A.weight'], info: () => ({ shape: [1] }) },
    [],
    false,
  ],
] as const)('%s', (name, store, hints, usable) => {
  expect(variantOf(store, hints)).toMatchObject({ name, usable })
})

test('diffusers names and wrappers are seen through; other weights are of none', () => {
  const names = ['transformer.x_embedder.weight', 'transformer.transformer_blocks.0.attn.to_q.weight']
  expect(variantOf({ names: () => names, info: () => ({ shape: [3072, 384] }) })).toMatchObject({ name: 'FLUX.1 Fill' })
  expect(variantOf({ names: () => ['decoder.conv_in.weight'], info: () => ({ shape: [1] }) })).toBeUndefined()
})
