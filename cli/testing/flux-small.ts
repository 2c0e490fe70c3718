/** A whole FLUX download of random weights, small enough for tests: 5 MB, real tokenizers. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { gaussian } from '../../src/engine/core/random'
import { sizeOf } from '../../src/engine/core/tensor'
import { writeSafetensors } from '../../src/engine/formats/safetensors'
import type { StoredTensor } from '../../src/engine/formats/weight-store'
import { clipGraphs, parseClipConfig } from '../../src/engine/models/clip/clip-graphs'
import { parseT5Config, t5Graphs } from '../../src/engine/models/t5/t5-graphs'
import { FLUX_DEV, type TransformerConfig } from '../../src/engine/models/transformer/config'
import { autoencoderKLGraphs, FLUX_AUTOENCODER } from '../../src/engine/models/vae/autoencoder-kl'
import { floatTensor, randomWeights } from '../../src/engine/runtime/testing'

const WIDTH = 32

/** FLUX.1-dev with one head and a few blocks. */
const SMALL_FLUX: TransformerConfig = {
  ...FLUX_DEV,
  hidden_size: 128,
  num_heads: 1,
  depth: 2,
  depth_single_blocks: 4,
  context_in_dim: WIDTH,
  vec_in_dim: WIDTH,
}

const CLIP = {
  hidden_act: 'quick_gelu',
  hidden_size: WIDTH,
  intermediate_size: 2 * WIDTH,
  num_attention_heads: 2,
  num_hidden_layers: 2,
  layer_norm_eps: 1e-5,
  max_position_embeddings: 77,
}
const T5 = {
  feed_forward_proj: 'gated-gelu',
  d_model: WIDTH,
  d_kv: 16,
  d_ff: 2 * WIDTH,
  num_heads: 2,
  num_layers: 2,
  layer_norm_epsilon: 1e-6,
  relative_attention_num_buckets: 32,
  relative_attention_max_distance: 128,
}

interface Tokenizers {
  readonly clip: { readonly vocab: unknown; readonly merges: string }
  readonly t5: { readonly tokenizer: unknown }
}

interface Shape {
  readonly name: string
  readonly dims: readonly number[]
}

/**
 * Laid out as people have it: `flux1-small.safetensors`, `ae.safetensors`, and the diffusers folders of encoders and
 * tokenizers.
 */
export async function writeSmallFlux(folder: string): Promise<void> {
  const fixture = new URL('../../src/engine/tokenizers/flux-tokenizers.fixture.json.gz', import.meta.url)
  const tokenizers = JSON.parse(gunzipSync(await readFile(fixture)).toString('utf8')) as Tokenizers
  const { encoder, decoder } = autoencoderKLGraphs({
    ...FLUX_AUTOENCODER,
    ch: 32,
    ch_mult: [1, 1, 1, 1],
    num_res_blocks: 1,
  })
  const files: readonly (readonly [string, Uint8Array | string])[] = [
    ['flux1-small.safetensors', writeSafetensors(randomWeights(SMALL_FLUX, 1))],
    ['ae.safetensors', writeSafetensors(randomTensors([...encoder.weights, ...decoder.weights]))],
    ['text_encoder/config.json', JSON.stringify(CLIP)],
    [
      'text_encoder/model.safetensors',
      writeSafetensors(
        randomTensors([
          ...clipGraphs(parseClipConfig(CLIP)).whole().weights,
          { name: 'text_model.embeddings.token_embedding.weight', dims: [49408, WIDTH] },
          { name: 'text_model.embeddings.position_embedding.weight', dims: [77, WIDTH] },
        ]),
      ),
    ],
    ['tokenizer/vocab.json', JSON.stringify(tokenizers.clip.vocab)],
    ['tokenizer/merges.txt', tokenizers.clip.merges],
    ['text_encoder_2/config.json', JSON.stringify(T5)],
    [
      'text_encoder_2/model.safetensors',
      writeSafetensors(
        randomTensors([
          ...t5Graphs(parseT5Config(T5)).whole().weights,
          { name: 'shared.weight', dims: [32128, WIDTH] },
        ]),
      ),
    ],
    ['tokenizer_2/tokenizer.json', JSON.stringify(tokenizers.t5.tokenizer)],
  ]
  for (const [path, content] of files) {
    await mkdir(join(folder, path, '..'), { recursive: true })
    await writeFile(join(folder, path), content)
  }
}

const POOL = 65_521

/** Gaussian, norms near 1; long tables repeat a short one. */
function randomTensors(shapes: readonly Shape[]): Map<string, StoredTensor> {
  return new Map(
    shapes.map(({ name, dims }, seed): [string, StoredTensor] => {
      const count = sizeOf(dims)
      const isNorm = /norm/.test(name)
      const scale = isNorm ? 0.1 : 0.7 / Math.sqrt(sizeOf(dims.slice(1)) || 25)
      const pool = gaussian(seed + 1, Math.min(count, POOL)).map(
        (value) => scale * value + (isNorm && name.endsWith('weight') ? 1 : 0),
      )
      return [
        name,
        floatTensor(
          dims,
          count === pool.length ? pool : Float32Array.from({ length: count }, (_, i) => pool[i % POOL]!),
        ),
      ]
    }),
  )
}
