// Over 300 lines: every case starts from one download, made once here.
import { cp, mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { relativeL2 } from '../../src/engine/core/tensor'
import { expectWeights } from '../../src/engine/formats/expect-weights'
import { openManifest } from '../../src/engine/formats/manifest'
import { recode } from '../../src/engine/formats/recode'
import { openSafetensors, writeSafetensors } from '../../src/engine/formats/safetensors'
import { readRows, readTensor, type StoredTensor, type WeightStore } from '../../src/engine/formats/weight-store'
import { fuseLora } from '../../src/engine/lora/fuse-lora'
import { openLora } from '../../src/engine/lora/read-lora'
import { parseTransformerConfig } from '../../src/engine/models/transformer/config'
import { parseModelDescription } from '../../src/engine/pipelines/model-description'
import { convertFlux, type FluxProgress } from './flux-convert'
import type { FluxOptions } from './flux-parts'
import { JOURNAL_FILE } from './flux-journal'
import { writeDiffusersTransformer, writeDiffusersVae, writeTextEncoders } from '../testing/flux-testing'
import { fileSource, nodeFiles } from '../shared/node-files'

/** Many small files, on a disk that may be busy. */
const HOOK_TIMEOUT = 120_000
const parity = 'tests/parity/lora-diffusers'
const openFile = async (path: string) => openSafetensors(await fileSource(path))
const config = parseTransformerConfig(
  (JSON.parse(await readFile(`${parity}/case.json`, 'utf8')) as { config: unknown }).config,
)

let folder: string
let reference: WeightStore
let download: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'flux-'))
  reference = await openFile(`${parity}/weights.safetensors`)
  download = join(folder, 'FLUX.1-dev')
  await writeDiffusersTransformer(join(download, 'transformer'), reference, config)
  await writeDiffusersVae(join(download, 'vae'), await openFile('tests/parity/vae/weights.safetensors'))
  await writeTextEncoders(download)
}, HOOK_TIMEOUT)
afterAll(() => rm(folder, { recursive: true }))

const options = (out: string, extra: Partial<FluxOptions> = {}): FluxOptions => ({
  flux: download,
  out: join(folder, out),
  t5Dtype: 'q4',
  modulationDtype: 'q8',
  shardMb: 0.1,
  ...extra,
})
const openOut = (out: string, part: string) => openManifest(nodeFiles(join(folder, out)), part)
const hashes = async (out: string, part: string) =>
  (
    JSON.parse(await readFile(join(folder, out, part, 'manifest.json'), 'utf8')) as {
      shards: { sha256: string; bytes: number; file: string }[]
    }
  ).shards

describe('a diffusers folder', () => {
  const seen: FluxProgress[] = []
  beforeAll(async () => {
    const { parts, missing } = await convertFlux(options('whole'), (progress) => seen.push(progress))
    expect(parts).toEqual(['transformer', 'autoencoder', 'clip', 't5'])
    expect(missing).toEqual([])
  }, HOOK_TIMEOUT)

  test('the transformer comes out under reference names, each tensor as the table says', async () => {
    const store = await openOut('whole', 'transformer')
    expect(store.config).toEqual(config)
    expect([...store.names()].sort()).toEqual([...reference.names()].sort())
    for (const name of reference.names()) {
      const { dtype } = store.info(name)
      const kind = /_mod\.lin\.weight|modulation\.lin\.weight/.test(name)
        ? 'Q8'
        : /_blocks.*\.weight/.test(name)
          ? 'Q4'
          : 'F16'
      expect([name, dtype]).toEqual([name, kind])
      const expected = await readTensor(reference, name)
      const actual = await readTensor(store, name)
      expect(actual.dims).toEqual(expected.dims)
      expect(relativeL2(actual.data, expected.data)).toBeLessThan(kind === 'Q4' ? 0.1 : kind === 'Q8' ? 6e-3 : 5e-4)
    }
  })

  test('the autoencoder comes out under reference names', async () => {
    const original = await openFile('tests/parity/vae/weights.safetensors')
    const store = await openOut('whole', 'autoencoder')
    expect(store.config).toEqual({
      in_channels: 3,
      out_ch: 3,
      ch: 32,
      ch_mult: [1, 2],
      num_res_blocks: 1,
      z_channels: 4,
      scale_factor: 0.3611,
      shift_factor: 0.1159,
    })
    expect([...store.names()].sort()).toEqual([...original.names()].sort())
    await expectWeights(store, original, 5e-4)
  })

  test('text encoders keep names and configs, without what they do not use; tokenizers are beside them', async () => {
    const clip = await openOut('whole', 'clip')
    expect(clip.config).toMatchObject({ hidden_size: 32, eos_token_id: 199 })
    expect(clip.names()).not.toContain('text_model.embeddings.position_ids')
    expect(clip.info('text_model.encoder.layers.1.mlp.fc1.weight')).toEqual({ dtype: 'F16', shape: [64, 32] })
    const t5 = await openOut('whole', 't5')
    expect(t5.names()).not.toContain('encoder.embed_tokens.weight')
    expect(t5.info('shared.weight').dtype).toBe('Q8')
    expect(t5.info('encoder.block.1.layer.1.DenseReluDense.wo.weight').dtype).toBe('Q8')
    expect(t5.info('encoder.block.1.layer.1.DenseReluDense.wi_0.weight').dtype).toBe('Q4')
    expect(t5.info('encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight').dtype).toBe('F16')
    for (const file of ['clip/vocab.json', 'clip/merges.txt', 't5/tokenizer.json', 't5/spiece.model']) {
      expect(await readFile(join(folder, 'whole', file), 'utf8')).toBe(
        `${file.startsWith('clip') ? 'tokenizer' : 'tokenizer_2'}/${file.split('/')[1]}`,
      )
    }
  })

  test('model.json describes the tier', async () => {
    const json = JSON.parse(await readFile(join(folder, 'whole/model.json'), 'utf8')) as Record<string, unknown>
    expect(json).toMatchObject({
      prediction: 'velocity',
      execution: 'blocks',
      defaults: { steps: 20, guidance: 3.5, tokens: (768 / 16) * (512 / 16) },
      text_encoder: { kind: 'clip-t5' },
    })
    const parsed = parseModelDescription(json)
    if (parsed.prediction !== 'velocity') throw new Error('FLUX predicts a velocity')
    expect(parsed.defaults.guidance).toBe(3.5)
    expect(parseTransformerConfig(parsed.transformer.config)).toEqual(config)
    expect((await readdir(join(folder, 'whole/transformer'))).includes(JOURNAL_FILE)).toBe(false)
    await expect(convertFlux(options('whole'))).rejects.toMatchObject({
      name: 'BadRequest',
      message: expect.stringContaining('--force') as string,
    })
  })

  test('shards stay below the limit and progress ends at the end', async () => {
    const shards = await hashes('whole', 'transformer')
    expect(shards.length).toBeGreaterThan(2)
    for (const { bytes, file } of shards) {
      expect(bytes).toBeLessThanOrEqual(0.1 * 2 ** 20)
      expect((await fileSource(join(folder, 'whole/transformer', file))).size).toBe(bytes)
    }
    const done = seen.map((progress) => progress.done)
    expect(done).toEqual([...done].sort((x, y) => x - y))
    expect(seen.at(-1)!.done).toBe(seen.at(-1)!.total)
    expect(seen.every(({ found }) => found === 0)).toBe(true)
  })
})

describe('one reference file', () => {
  test('is the same transformer, and is joined by its other parts later', async () => {
    const single = join(folder, 'flux1-dev.safetensors')
    const tensors: [string, StoredTensor][] = []
    for (const name of reference.names()) tensors.push([`model.diffusion_model.${name}`, await reference.read(name)])
    await writeFile(single, writeSafetensors(tensors))
    await expect(convertFlux(options('single', { flux: single }))).rejects.toMatchObject({
      name: 'BadModel',
      message: expect.stringContaining('config.json') as string,
    })
    await cp(join(download, 'transformer/config.json'), join(folder, 'config.json'))
    const first = await convertFlux(options('single', { flux: single }))
    expect(first).toMatchObject({ parts: ['transformer'], missing: ['autoencoder', 'clip', 't5'] })
    expect(await readdir(join(folder, 'single'))).toEqual(['transformer'])
    const store = await openOut('single', 'transformer')
    const whole = await openOut('whole', 'transformer')
    for (const name of whole.names())
      expect(Buffer.from((await store.read(name)).bytes).equals(Buffer.from((await whole.read(name)).bytes))).toBe(true)

    const elsewhere = {
      vae: join(download, 'vae'),
      clip: join(download, 'text_encoder'),
      t5: join(download, 'text_encoder_2'),
    }
    const seen: FluxProgress[] = []
    const second = await convertFlux(options('single', { flux: single, ...elsewhere }), (progress) =>
      seen.push(progress),
    )
    expect(second.missing).toEqual([])
    expect(seen.at(-1)!.found).toBeGreaterThan(0)
    for (const part of ['autoencoder', 'clip', 't5'])
      expect(await hashes('single', part)).toEqual(await hashes('whole', part))
  })
})

test('--dtype f32 keeps every weight as it is', async () => {
  await convertFlux(options('exact', { dtype: 'f32' }))
  for (const [part, weights] of [
    ['transformer', reference],
    ['autoencoder', await openFile('tests/parity/vae/weights.safetensors')],
  ] as const) {
    const store = await openOut('exact', part)
    for (const name of weights.names()) {
      const [kept, original] = [await store.read(name), await weights.read(name)]
      expect([name, kept.dtype, original.dtype, Buffer.from(kept.bytes).equals(Buffer.from(original.bytes))]).toEqual([
        name,
        'F32',
        'F32',
        true,
      ])
    }
  }
  for (const part of ['clip', 't5']) {
    const store = await openOut('exact', part)
    expect(new Set(store.names().map((name) => store.info(name).dtype))).toEqual(new Set(['F32']))
  }
})

test('CLIP as transformers 5 saves it, without text_model. before its names', async () => {
  const folder5 = join(folder, 'clip-5')
  await cp(join(download, 'text_encoder'), folder5, { recursive: true })
  await cp(join(download, 'tokenizer'), folder5, { recursive: true })
  const store = await openFile(join(folder5, 'model.safetensors'))
  const tensors: [string, StoredTensor][] = []
  for (const name of store.names()) tensors.push([name.replace('text_model.', ''), await store.read(name)])
  await writeFile(join(folder5, 'model.safetensors'), writeSafetensors(tensors))
  await convertFlux(options('clip-renamed', { clip: folder5 }))
  expect(await hashes('clip-renamed', 'clip')).toEqual(await hashes('whole', 'clip'))
})

test('a pre-training LoRA is fused before quantising', async () => {
  await convertFlux(options('fused', { modulationDtype: 'q4', pretrainLora: `${parity}/lora.safetensors` }))
  const expected = recode(fuseLora(reference, openLora(await openFile(`${parity}/lora.safetensors`), config)), 'Q4')
  const store = await openOut('fused', 'transformer')
  const plain = await openOut('whole', 'transformer')
  const name = 'double_blocks.1.img_attn.qkv.weight'
  expect(Buffer.from((await store.read(name)).bytes).equals(Buffer.from((await expected.read(name)).bytes))).toBe(true)
  expect(Buffer.from((await store.read(name)).bytes).equals(Buffer.from((await plain.read(name)).bytes))).toBe(false)
  // The folder of another conversion is not gone on with.
  await rm(join(folder, 'fused/model.json'))
  await expect(convertFlux(options('fused'))).rejects.toMatchObject({ name: 'BadRequest' })
})

describe('bad downloads', () => {
  const broken = async (name: string, spoil: (copy: string) => Promise<void>, extra: Partial<FluxOptions> = {}) => {
    const copy = join(folder, `bad-${name}`)
    await cp(download, copy, { recursive: true })
    await spoil(copy)
    const out = `out-${name}`
    const failure = await convertFlux(options(out, { flux: copy, ...extra })).then(
      () => undefined,
      (error: unknown) => error,
    )
    // Headers are checked first: nothing was written.
    expect(await readdir(join(folder, out)).catch(() => [])).toEqual([])
    return failure
  }
  const part = 'diffusion_pytorch_model-00002-of-00003.safetensors'
  const resave = async (path: string, change: (tensors: Map<string, StoredTensor>) => void) => {
    const store = await openFile(path)
    const tensors = new Map<string, StoredTensor>()
    for (const name of store.names()) tensors.set(name, await store.read(name))
    change(tensors)
    await writeFile(path, writeSafetensors(tensors))
  }
  const vae = 'vae/diffusion_pytorch_model.safetensors'
  const clip = 'text_encoder/model.safetensors'

  test.each<[string, string, RegExp, (copy: string) => Promise<void>]>([
    ['no-part', 'MissingFile', /00002-of-00003/, (copy) => rm(join(copy, 'transformer', part))],
    [
      'no-index',
      'MissingFile',
      /index/,
      (copy) => rm(join(copy, 'transformer/diffusion_pytorch_model.safetensors.index.json')),
    ],
    [
      'cut-part',
      'BadSafetensors',
      /./,
      async (copy) => {
        const path = join(copy, 'transformer', part)
        await writeFile(path, (await readFile(path)).subarray(0, -7))
      },
    ],
    [
      'lost-tensor',
      'MissingWeight',
      /index puts/,
      (copy) => resave(join(copy, 'transformer', part), (tensors) => tensors.delete([...tensors.keys()][0]!)),
    ],
    [
      'unknown-tensor',
      'BadModel',
      /surplus/,
      (copy) =>
        resave(join(copy, 'transformer', part), (tensors) =>
          tensors.set('surplus', { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }),
        ),
    ],
    [
      'vae-gap',
      'MissingWeight',
      /decoder\.conv_out\.bias/,
      (copy) => resave(join(copy, vae), (tensors) => tensors.delete('decoder.conv_out.bias')),
    ],
    [
      'vae-quant',
      'BadModel',
      /quant_conv/,
      (copy) =>
        resave(join(copy, vae), (tensors) =>
          tensors.set('quant_conv.weight', { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }),
        ),
    ],
    [
      'clip-gap',
      'MissingWeight',
      /layers\.1\.mlp\.fc2\.bias/,
      (copy) => resave(join(copy, clip), (tensors) => tensors.delete('text_model.encoder.layers.1.mlp.fc2.bias')),
    ],
    [
      'clip-unknown',
      'BadModel',
      /surplus/,
      (copy) =>
        resave(join(copy, clip), (tensors) =>
          tensors.set('surplus', { dtype: 'F32', shape: [1], bytes: new Uint8Array(4) }),
        ),
    ],
    ['clip-config', 'MissingFile', /config\.json/, (copy) => rm(join(copy, 'text_encoder/config.json'))],
    ['tokenizer', 'MissingFile', /vocab\.json/, (copy) => rm(join(copy, 'tokenizer'), { recursive: true })],
  ])('%s: %s', async (name, error, message, spoil) => {
    expect(await broken(name, spoil)).toMatchObject({ name: error, message: expect.stringMatching(message) as string })
  })

  test('no download at all', async () => {
    await expect(convertFlux(options('none', { flux: join(folder, 'absent') }))).rejects.toMatchObject({
      name: 'MissingFile',
    })
    await mkdir(join(folder, 'empty'))
    await expect(convertFlux(options('none', { flux: join(folder, 'empty') }))).rejects.toMatchObject({
      name: 'MissingFile',
    })
  })
})

test('tensors beyond 4 GiB are read where they are', async () => {
  const path = join(folder, 'sparse.safetensors')
  const width = 2 ** 20
  const rows = 2 ** 11 + 3
  const end = 2 * rows * width
  const header = Buffer.from(
    JSON.stringify({
      big: { dtype: 'BF16', shape: [rows, width], data_offsets: [0, end] },
      tail: { dtype: 'F32', shape: [2], data_offsets: [end, end + 8] },
    }),
  )
  const start = Buffer.alloc(8)
  start.writeBigUInt64LE(BigInt(header.length))
  const file = await open(path, 'w')
  // A hole: it takes no room on the disk.
  await file.truncate(8 + header.length + end + 8)
  await file.write(start, 0, 8, 0)
  await file.write(header, 0, header.length, 8)
  await file.write(new Uint8Array(Float32Array.of(5, -7).buffer), 0, 8, 8 + header.length + end)
  await file.write(Uint8Array.of(0x80, 0x3f), 0, 2, 8 + header.length + 2 * (rows - 1) * width)
  await file.close()
  const store = await openFile(path)
  expect((await readTensor(store, 'tail')).data).toEqual(Float32Array.of(5, -7))
  const last = await readRows(store, 'big', rows - 1, 1)
  expect([last.shape, last.bytes[0], last.bytes[1], last.bytes[2]]).toEqual([[1, width], 0x80, 0x3f, 0])
})
