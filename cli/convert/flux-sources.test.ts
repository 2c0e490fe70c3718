// Over 300 lines: every kind of source is compared with one plain model, made once here.
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { gaussian, Random } from '../../src/engine/core/random'
import { relativeL2, sizeOf } from '../../src/engine/core/tensor'
import { BLOCK_FORMATS, unpackBlocks } from '../../src/engine/formats/gguf-blocks'
import { writeGguf } from '../../src/engine/formats/gguf-testing'
import { openManifest } from '../../src/engine/formats/manifest'
import { writeSafetensors } from '../../src/engine/formats/safetensors'
import { readTensor, toFloat32, type StoredTensor } from '../../src/engine/formats/weight-store'
import { expectedWeights } from '../../src/engine/models/transformer/weights'
import { FLUX_DEV } from '../../src/engine/models/transformer/config'
import { convertFlux } from './flux-convert'
import type { FluxOptions } from './flux-parts'
import { writeRandomFlux } from '../random-flux/flux-random'
import { CLIP_CONFIG, random, writeTextEncoders } from '../testing/flux-testing'
import { openWeightFile } from '../shared/weight-files'
import { nodeFiles } from '../shared/node-files'

/** One head of FLUX's own size twice, so that rows fill blocks of 256, and few blocks. */
const config = {
  ...FLUX_DEV,
  hidden_size: 256,
  num_heads: 2,
  depth: 1,
  depth_single_blocks: 1,
  in_channels: 64,
  context_in_dim: 256,
  vec_in_dim: 256,
}
const shapes = expectedWeights(config)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flux-sources-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = (flux: string, out: string, extra: Partial<FluxOptions> = {}): FluxOptions => ({
  flux,
  out: join(folder, out),
  t5Dtype: 'q8',
  modulationDtype: 'q4',
  shardMb: 0.5,
  dtype: 'f32',
  ...extra,
})
const openOut = (out: string, part = 'transformer') => openManifest(nodeFiles(join(folder, out)), part)
const values = (name: string, shape: readonly number[]): Float32Array => {
  const random = gaussian(name.length, sizeOf(shape))
  return name.endsWith('.scale') ? random.map(() => 1) : random.map((value) => 0.02 * value)
}
/** Matrices of the blocks, which checkpoints quantise; the rest stays float. */
const isBlockMatrix = (name: string): boolean => /_blocks\..*\.weight$/.test(name)

describe('fp8', () => {
  const plain: [string, StoredTensor][] = []
  const scaled: [string, StoredTensor][] = []
  const expected = new Map<string, Float32Array>()
  const SCALE = 0.125
  beforeAll(() => {
    for (const [name, shape] of shapes) {
      const data = values(name, shape)
      if (!isBlockMatrix(name)) {
        const stored: StoredTensor = { dtype: 'F32', shape, bytes: new Uint8Array(data.slice().buffer) }
        plain.push([name, stored])
        scaled.push([`model.diffusion_model.${name}`, stored])
        expected.set(name, data)
        continue
      }
      // Any codes but those of large numbers and NaN; what they mean is PyTorch's, see float8.test.ts.
      const codes = Uint8Array.from(data, (_, i) => (i % 0x70) | (i % 2 === 0 ? 0 : 0x80))
      plain.push([name, { dtype: 'F8_E4M3', shape, bytes: codes }])
      scaled.push([`model.diffusion_model.${name}`, { dtype: 'F8_E4M3', shape, bytes: codes }])
      scaled.push([
        `model.diffusion_model.${name.replace(/weight$/, 'scale_weight')}`,
        { dtype: 'F32', shape: [], bytes: new Uint8Array(Float32Array.of(SCALE).buffer) },
      ])
      expected.set(name, toFloat32({ dtype: 'F8_E4M3', shape, bytes: codes }))
    }
    scaled.push(['scaled_fp8', { dtype: 'F8_E4M3', shape: [2], bytes: new Uint8Array(2) }])
  }, 120_000)

  test('plain and scaled convert to their values, the scale multiplied out', async () => {
    for (const [name, tensors, factor] of [
      ['plain', plain, 1],
      ['scaled', scaled, SCALE],
    ] as const) {
      const path = join(folder, `flux1-${name}.safetensors`)
      await writeFile(path, writeSafetensors(tensors))
      await convertFlux(options(path, name))
      const store = await openOut(name)
      expect([...store.names()].sort()).toEqual([...shapes.keys()].sort())
      for (const [tensor, data] of expected) {
        const right = isBlockMatrix(tensor) ? data.map((value) => factor * value) : data
        // As bytes: element by element, millions of them take minutes.
        expect([tensor, Buffer.from((await store.read(tensor)).bytes).equals(Buffer.from(right.buffer))]).toEqual([
          tensor,
          true,
        ])
      }
    }
  }, 120_000)

  test('becomes 4 bit like any other source, and e5m2 is read too', async () => {
    const path = join(folder, 'flux1-e5m2.safetensors')
    await writeFile(
      path,
      writeSafetensors(
        plain.map(([name, stored]) => [
          name,
          stored.dtype === 'F8_E4M3'
            ? { ...stored, dtype: 'F8_E5M2' as const, bytes: stored.bytes.map((_, i) => 0x30 + (i % 12)) }
            : stored,
        ]),
      ),
    )
    const { flux, out, t5Dtype, modulationDtype, shardMb } = options(path, 'e5m2')
    await convertFlux({ flux, out, t5Dtype, modulationDtype, shardMb })
    const [store, source] = [await openOut('e5m2'), await openWeightFile(path)]
    const name = 'double_blocks.0.img_attn.qkv.weight'
    expect(store.info(name).dtype).toBe('Q4')
    expect(relativeL2((await readTensor(store, name)).data, (await readTensor(source, name)).data)).toBeLessThan(0.12)
  }, 120_000)
})

describe('GGUF', () => {
  test.each([
    ...Object.entries(BLOCK_FORMATS).map(([type, format]) => [format.name, Number(type)] as const),
    ['F16', 1],
    ['BF16', 30],
  ] as const)(
    '%s on a whole small checkpoint: values as in the file',
    async (name, type) => {
      const bits = new Random(type)
      const format = BLOCK_FORMATS[type]
      const raw = new Map<string, Uint8Array<ArrayBuffer>>()
      const tensors = [...shapes].map(([tensor, shape]) => {
        const dims = [...shape].reverse()
        if (!isBlockMatrix(tensor))
          return { name: tensor, dims, type: 0, bytes: new Uint8Array(values(tensor, shape).buffer) }
        const size = format === undefined ? 2 * sizeOf(shape) : (sizeOf(shape) / format.weights) * format.bytes
        // Random codes; any 16 bits that may be a scale are kept small and finite.
        const bytes = Uint8Array.from({ length: size }, (_, i) =>
          i % 2 === 1 && (format === undefined || scaleByte(format.name, i % format.bytes)) ? 0x2c : bits.bits() & 0xff,
        )
        if (format !== undefined)
          for (let at = 0; at < size; at += format.bytes)
            for (const offset of halves(format.name)) bytes.set([bits.bits() & 0xff, 0x20], at + offset)
        raw.set(tensor, bytes)
        return { name: tensor, dims, type, bytes }
      })
      const path = join(folder, `flux1-${name}.gguf`)
      await writeFile(path, writeGguf(tensors, { 'general.architecture': 'flux' }))
      await convertFlux(options(path, `gguf-${name}`))
      const store = await openOut(`gguf-${name}`)
      for (const [tensor, bytes] of raw) {
        const expected =
          format === undefined
            ? toFloat32({ dtype: name as 'F16', shape: shapes.get(tensor)!, bytes })
            : unpackBlocks(format, bytes)
        expect(Buffer.from((await store.read(tensor)).bytes).equals(Buffer.from(expected.buffer))).toBe(true)
      }
    },
    120_000,
  )
})

/** Byte offsets of half-precision scales in a block. */
const halves = (name: string): number[] =>
  ({ Q2_K: [80, 82], Q3_K: [108], Q4_K: [0, 2], Q5_K: [0, 2], Q6_K: [208], Q4_1: [0, 2], Q5_1: [0, 2] })[name] ?? [0]
const scaleByte = (name: string, at: number): boolean => halves(name).includes(at - 1)

describe('an all-in-one file', () => {
  let checkpoint: string
  beforeAll(async () => {
    const tensors = new Map<string, StoredTensor>()
    for (const [name, shape] of shapes) tensors.set(`model.diffusion_model.${name}`, random(shape, name.length))
    const put = async (path: string, prefix: string) => {
      const store = await openWeightFile(path)
      for (const name of store.names()) tensors.set(prefix + name, await store.read(name))
    }
    await writeTextEncoders(join(folder, 'parts'))
    await put('tests/parity/vae/weights.safetensors', 'vae.')
    await put(join(folder, 'parts/text_encoder/model.safetensors'), 'text_encoders.clip_l.transformer.')
    for (const i of [1, 2])
      await put(
        join(folder, `parts/text_encoder_2/model-0000${i}-of-00002.safetensors`),
        'text_encoders.t5xxl.transformer.',
      )
    // fp8, as such files have their T5.
    for (const [name, { shape }] of tensors) {
      if (/t5xxl.*(?:Attention|Dense).*\.[qkvo\w]+\.weight$/.test(name) && shape.length === 2)
        tensors.set(name, {
          dtype: 'F8_E4M3',
          shape,
          bytes: Uint8Array.from({ length: sizeOf(shape) }, (_, i) => (i * 7) % 0x60),
        })
    }
    tensors.set('text_encoders.clip_l.logit_scale', random([], 1))
    tensors.set('text_encoders.t5xxl.logit_scale', random([], 1))
    tensors.set('text_encoders.clip_l.transformer.text_projection.weight', random([32, 32], 1))
    checkpoint = join(folder, 'all-in-one.safetensors')
    await writeFile(checkpoint, writeSafetensors(tensors))
  }, 120_000)

  test("is the whole model where the tokenizers are named, encoders' configs from their shapes", async () => {
    const first = await convertFlux(options(checkpoint, 'whole'))
    expect(first).toMatchObject({ parts: ['transformer', 'autoencoder'], missing: ['clip', 't5'] })
    // A later call adds what was missing; what is done is kept.
    const second = await convertFlux(options(checkpoint, 'whole', { tokenizers: join(folder, 'parts') }))
    expect(second).toMatchObject({ parts: ['transformer', 'autoencoder', 'clip', 't5'], missing: [] })
    const clip = await openOut('whole', 'clip')
    expect(clip.config).toMatchObject({
      hidden_size: 32,
      intermediate_size: 64,
      num_hidden_layers: 2,
      max_position_embeddings: 77,
      vocab_size: CLIP_CONFIG.vocab_size,
    })
    const t5 = await openOut('whole', 't5')
    expect(t5.config).toMatchObject({
      d_model: 64,
      d_kv: 32,
      num_heads: 3,
      d_ff: 128,
      num_layers: 2,
      relative_attention_num_buckets: 32,
      feed_forward_proj: 'gated-gelu',
    })
    const [ours, source] = [
      await readTensor(t5, 'encoder.block.1.layer.1.DenseReluDense.wo.weight'),
      await readTensor(
        await openWeightFile(checkpoint),
        'text_encoders.t5xxl.transformer.encoder.block.1.layer.1.DenseReluDense.wo.weight',
      ),
    ]
    expect(ours).toEqual(source)
    expect(await readFile(join(folder, 'whole/clip/vocab.json'), 'utf8')).toBe('tokenizer/vocab.json')
  }, 120_000)

  test('its encoders may be given as single files too', async () => {
    const alone = join(folder, 'clip_l.safetensors')
    await cp(join(folder, 'parts/text_encoder/model.safetensors'), alone)
    const { parts } = await convertFlux(
      options(checkpoint, 'clip-file', { clip: alone, tokenizers: join(folder, 'parts') }),
    )
    expect(parts).toContain('clip')
    await expect(convertFlux(options(checkpoint, 'no-tokens', { clip: alone }))).rejects.toMatchObject({
      name: 'MissingFile',
      message: expect.stringContaining('--tokenizers') as string,
    })
  }, 120_000)
})

describe('what is none', () => {
  const other = async (file: string, change: (tensors: Map<string, StoredTensor>) => void): Promise<string> => {
    const tensors = new Map(
      [...shapes].map(([name, shape]): [string, StoredTensor] => [
        name,
        { dtype: 'F8_E4M3', shape, bytes: new Uint8Array(sizeOf(shape)) },
      ]),
    )
    change(tensors)
    await writeFile(join(folder, file), writeSafetensors(tensors))
    return join(folder, file)
  }
  test.each<[string, string, RegExp, (tensors: Map<string, StoredTensor>) => void]>([
    [
      'flux1-fill.safetensors',
      'BadModel',
      /FLUX\.1 Fill.*384 channels/,
      (tensors) =>
        tensors.set('img_in.weight', { dtype: 'F8_E4M3', shape: [256, 384], bytes: new Uint8Array(256 * 384) }),
    ],
    [
      'flux1-depth.safetensors',
      'BadModel',
      /Canny or Depth/,
      (tensors) =>
        tensors.set('img_in.weight', { dtype: 'F8_E4M3', shape: [256, 128], bytes: new Uint8Array(256 * 128) }),
    ],
    ['flux1-dev-kontext_fp8.safetensors', 'BadModel', /FLUX\.1 Kontext/, () => undefined],
    [
      'flux1-nf4.safetensors',
      'UnsupportedDType',
      /bitsandbytes nf4.*bf16, fp8 or GGUF/,
      (tensors) =>
        tensors.set('img_in.weight.quant_state.bitsandbytes__nf4', {
          dtype: 'U8',
          shape: [4],
          bytes: new Uint8Array(4),
        }),
    ],
    [
      'chroma.safetensors',
      'BadModel',
      /Chroma/,
      (tensors) =>
        tensors.set('distilled_guidance_layer.in_proj.weight', {
          dtype: 'F8_E4M3',
          shape: [1],
          bytes: new Uint8Array(1),
        }),
    ],
  ])('%s is named for what it is', async (file, name, message, change) => {
    await expect(convertFlux(options(await other(file, change), 'none'))).rejects.toMatchObject({
      name,
      message: expect.stringMatching(message) as string,
    })
  })
})

describe('a conversion that was broken off', () => {
  const fp8 = async (path: string): Promise<void> => {
    await writeRandomFlux(path, config, 1, 'fp8')
  }
  const q8 = async (path: string): Promise<void> => {
    const tensors = [...shapes].map(([name, shape]) => {
      const dims = [...shape].reverse()
      if (!isBlockMatrix(name)) return { name, dims, type: 0, bytes: new Uint8Array(values(name, shape).buffer) }
      const bytes = Uint8Array.from({ length: (sizeOf(shape) / 32) * 34 }, (_, i) => (i % 34 === 1 ? 0x20 : i % 97))
      return { name, dims, type: 8, bytes }
    })
    await writeFile(path, writeGguf(tensors, { 'general.architecture': 'flux' }))
  }
  test.each([
    ['fp8', 'flux1-broken-fp8.safetensors', fp8],
    ['GGUF', 'flux1-broken-Q8_0.gguf', q8],
  ] as const)(
    'of %s goes on where it was, and ends with the same hashes',
    async (kind, file, write) => {
      const path = join(folder, file)
      await write(path)
      const plain = options(path, `${kind}-straight`)
      await convertFlux(plain)
      const broken = { ...plain, out: join(folder, `${kind}-broken`) }
      await expect(
        convertFlux(broken, ({ done, total }) => {
          if (done > total / 2) throw new Error('pulled the plug')
        }),
      ).rejects.toThrow('pulled the plug')
      const manifest = (out: string): Promise<string> => readFile(join(out, 'transformer/manifest.json'), 'utf8')
      await expect(manifest(broken.out)).rejects.toThrow()
      const found: number[] = []
      await convertFlux(broken, (progress) => found.push(progress.found))
      expect(found.at(-1)).toBeGreaterThan(0)
      expect(await manifest(broken.out)).toBe(await manifest(plain.out))
    },
    120_000,
  )
})
