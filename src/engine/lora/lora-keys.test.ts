import { expect, test } from 'vitest'
import { FLUX_DEV } from '../models/transformer/config'
import { loraTargets, parseLoraKey } from './lora-keys'

const find = loraTargets(FLUX_DEV)

/** FLUX.1-dev: diffusers module, reference linear, first row, rows. */
const diffusers: [string, string, number, number][] = [
  ['transformer_blocks.0.attn.to_q', 'double_blocks.0.img_attn.qkv', 0, 3072],
  ['transformer_blocks.0.attn.to_k', 'double_blocks.0.img_attn.qkv', 3072, 3072],
  ['transformer_blocks.0.attn.to_v', 'double_blocks.0.img_attn.qkv', 6144, 3072],
  ['transformer_blocks.18.attn.add_q_proj', 'double_blocks.18.txt_attn.qkv', 0, 3072],
  ['transformer_blocks.18.attn.add_k_proj', 'double_blocks.18.txt_attn.qkv', 3072, 3072],
  ['transformer_blocks.18.attn.add_v_proj', 'double_blocks.18.txt_attn.qkv', 6144, 3072],
  ['transformer_blocks.7.attn.to_out.0', 'double_blocks.7.img_attn.proj', 0, 3072],
  ['transformer_blocks.7.attn.to_add_out', 'double_blocks.7.txt_attn.proj', 0, 3072],
  ['transformer_blocks.7.ff.net.0.proj', 'double_blocks.7.img_mlp.0', 0, 12288],
  ['transformer_blocks.7.ff.net.2', 'double_blocks.7.img_mlp.2', 0, 3072],
  ['transformer_blocks.7.ff_context.net.0.proj', 'double_blocks.7.txt_mlp.0', 0, 12288],
  ['transformer_blocks.7.ff_context.net.2', 'double_blocks.7.txt_mlp.2', 0, 3072],
  ['transformer_blocks.7.norm1.linear', 'double_blocks.7.img_mod.lin', 0, 18432],
  ['transformer_blocks.7.norm1_context.linear', 'double_blocks.7.txt_mod.lin', 0, 18432],
  ['single_transformer_blocks.37.attn.to_q', 'single_blocks.37.linear1', 0, 3072],
  ['single_transformer_blocks.37.attn.to_k', 'single_blocks.37.linear1', 3072, 3072],
  ['single_transformer_blocks.37.attn.to_v', 'single_blocks.37.linear1', 6144, 3072],
  ['single_transformer_blocks.37.proj_mlp', 'single_blocks.37.linear1', 9216, 12288],
  ['single_transformer_blocks.37.proj_out', 'single_blocks.37.linear2', 0, 3072],
  ['single_transformer_blocks.37.norm.linear', 'single_blocks.37.modulation.lin', 0, 9216],
  ['x_embedder', 'img_in', 0, 3072],
  ['context_embedder', 'txt_in', 0, 3072],
  ['time_text_embed.timestep_embedder.linear_1', 'time_in.in_layer', 0, 3072],
  ['time_text_embed.timestep_embedder.linear_2', 'time_in.out_layer', 0, 3072],
  ['time_text_embed.guidance_embedder.linear_1', 'guidance_in.in_layer', 0, 3072],
  ['time_text_embed.guidance_embedder.linear_2', 'guidance_in.out_layer', 0, 3072],
  ['time_text_embed.text_embedder.linear_1', 'vector_in.in_layer', 0, 3072],
  ['time_text_embed.text_embedder.linear_2', 'vector_in.out_layer', 0, 3072],
  ['norm_out.linear', 'final_layer.adaLN_modulation.1', 0, 6144],
  ['proj_out', 'final_layer.linear', 0, 64],
]

/** Reference names as kohya writes them. */
const kohya: [string, string, number][] = [
  ['double_blocks_0_img_attn_qkv', 'double_blocks.0.img_attn.qkv', 9216],
  ['double_blocks_3_txt_attn_proj', 'double_blocks.3.txt_attn.proj', 3072],
  ['double_blocks_12_img_mlp_0', 'double_blocks.12.img_mlp.0', 12288],
  ['double_blocks_12_txt_mlp_2', 'double_blocks.12.txt_mlp.2', 3072],
  ['double_blocks_12_img_mod_lin', 'double_blocks.12.img_mod.lin', 18432],
  ['single_blocks_37_linear1', 'single_blocks.37.linear1', 21504],
  ['single_blocks_37_linear2', 'single_blocks.37.linear2', 3072],
  ['single_blocks_37_modulation_lin', 'single_blocks.37.modulation.lin', 9216],
  ['final_layer_adaLN_modulation_1', 'final_layer.adaLN_modulation.1', 6144],
  ['img_in', 'img_in', 3072],
]

const place = (module: string) => {
  const target = find(module)
  return target && [target.linear.name, target.row, target.rows]
}

test.each(diffusers)('%s', (module, name, row, rows) => {
  const expected = [name, row, rows]
  for (const prefix of ['', 'transformer.', 'diffusion_model.', 'base_model.model.', 'base_model.model.transformer.'])
    expect(place(prefix + module)).toEqual(expected)
  for (const prefix of ['lora_unet_', 'lora_transformer_'])
    expect(place(prefix + module.replaceAll('.', '_'))).toEqual(expected)
  expect(find(module)!.linear.swapHalves).toBe(module === 'norm_out.linear')
})

test.each(kohya)('%s', (module, name, rows) => {
  expect(place(`lora_unet_${module}`)).toEqual([name, 0, rows])
  expect(place(`diffusion_model.${name}`)).toEqual([name, 0, rows])
  // Reference names keep the reference order of the modulation halves.
  expect(find(`lora_unet_${module}`)!.linear.swapHalves).toBe(false)
})

test.each([
  'transformer_blocks.19.attn.to_q',
  'transformer_blocks.0.attn.norm_q',
  'lora_te1_text_model_encoder',
  'lora_unet_down_blocks_0',
  'double_blocks_0_img_attn_qkv',
  '',
])('%s is none of them', (module) => {
  expect(find(module)).toBeUndefined()
})

test.each([
  ['m.x.lora_A.weight', 'm.x', 'a'],
  ['m.x.lora_B.weight', 'm.x', 'b'],
  ['m.x.lora_A.default.weight', 'm.x', 'a'],
  ['m.x.lora_B.my-style_2.weight', 'm.x', 'b'],
  ['m.x.lora.down.weight', 'm.x', 'a'],
  ['m.x.lora.up.weight', 'm.x', 'b'],
  ['lora_unet_x.lora_down.weight', 'lora_unet_x', 'a'],
  ['lora_unet_x.lora_up.weight', 'lora_unet_x', 'b'],
  ['lora_unet_x.alpha', 'lora_unet_x', 'alpha'],
])('key %s', (key, module, role) => {
  expect(parseLoraKey(key)).toEqual({ module, role })
})

test.each([
  'm.x.weight',
  'm.x.lora_A.bias',
  'm.x.lora_C.weight',
  'm.x.dora_scale',
  'lora_A.weight',
  'alpha',
  'm.x.lora_magnitude_vector',
])("key %s is none of LoRA's", (key) => {
  expect(parseLoraKey(key)).toBeUndefined()
})
