import { describe, expect, test } from 'vitest'
import { gaussian } from '../core/random'
import { f32, pair, q, read, scalar, type Tensors } from './testing'

describe('bad files', () => {
  const good = pair(q, 64, 64)
  const [aKey, bKey] = [`${q}.lora_A.weight`, `${q}.lora_B.weight`]
  const without = (key: string): Tensors => Object.fromEntries(Object.entries(good).filter(([name]) => name !== key))
  test.each<[string, Tensors, RegExp]>([
    ['empty', {}, /no tensors/],
    [
      'keys that match nothing',
      { 'network.down.weight': scalar(1), 'x.lora_A.weight': scalar(1) },
      /None of the file's 2 keys.*network\.down/,
    ],
    [
      'one unknown module',
      { ...good, ...pair('transformer.transformer_blocks.1.attn.to_q', 64, 64) },
      /"transformer\.transformer_blocks\.1\.attn\.to_q\.lora_A\.weight" fits no layer.*1 double/,
    ],
    ['a DoRA', { ...good, [`${q}.dora_scale`]: scalar(1) }, /is a DoRA.*dora_scale.*plain LoRA/],
    ["PEFT's DoRA", { ...good, [`${q}.lora_magnitude_vector`]: scalar(1) }, /is a DoRA/],
    ['a LoKr', { 'lora_unet_double_blocks_0_img_attn_qkv.lokr_w1': scalar(1) }, /is a LoKr/],
    ['a LoHa', { 'lora_unet_double_blocks_0_img_attn_qkv.hada_w1_a': scalar(1) }, /is a LoHa/],
    [
      "a text encoder's change alone",
      pair('lora_te1_text_model_encoder_layers_0_self_attn_k_proj', 64, 64, 4, ['lora_down.weight', 'lora_up.weight']),
      /only a text encoder.*lora_te1/,
    ],
    ["an OFT of kohya's", { 'lora_unet_double_blocks_0_img_attn_qkv.oft_blocks': scalar(1) }, /is an OFT.*plain LoRA/],
    ["PEFT's OFT", { 'base_model.model.transformer_blocks.0.attn.to_q.oft_R.weight': scalar(1) }, /is an OFT/],
    ['a BOFT', { 'transformer.transformer_blocks.0.attn.to_q.boft_R': scalar(1) }, /is an OFT/],
    ['a VeRA', { 'base_model.model.transformer_blocks.0.attn.to_q.vera_lambda_d': scalar(1) }, /is a VeRA/],
    ['an IA3', { 'base_model.model.transformer_blocks.0.attn.to_q.ia3_l': scalar(1) }, /is an IA3/],
    ['a Tucker LoCon', { ...good, [`${q}.lora_mid.weight`]: scalar(1) }, /Tucker/],
    ['whole weights', { ...good, 'diffusion_model.double_blocks.0.img_attn.qkv.diff': scalar(1) }, /whole weights/],
    ["a Control LoRA's norms", { ...good, 'double_blocks.0.img_attn.norm.key_norm.scale': scalar(1) }, /Control LoRA/],
    [
      "another model's",
      pair('lora_unet_down_blocks_0_attentions_0_proj_in', 64, 64, 4, ['lora_down.weight', 'lora_up.weight']),
      /Stable Diffusion/,
    ],
    ['biases', { ...good, [`${q}.lora_B.bias`]: f32([64], gaussian(1, 64)) }, /biases/],
    ["one key that is none of LoRA's", { ...good, [`${q}.weight`]: scalar(1) }, /to_q\.weight" fits no layer/],
    ['A without B', without(bKey), /no up \(B\) matrix.*to_q/],
    ['B without A', without(aKey), /no down \(A\) matrix.*to_q/],
    ['alpha alone', { [`${q}.alpha`]: scalar(1) }, /no down/],
    [
      'ranks that differ',
      { ...good, [bKey]: f32([64, 8], gaussian(1, 512)) },
      /ranks of .* \[32, 64\] .* \[64, 8\] differ/,
    ],
    ['wrong input size', pair(q, 64, 128), /takes 128 values.*takes 64/],
    ['wrong output size', pair(q, 192, 64), /gives 192 values.*holds 64/],
    ['a convolution', { ...good, [aKey]: f32([32, 64, 1, 1], gaussian(1, 2048)) }, /matrix/],
    ['rank 0', { [aKey]: f32([0, 64], new Float32Array(0)), [bKey]: f32([64, 0], new Float32Array(0)) }, /matrix/],
    ['NaN', { ...good, [aKey]: f32([32, 64], new Float32Array(2048).fill(NaN)) }, /not numbers/],
    ['alpha that is a list', { ...good, [`${q}.alpha`]: f32([2], gaussian(1, 2)) }, /single number/],
    [
      'two adapters in one file',
      { ...good, ...pair(q, 64, 64, 32, ['lora_A.other.weight', 'lora_B.other.weight']) },
      /same thing/,
    ],
    [
      'one layer spelt twice',
      { ...good, ...pair('diffusion_model.transformer_blocks.0.attn.to_q', 64, 64) },
      /same thing/,
    ],
  ])('%s', async (_, tensors, message) => {
    const error: unknown = await read(tensors).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ name: 'BadLora', remedy: expect.stringMatching(/\w{3}/) as string })
    expect((error as Error).message).toMatch(message)
  })
})
