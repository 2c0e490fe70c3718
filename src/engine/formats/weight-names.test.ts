import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { bytesSource } from '../core/byte-source'
import { quantizeQ8 } from './blocks'
import { fluxLinears, fluxNorms, type FluxSizes } from './flux-layers'
import { openSafetensors, writeSafetensors } from './safetensors'
import { detectNaming, referenceStore } from './weight-names'
import { weightNamed, readTensor, type StoredTensor, type WeightStore } from './weight-store'

const openFile = async (path: string) => openSafetensors(bytesSource(new Uint8Array(await readFile(path))))
const stored = (shape: readonly number[], data: Float32Array): StoredTensor => ({
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(data.slice().buffer),
})
const open = (tensors: Map<string, StoredTensor>) => openSafetensors(bytesSource(writeSafetensors(tensors)))

/**
 * Splits reference weights into diffusers names; written out by hand, independent of the table under test. Hidden size
 * 64.
 */
async function toDiffusers(store: WeightStore): Promise<Map<string, StoredTensor>> {
  const out = new Map<string, StoredTensor>()
  for (const name of store.names()) {
    const { dims, data } = await readTensor(store, name)
    const width = dims[1] ?? 1
    const rows = (from: number, to: number) =>
      stored([to - from, ...dims.slice(1)], data.slice(from * width, to * width))
    const kind = name.endsWith('.bias') ? 'bias' : 'weight'
    const [, type, i, rest] = /^(double|single)_blocks\.(\d+)\.(.*?)(?:\.weight|\.bias)?$/.exec(name) ?? []
    const block = `${type === 'single' ? 'single_' : ''}transformer_blocks.${i}`
    const plain: Record<string, string> = {
      'img_mod.lin': 'norm1.linear',
      'txt_mod.lin': 'norm1_context.linear',
      'img_attn.proj': 'attn.to_out.0',
      'txt_attn.proj': 'attn.to_add_out',
      'img_mlp.0': 'ff.net.0.proj',
      'img_mlp.2': 'ff.net.2',
      'txt_mlp.0': 'ff_context.net.0.proj',
      'txt_mlp.2': 'ff_context.net.2',
      'img_attn.norm.query_norm.scale': 'attn.norm_q',
      'img_attn.norm.key_norm.scale': 'attn.norm_k',
      'txt_attn.norm.query_norm.scale': 'attn.norm_added_q',
      'txt_attn.norm.key_norm.scale': 'attn.norm_added_k',
      'modulation.lin': 'norm.linear',
      linear2: 'proj_out',
      'norm.query_norm.scale': 'attn.norm_q',
      'norm.key_norm.scale': 'attn.norm_k',
    }
    const top: Record<string, string> = {
      img_in: 'x_embedder',
      txt_in: 'context_embedder',
      'time_in.in_layer': 'time_text_embed.timestep_embedder.linear_1',
      'time_in.out_layer': 'time_text_embed.timestep_embedder.linear_2',
      'guidance_in.in_layer': 'time_text_embed.guidance_embedder.linear_1',
      'guidance_in.out_layer': 'time_text_embed.guidance_embedder.linear_2',
      'vector_in.in_layer': 'time_text_embed.text_embedder.linear_1',
      'vector_in.out_layer': 'time_text_embed.text_embedder.linear_2',
      'final_layer.linear': 'proj_out',
    }
    if (rest === 'img_attn.qkv' || rest === 'txt_attn.qkv' || rest === 'linear1') {
      const parts =
        rest === 'txt_attn.qkv'
          ? ['attn.add_q_proj', 'attn.add_k_proj', 'attn.add_v_proj']
          : ['attn.to_q', 'attn.to_k', 'attn.to_v']
      parts.forEach((part, p) => out.set(`${block}.${part}.${kind}`, rows(p * 64, (p + 1) * 64)))
      if (rest === 'linear1') out.set(`${block}.proj_mlp.${kind}`, rows(192, 448))
    } else if (rest !== undefined) out.set(`${block}.${plain[rest]!}.${kind}`, stored(dims, data))
    else if (name.startsWith('final_layer.adaLN'))
      out.set(
        `norm_out.linear.${kind}`,
        stored(dims, Float32Array.of(...data.slice(data.length / 2), ...data.slice(0, data.length / 2))),
      )
    else out.set(`${top[name.replace(/\.(weight|bias)$/, '')]!}.${kind}`, stored(dims, data))
  }
  return out
}

describe.each(['transformer-guidance', 'transformer-bf16-no-guidance'])('%s', (name) => {
  test('the table names every tensor of the reference file, with its shape', async () => {
    const store = await openFile(`tests/parity/${name}/weights.safetensors`)
    const { config } = JSON.parse(await readFile(`tests/parity/${name}/case.json`, 'utf8')) as { config: FluxSizes }
    const linears = fluxLinears(config)
    for (const linear of linears) {
      expect(store.info(`${linear.name}.weight`).shape).toEqual([linear.out, linear.in])
      expect(linear.parts.reduce((sum, part) => sum + part.rows, 0)).toBe(linear.out)
    }
    const all = [
      ...linears.flatMap((linear) => [`${linear.name}.weight`, `${linear.name}.bias`]),
      ...fluxNorms(config).map(([reference]) => reference),
    ]
    expect(all.sort()).toEqual([...store.names()].sort())
  })

  test.each(['', 'transformer.'])(
    'diffusers names with prefix "%s" come back as the reference tensors',
    async (prefix) => {
      const reference = await openFile(`tests/parity/${name}/weights.safetensors`)
      const renamed = new Map([...(await toDiffusers(reference))].map(([key, value]) => [prefix + key, value]))
      const store = referenceStore(await open(renamed))
      expect([...store.names()].sort()).toEqual([...reference.names()].sort())
      for (const key of reference.names()) {
        const expected = await readTensor(reference, key)
        const actual = await readTensor(store, key)
        expect(store.info(key).shape).toEqual(expected.dims)
        expect(actual.dims).toEqual(expected.dims)
        if (!Buffer.from(actual.data.buffer).equals(Buffer.from(expected.data.buffer)))
          throw new Error(`${key} differs`)
      }
    },
  )

  test('reference names lose their prefix and nothing else', async () => {
    const reference = await openFile(`tests/parity/${name}/weights.safetensors`)
    const tensors = new Map<string, StoredTensor>()
    for (const key of reference.names()) tensors.set(`model.diffusion_model.${key}`, await reference.read(key))
    const store = referenceStore(await open(tensors))
    expect([...store.names()].sort()).toEqual([...reference.names()].sort())
    expect(await readTensor(store, 'txt_in.bias')).toEqual(await readTensor(reference, 'txt_in.bias'))
  })
})

test('8-bit parts are stacked and swapped as they are', async () => {
  const tensors = await toDiffusers(await openFile('tests/parity/transformer-guidance/weights.safetensors'))
  const whole = await open(tensors)
  const quantized = new Map<string, StoredTensor>()
  for (const [name, info] of tensors) {
    const { data } = await readTensor(whole, name)
    const fits = info.shape.length === 2 && info.shape[1]! % 32 === 0
    quantized.set(name, fits ? { dtype: 'Q8', shape: info.shape, ...quantizeQ8(data) } : info)
  }
  const find = (name: string) => weightNamed(quantized, name)
  const store = referenceStore({
    names: () => [...quantized.keys()],
    info: find,
    read: (name) => Promise.resolve(find(name)),
  })
  const dense = referenceStore(whole)
  for (const name of [
    'double_blocks.1.txt_attn.qkv.weight',
    'single_blocks.0.linear1.weight',
    'final_layer.adaLN_modulation.1.weight',
  ]) {
    expect(store.info(name).dtype).toBe('Q8')
    const { data } = await readTensor(dense, name)
    const expected = quantizeQ8(data)
    const actual = await store.read(name)
    expect(Buffer.from(actual.bytes).equals(Buffer.from(expected.bytes))).toBe(true)
    expect([...actual.scales!]).toEqual([...expected.scales])
  }
})

describe('bad files', () => {
  const diffusers = async () => toDiffusers(await openFile('tests/parity/transformer-guidance/weights.safetensors'))
  const failure = async (tensors: Map<string, StoredTensor>, naming?: 'reference' | 'diffusers') => {
    try {
      const store = referenceStore(await open(tensors), naming)
      await store.read('double_blocks.0.img_attn.qkv.weight')
    } catch (error) {
      return error
    }
    return undefined
  }

  test('no transformer', async () => {
    expect(await failure(new Map([['text_model.weight', stored([1], new Float32Array(1))]]))).toMatchObject({
      name: 'BadModel',
    })
    expect(await failure(await diffusers(), 'reference')).toMatchObject({
      name: 'BadModel',
      message: expect.stringContaining('reference names') as string,
    })
    expect(detectNaming([])).toBeUndefined()
  })

  test('a missing part', async () => {
    const tensors = await diffusers()
    tensors.delete('transformer_blocks.1.attn.to_k.weight')
    expect(await failure(tensors)).toMatchObject({
      name: 'MissingWeight',
      message: expect.stringContaining('transformer_blocks.1.attn.to_k.weight') as string,
    })
  })

  test('an unknown tensor', async () => {
    const tensors = await diffusers()
    tensors.set('vae.encoder.weight', stored([1], new Float32Array(1)))
    expect(await failure(tensors)).toMatchObject({
      name: 'BadModel',
      message: expect.stringContaining('vae.encoder.weight') as string,
    })
  })

  test('parts that do not fit', async () => {
    const tensors = await diffusers()
    tensors.set('transformer_blocks.0.attn.to_k.weight', stored([64, 32], new Float32Array(2048)))
    expect(await failure(tensors)).toMatchObject({
      name: 'ShapeMismatch',
      message: expect.stringContaining('[64, 32]') as string,
    })
  })
})
