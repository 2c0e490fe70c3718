import { describe, expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { floatsToHalves } from '../core/float16'
import { gaussian } from '../core/random'
import { relativeL2 } from '../core/tensor'
import { quantizeQ8 } from '../formats/blocks'
import { openSafetensors, writeSafetensors } from '../formats/safetensors'
import { weightNamed, type StoredTensor, type WeightStore } from '../formats/weight-store'
import { combineAdapters } from './adapter'
import { openLora, readLora } from './read-lora'
import { SMALL_FLUX, f32, matmul, pair, q, read, scalar, type Tensors } from './testing'

describe('scale', () => {
  const b = gaussian(2, 64 * 32)
  const scaleOf = async (tensors: Tensors, metadata?: Record<string, string>) =>
    (await read(tensors, metadata)).layers.get('double_blocks.0.img_attn.qkv')!.b[0]! / b[0]!
  const peft = (config: object) => ({ lora_adapter_metadata: JSON.stringify(config) })

  test('is 1 without an alpha', async () => expect(await scaleOf(pair(q, 64, 64))).toBe(1))
  test('is alpha / rank', async () =>
    expect(await scaleOf({ ...pair(q, 64, 64), [`${q}.alpha`]: scalar(8) })).toBeCloseTo(0.25, 6))
  test("is PEFT's lora_alpha / rank", async () =>
    expect(await scaleOf(pair(q, 64, 64), peft({ 'transformer.lora_alpha': 64 }))).toBeCloseTo(2, 6))
  test('is lora_alpha / sqrt(rank) for rsLoRA', async () =>
    expect(
      await scaleOf(pair(q, 64, 64), peft({ 'transformer.lora_alpha': 32, 'transformer.use_rslora': true })),
    ).toBeCloseTo(Math.sqrt(32), 5))
  test("is a layer's own where alpha_pattern names it", async () => {
    const patterns = (own: string) => peft({ 'transformer.lora_alpha': 64, 'transformer.alpha_pattern': { [own]: 8 } })
    for (const own of ['to_q', 'attn.to_q', 'transformer_blocks.0.attn.to_q'])
      expect(await scaleOf(pair(q, 64, 64), patterns(own))).toBeCloseTo(0.25, 6)
    for (const other of ['to_k', 'o_q', 'transformer_blocks.1.attn.to_q'])
      expect(await scaleOf(pair(q, 64, 64), patterns(other))).toBeCloseTo(2, 6)
  })
  test('is not guessed', async () => {
    await expect(
      scaleOf(pair(q, 64, 64), peft({ 'transformer.alpha_pattern': { 'blocks\\.0.*': 1 } })),
    ).rejects.toMatchObject({ name: 'BadLora' })
    await expect(scaleOf(pair(q, 64, 64), peft({ 'transformer.alpha_pattern': { to_q: '1' } }))).rejects.toMatchObject({
      name: 'BadLora',
    })
    await expect(scaleOf(pair(q, 64, 64), peft({ 'transformer.use_dora': true }))).rejects.toMatchObject({
      name: 'BadLora',
    })
    await expect(scaleOf(pair(q, 64, 64), { lora_adapter_metadata: '{' })).rejects.toMatchObject({ name: 'BadLora' })
  })
})

test('a turbo LoRA stacks on a style: other names, other ranks, an alpha of its own', async () => {
  const style = await read(pair(q, 64, 64, 32))
  const flat = 'lora_unet_double_blocks_0_img_attn_qkv'
  const turbo = await read({
    ...pair(flat, 3 * 64, 64, 16, ['lora_down.weight', 'lora_up.weight']),
    [`${flat}.alpha`]: scalar(4),
  })
  const { a, b, rank } = combineAdapters([
    { adapter: style, strength: 0.9 },
    { adapter: turbo, strength: 0.5 },
  ]).layers.get('double_blocks.0.img_attn.qkv')!
  expect(rank).toBe(32 + 16)
  const change = matmul(b, a, 3 * 64, rank, 64)
  const ofStyle = matmul(gaussian(2, 64 * 32), gaussian(1, 32 * 64), 64, 32, 64)
  const ofTurbo = matmul(gaussian(2, 3 * 64 * 16), gaussian(1, 16 * 64), 3 * 64, 16, 64)
  const expected = ofTurbo.map((value, i) => 0.5 * (4 / 16) * value + (i < ofStyle.length ? 0.9 * ofStyle[i]! : 0))
  expect(relativeL2(change, expected)).toBeLessThan(1e-6)
})

test('rows outside the part are zero, ranks of parts add up', async () => {
  const adapter = await read({
    ...pair('single_transformer_blocks.0.attn.to_k', 64, 64, 32),
    ...pair('single_transformer_blocks.0.proj_mlp', 256, 64, 16),
  })
  const { b, rank } = adapter.layers.get('single_blocks.0.linear1')!
  expect(adapter.rank).toBe(48)
  expect(rank).toBe(48)
  expect(b.length).toBe((3 * 64 + 256) * 48)
  const filled = (row: number, column: number) => b[row * 48 + column] !== 0
  expect([
    filled(0, 0),
    filled(64, 0),
    filled(127, 31),
    filled(64, 32),
    filled(128, 0),
    filled(192, 0),
    filled(192, 32),
    filled(447, 47),
  ]).toEqual([false, true, true, false, false, false, true, true])
})

test('the halves of the final modulation are swapped for diffusers and not for reference names', async () => {
  const layer = async (module: string) =>
    (await read(pair(module, 128, 64, 1))).layers.get('final_layer.adaLN_modulation.1')!.b
  const kept = await layer('diffusion_model.final_layer.adaLN_modulation.1')
  const swapped = await layer('transformer.norm_out.linear')
  expect([...swapped]).toEqual([...kept.slice(64), ...kept.slice(0, 64)])
})

test('half precision and 8-bit blocks', async () => {
  const exact = (await read(pair(q, 64, 64))).layers.get('double_blocks.0.img_attn.qkv')!
  const tensors = Object.entries(pair(q, 64, 64)).map(([name, { shape, bytes }]) => ({
    name,
    shape,
    data: new Float32Array(bytes.buffer),
  }))
  const store = (make: (t: (typeof tensors)[number]) => StoredTensor): WeightStore => {
    const map = new Map(tensors.map((t) => [t.name, make(t)]))
    const find = (name: string) => weightNamed(map, name)
    return { names: () => [...map.keys()], info: find, read: (name) => Promise.resolve(find(name)) }
  }
  const half = await readLora(
    store(({ shape, data }) => ({ dtype: 'F16', shape, bytes: new Uint8Array(floatsToHalves(data).buffer) })),
    SMALL_FLUX,
  )
  const q8 = await readLora(
    store(({ shape, data }) => ({ dtype: 'Q8', shape, ...quantizeQ8(data) })),
    SMALL_FLUX,
  )
  expect(relativeL2(half.layers.get('double_blocks.0.img_attn.qkv')!.b, exact.b)).toBeLessThan(5e-4)
  expect(relativeL2(q8.layers.get('double_blocks.0.img_attn.qkv')!.b, exact.b)).toBeLessThan(1e-2)
})

test('XLabs names: whole fused linears, the qkv of single blocks, ranks of their own', async () => {
  const [down, up] = ['down.weight', 'up.weight'] as const
  const { layers, rank } = await read({
    ...pair('double_blocks.0.processor.qkv_lora1', 192, 64, 16, [down, up]),
    ...pair('double_blocks.0.processor.proj_lora1', 64, 64, 16, [down, up]),
    ...pair('double_blocks.0.processor.qkv_lora2', 192, 64, 8, [down, up]),
    ...pair('double_blocks.0.processor.proj_lora2', 64, 64, 8, [down, up]),
    ...pair('single_blocks.0.processor.qkv_lora', 192, 64, 4, [down, up]),
    ...pair('single_blocks.0.processor.proj_lora', 64, 64 + 256, 4, [down, up]),
  })
  expect(rank).toBe(16)
  expect(
    [...layers].map(([name, layer]) => [name, layer.rank, layer.b.length / layer.rank, layer.a.length / layer.rank]),
  ).toEqual([
    ['double_blocks.0.img_attn.qkv', 16, 192, 64],
    ['double_blocks.0.img_attn.proj', 16, 64, 64],
    ['double_blocks.0.txt_attn.qkv', 8, 192, 64],
    ['double_blocks.0.txt_attn.proj', 8, 64, 64],
    ['single_blocks.0.linear1', 4, 448, 64],
    ['single_blocks.0.linear2', 4, 64, 320],
  ])
  const { b } = layers.get('single_blocks.0.linear1')!
  expect(b.subarray(0, 192 * 4)).toEqual(gaussian(2, 192 * 4))
  expect(b.subarray(192 * 4).every((value) => value === 0)).toBe(true)
})

describe('wrapped names', () => {
  const plain = {
    ...pair('transformer_blocks.0.attn.to_q', 64, 64, 8),
    ...pair('single_transformer_blocks.0.proj_mlp', 256, 64, 4),
    ...pair('norm_out.linear', 128, 64, 2),
    ...pair('proj_out', 64, 64, 2),
    'transformer_blocks.0.attn.to_q.alpha': scalar(3),
  }
  const renamed = (change: (key: string) => string): Tensors =>
    Object.fromEntries(Object.entries(plain).map(([key, stored]) => [change(key), stored]))
  const flat =
    (prefix: string, behind = '') =>
    (key: string): string => {
      const [, module = '', role = ''] = /^(.+?)\.(lora_[AB]\.weight|alpha)$/.exec(key) ?? []
      const side = role.replace('lora_A', 'lora_down').replace('lora_B', 'lora_up')
      return `${prefix}${module.replaceAll('.', '_')}${behind}.${side}`
    }
  const inside =
    (wrapper: string) =>
    (key: string): string =>
      key.replace(/^((?:single_)?transformer_blocks\.0\.)/, `$1${wrapper}`)

  test.each<[string, (key: string) => string]>([
    ...[
      'transformer.',
      'base_model.model.',
      'transformer.base_model.model.',
      'base_model.model.transformer.',
      '_orig_mod.',
      'module.',
      'module._orig_mod.',
      '_orig_mod.module.transformer.',
      'base_model.model._orig_mod.',
      'diffusion_model.',
      'model.diffusion_model.',
      '_fsdp_wrapped_module.',
      'transformer.transformer.',
    ].map((prefix): [string, (key: string) => string] => [prefix, (key) => prefix + key]),
    ['_orig_mod inside', inside('_orig_mod.')],
    ['a checkpoint wrapper inside', inside('_checkpoint_wrapped_module.')],
    ["an adapter's name", (key) => `base_model.model.${key.replace(/(lora_[AB])/, '$1.default')}`],
    ['lora_unet_', flat('lora_unet_')],
    ['lora_transformer_', flat('lora_transformer_')],
    ['lycoris_', flat('lycoris_')],
    ['an underscore before .lora_up', flat('lora_unet_', '_')],
    ['_orig_mod and underscores', flat('lora_unet__orig_mod_')],
  ])('%s: byte for byte the plain file', async (_, change) => {
    const expected = await read(plain)
    const actual = await read(renamed(change))
    expect([...actual.layers.keys()]).toEqual([...expected.layers.keys()])
    for (const [name, { a, b, rank }] of expected.layers) {
      const layer = actual.layers.get(name)!
      expect([
        name,
        layer.rank,
        Buffer.from(layer.a.buffer).equals(Buffer.from(a.buffer)),
        Buffer.from(layer.b.buffer).equals(Buffer.from(b.buffer)),
      ]).toEqual([name, rank, true, true])
    }
  })
})

test('keys of a text encoder and a step count are left out and named; the rest is as in the plain file', async () => {
  const plain = pair(q, 64, 64)
  const others: Tensors = {
    ...pair('lora_te1_text_model_encoder_layers_0_self_attn_k_proj', 64, 64, 4, ['lora_down.weight', 'lora_up.weight']),
    'lora_te1_text_model_encoder_layers_0_self_attn_k_proj.alpha': scalar(4),
    'lora_te2_encoder_block_0_layer_0_SelfAttention_q.dora_scale': scalar(4),
    ...pair('text_encoder.text_model.encoder.layers.0.mlp.fc1', 64, 64),
    ...pair('text_encoders.t5xxl.transformer.encoder.block.0.layer.0.SelfAttention.q', 64, 64),
    step: scalar(4000),
  }
  const store = await openSafetensors(bytesSource(writeSafetensors(Object.entries({ ...others, ...plain }))))
  const file = openLora(store, SMALL_FLUX)
  expect([...file.leftOut].sort()).toEqual(Object.keys(others).sort())
  expect(file.linears).toEqual(['double_blocks.0.img_attn.qkv'])
  const [ours, expected] = [
    await file.read('double_blocks.0.img_attn.qkv'),
    (await read(plain)).layers.get('double_blocks.0.img_attn.qkv')!,
  ]
  expect([ours.a, ours.b, ours.rank]).toEqual([expected.a, expected.b, expected.rank])
})

test('fp8 matrices with 0-d alphas of any dtype give what their values give', async () => {
  const codes = (count: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.from({ length: count }, (_, i) => [0x00, 0x38, 0xb0, 0x41, 0x07][i % 5]!)
  const values = (count: number): Float32Array =>
    Float32Array.from({ length: count }, (_, i) => [0, 1, -0.5, 2.25, 7 / 512][i % 5]!)
  const expected = (
    await read({
      [`${q}.lora_A.weight`]: f32([8, 64], values(512)),
      [`${q}.lora_B.weight`]: f32([64, 8], values(512)),
      [`${q}.alpha`]: scalar(2),
    })
  ).layers.get('double_blocks.0.img_attn.qkv')!
  const alphas: StoredTensor[] = [
    scalar(2),
    { dtype: 'F8_E4M3', shape: [], bytes: Uint8Array.of(0x40) },
    { dtype: 'F8_E5M2', shape: [], bytes: Uint8Array.of(0x40) },
    { dtype: 'BF16', shape: [], bytes: Uint8Array.of(0, 0x40) },
    { dtype: 'F16', shape: [], bytes: Uint8Array.of(0, 0x40) },
    { dtype: 'I64', shape: [], bytes: Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0) },
    { dtype: 'U8', shape: [1], bytes: Uint8Array.of(2) },
  ]
  for (const alpha of alphas) {
    const { layers } = await read({
      [`${q}.lora_A.weight`]: { dtype: 'F8_E4M3', shape: [8, 64], bytes: codes(512) },
      [`${q}.lora_B.weight`]: { dtype: 'F8_E4M3', shape: [64, 8], bytes: codes(512) },
      [`${q}.alpha`]: alpha,
    })
    expect(layers.get('double_blocks.0.img_attn.qkv')).toEqual(expected)
  }
})
