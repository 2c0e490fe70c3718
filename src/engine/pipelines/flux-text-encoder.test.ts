import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as ort from 'onnxruntime-node'
import { describe, expect, it } from 'vitest'
import { bytesSource, type FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { gaussian } from '../core/random'
import { relativeL2, sizeOf } from '../core/tensor'
import type { StoredTensor } from '../formats/weight-store'
import { writeManifest } from '../formats/write-manifest'
import { ClipTextModel } from '../models/clip'
import { clipGraphs, parseClipConfig } from '../models/clip/clip-graphs'
import { T5Encoder } from '../models/t5'
import { parseT5Config, t5Graphs } from '../models/t5/t5-graphs'
import { encodeText } from '../runtime/network/encode-text'
import { Runtime } from '../runtime/runtime'
import { floatTensor, memoryStore, quantized } from '../runtime/testing'
import { loadTextEncoder } from './load-parts'
import { parseModelDescription, type VelocityModelDescription } from './model-description'

interface Fixture {
  readonly texts: readonly string[]
  readonly clip: { readonly vocab: unknown; readonly merges: string; readonly ids: readonly number[][] }
  readonly t5: { readonly tokenizer: unknown; readonly ids: readonly number[][] }
}

const fixture = JSON.parse(
  gunzipSync(readFileSync(new URL('../tokenizers/flux-tokenizers.fixture.json.gz', import.meta.url))).toString('utf8'),
) as Fixture
const runtime = new Runtime(ort, { provider: 'cpu', threads: 1 })

const CLIP_CONFIG = {
  hidden_act: 'quick_gelu',
  hidden_size: 32,
  intermediate_size: 64,
  num_attention_heads: 2,
  num_hidden_layers: 2,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
}
const T5_CONFIG = {
  feed_forward_proj: 'gated-gelu',
  d_model: 32,
  d_kv: 16,
  d_ff: 64,
  num_heads: 2,
  num_layers: 2,
  layer_norm_epsilon: 1e-6,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
}

/** Gaussian weights, norms near 1; the long tables repeat a short one. */
function randomStore(weights: readonly { readonly name: string; readonly dims: readonly number[] }[], config: unknown) {
  const tensors = weights.map(({ name, dims }, seed): [string, StoredTensor] => {
    const count = sizeOf(dims)
    const values = gaussian(seed, Math.min(count, 65_521)).map(
      (value) => value / Math.sqrt(dims[1] ?? 25) + (name.includes('norm') && name.endsWith('weight') ? 1 : 0),
    )
    return [
      name,
      floatTensor(
        dims,
        count === values.length ? values : Float32Array.from({ length: count }, (_, i) => values[i % values.length]!),
      ),
    ]
  })
  return { ...memoryStore(quantized(new Map(tensors), 'Q8')), config }
}

const clipStore = randomStore(
  [
    ...clipGraphs(parseClipConfig(CLIP_CONFIG)).whole().weights,
    { name: 'text_model.embeddings.token_embedding.weight', dims: [49408, 32] },
    { name: 'text_model.embeddings.position_embedding.weight', dims: [77, 32] },
  ],
  CLIP_CONFIG,
)
const t5Store = randomStore(
  [...t5Graphs(parseT5Config(T5_CONFIG)).whole().weights, { name: 'shared.weight', dims: [32128, 32] }],
  T5_CONFIG,
)

/** A model folder as "photodoodle convert" lays it out, in memory; counts what is read. */
async function modelFolder(): Promise<{
  tree: FileTree
  reads: () => number
  fail: (message: string | undefined) => void
}> {
  const encode = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)
  const files = new Map([
    ['clip/vocab.json', encode(JSON.stringify(fixture.clip.vocab))],
    ['clip/merges.txt', encode(fixture.clip.merges)],
    ['t5/tokenizer.json', encode(JSON.stringify(fixture.t5.tokenizer))],
  ])
  for (const [folder, store] of [
    ['clip', clipStore],
    ['t5', t5Store],
  ] as const) {
    await writeManifest(store, (file, bytes) => Promise.resolve(void files.set(`${folder}/${file}`, bytes)))
  }
  let reads = 0
  let failure: string | undefined
  const open: FileTree['open'] = (path) => {
    const bytes = files.get(path)
    if (!bytes) return Promise.reject(new PhotodoodleError('MissingFile', `${path} is missing.`, ''))
    const source = bytesSource(bytes)
    return Promise.resolve({
      size: source.size,
      read: (offset, length) =>
        ++reads && failure !== undefined ? Promise.reject(new Error(failure)) : source.read(offset, length),
    })
  }
  return { tree: { open }, reads: () => reads, fail: (message) => (failure = message) }
}

const FLUX = {
  format: 'photodoodle-model/1',
  id: 'flux',
  name: 'FLUX',
  version: '1',
  prediction: 'velocity',
  transformer: { path: 'transformer', config: {} },
  autoencoder: { kind: 'autoencoder-kl', path: 'autoencoder' },
  scheduler: {},
  defaults: { steps: 20, tokens: 1536 },
  latent_rgb: { weight: new Array(16).fill([0, 0, 0]), bias: [0, 0, 0] },
  styles: [],
}
function describeModel(textEncoder: unknown, execution = 'blocks'): VelocityModelDescription {
  const model = parseModelDescription({ ...FLUX, execution, textEncoder })
  if (model.prediction !== 'velocity') throw new Error('FLUX predicts a velocity')
  return model
}
const FLUX_TEXT = { kind: 'clip-t5', clip: { path: 'clip', maxTokens: 77 }, t5: { path: 't5', maxTokens: 512 } }

describe('FluxTextEncoder', () => {
  it.each(['blocks', 'whole'])("joins CLIP's pooled vector and T5's padded states: %s", async (execution) => {
    const { tree } = await modelFolder()
    const encoder = await loadTextEncoder(describeModel(FLUX_TEXT, execution), tree, runtime)
    const i = fixture.texts.findIndex((text) => text.includes('sksmagiceffects'))
    const { txt, pooled, tokens, truncated } = await encoder.encode(fixture.texts[i]!)
    const t5Ids = fixture.t5.ids[i]!
    const clipIds = fixture.clip.ids[i]!
    const states = await encodeText(runtime, new T5Encoder(t5Store), t5Ids, { execution: 'whole' })
    const clip = await encodeText(runtime, new ClipTextModel(clipStore), clipIds, { execution: 'whole' })
    const end = clipIds.indexOf(49407)
    expect([txt.dims, pooled.dims, tokens, truncated]).toEqual([[512, 32], [32], t5Ids.indexOf(1) + 1, false])
    expect(relativeL2(txt.data, states.data)).toBeLessThan(1e-5)
    expect(relativeL2(pooled.data, clip.data.subarray(end * 32, (end + 1) * 32))).toBeLessThan(1e-5)
    await encoder.dispose()
  })

  it('remembers texts, and forgets failures', async () => {
    const { tree, reads, fail } = await modelFolder()
    const encoder = await loadTextEncoder(
      describeModel({ ...FLUX_TEXT, t5: { path: 't5', maxTokens: 16 } }),
      tree,
      runtime,
    )
    fail('disk')
    await expect(encoder.encode('a cat')).rejects.toThrow('disk')
    fail(undefined)
    const first = await encoder.encode('a cat')
    const before = reads()
    expect(await encoder.encode('a cat')).toBe(first)
    expect(reads()).toBe(before)
    for (let i = 0; i < 8; i++) await encoder.encode(`a cat ${i}`)
    expect(await encoder.encode('a cat')).not.toBe(first)
  })

  it('says when T5 could not read all', async () => {
    const { tree } = await modelFolder()
    const encoder = await loadTextEncoder(describeModel(FLUX_TEXT), tree, runtime)
    expect(await encoder.encode('cat '.repeat(600))).toMatchObject({ tokens: 512, truncated: true })
  })

  it('checks what the model asks for', async () => {
    const { tree } = await modelFolder()
    await expect(
      loadTextEncoder(describeModel({ ...FLUX_TEXT, clip: { path: 'clip', maxTokens: 78 } }), tree, runtime),
    ).rejects.toMatchObject({ name: 'BadModel' })
    await expect(
      loadTextEncoder(describeModel({ ...FLUX_TEXT, t5: { path: 'elsewhere', maxTokens: 512 } }), tree, runtime),
    ).rejects.toMatchObject({ name: 'MissingFile' })
    for (const wrong of [
      { kind: 'clip-t5' },
      { ...FLUX_TEXT, t5: { path: '../t5', maxTokens: 512 } },
      { ...FLUX_TEXT, clip: { path: 'clip' } },
      { kind: 'bert' },
    ]) {
      expect(() => describeModel(wrong)).toThrowError(expect.objectContaining({ name: 'BadModel' }))
    }
  })
})
