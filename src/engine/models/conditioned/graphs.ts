import type { Graph, Value, WeightBinding } from '../../onnx/graph-builder'
import { GraphBuilder } from '../../onnx/graph-builder'
import { embedder, rows, silu, type Rotation } from '../transformer/blocks'
import { EMBEDDING_DIM, headDim } from '../transformer/config'
import { blockPrefixes } from '../transformer/graphs'
import { Scope, type NetworkLayout } from '../transformer/scope'
import {
  Batch,
  conditionDoubleBlock,
  finalLayer,
  noisyDoubleBlock,
  singleBlock,
  tokens,
  type ConditionStreams,
  type KeysAndValues,
} from './blocks'
import type { ConditionedConfig } from './config'

/**
 * The network as two graphs. *prepare* runs once an edit over the condition, at time 0, and gives what noisy tokens
 * attend to;
 * *step* runs at every noise level over the noisy tokens alone. B elements, L text, M photo and N noisy tokens are
 * dynamic.
 *
 * | prepare takes | shape | |
 * |---|---|---|
 * | txt, pooled | [B * L, context_in_dim], [B, vec_in_dim] | texts padded to the longest |
 * | src, place | [B * M, src_channels], [B * M, place_channels] | place only where the config has it |
 * | cos, sin | [L + M, head / 2] | ropeTables of the text's and the photo tokens' ids |
 * | mask | [B, 1, 1, L + M] | added to scores: {@link MASKED} at padded text, else 0 |
 * | shape | int64 [3] | B, -1, hidden |
 * | text_end | int64 [1] | L |
 * | **and gives** | | |
 * | BLOCK.k, BLOCK.v | [B, heads, head, L + M], [B, heads, L + M, head] | for every block |
 * | embedded | [B, hidden] | vector_in(pooled) |
 * | pointers | [B * L, pointer_dim] | only where the config has it |
 *
 * | step takes | shape | |
 * |---|---|---|
 * | latents, place | [B * N, in_channels], [B * N, place_channels] | |
 * | cos, sin | [N, head / 2] | |
 * | mask | [B, 1, 1, L + M + N] | |
 * | shape, embedded, BLOCK.k, BLOCK.v | | as above |
 * | time_embedding | [1, 256] | timestepEmbedding(sigma) |
 * | **and gives** prediction | [B * N, out_channels] | |
 *
 * Both also take LINEAR.lora_a and LINEAR.lora_b of the adapted linears that they use.
 */
export interface ConditionedLayout extends NetworkLayout {
  readonly config: ConditionedConfig
}

/** Added to the scores of padded text: its share after the softmax is exactly 0. */
export const MASKED = -1e9

/** Dimensions of a block's cached keys and values. @param tokens L + M */
export function cacheDims<T extends number | string>(
  batch: T,
  tokens: T,
  config: ConditionedConfig,
): { readonly k: [T, number, number, T]; readonly v: [T, number, T, number] } {
  return {
    k: [batch, config.num_heads, headDim(config), tokens],
    v: [batch, config.num_heads, tokens, headDim(config)],
  }
}

/** Names of the cached tensors of all blocks, in order: double_blocks.0.k, double_blocks.0.v, ... */
export const cacheNames = (config: ConditionedConfig): readonly string[] =>
  blockPrefixes(config).flatMap((prefix) => [`${prefix}k`, `${prefix}v`])

/** The condition alone. */
export function prepareGraph(layout: ConditionedLayout, binding: WeightBinding): Graph {
  const { config } = layout
  const g = new GraphBuilder('condition', binding)
  const scope = new Scope(g, layout)
  const batch = new Batch(scope, g.input('shape', [3], 'int64'))
  const rotation = rotationInputs(scope, 'L+M')
  const mask = g.input('mask', ['B', 1, 1, 'L+M'])
  const textEnd = g.input('text_end', [1], 'int64')
  const embedded = embedder(scope.at('vector_in'), g.input('pooled', ['B', config.vec_in_dim]))
  const conditioning = silu(scope, g.node('Add', [embedded, embedder(scope.at('time_in'), clean(g))]))
  const dims = cacheDims('B', 'L+M', config)
  const keep = (prefix: string, { k, v }: KeysAndValues): void => {
    g.output(`${prefix}k`, k, dims.k)
    g.output(`${prefix}v`, v, dims.v)
  }

  let streams: ConditionStreams = {
    txt: batch.batched(scope.linear('txt_in', g.input('txt', ['B*L', config.context_in_dim]))),
    src: embed(batch, config, 'src_in', g.input('src', ['B*M', config.src_channels]), 'B*M', rotation, textEnd),
  }
  for (let block = 0; block < config.depth; block++) {
    const name = `double_blocks.${block}`
    const { cache, ...next } = conditionDoubleBlock(batch.at(name), streams, conditioning, rotation, textEnd, mask)
    keep(`${name}.`, cache)
    streams = next
  }
  let x = g.node('Concat', [streams.txt, streams.src], { axis: 1 })
  for (let block = 0; block < config.depth_single_blocks; block++) {
    const name = `single_blocks.${block}`
    // Nothing reads the last block's own result but pointers.
    const last = block === config.depth_single_blocks - 1 && config.pointer_dim === 0
    const result = singleBlock(batch.at(name), x, conditioning, rotation, mask, last ? { wanted: 'cache' } : {})
    keep(`${name}.`, result.cache)
    x = result.x
  }
  g.output('embedded', embedded, ['B', config.hidden_size])
  if (config.pointer_dim > 0)
    g.output('pointers', batch.linear('pointer_in', tokens(batch, x, g.ints(0), textEnd)), ['B*L', config.pointer_dim])
  return g.build()
}

/** Noisy tokens against the condition's keys and values. */
export function stepGraph(layout: ConditionedLayout, binding: WeightBinding): Graph {
  const { config } = layout
  const g = new GraphBuilder('conditioned_step', binding)
  const scope = new Scope(g, layout)
  const batch = new Batch(scope, g.input('shape', [3], 'int64'))
  const rotation = rotationInputs(scope, 'N')
  const mask = g.input('mask', ['B', 1, 1, 'L+M+N'])
  const time = embedder(scope.at('time_in'), g.input('time_embedding', [1, EMBEDDING_DIM]))
  const conditioning = silu(scope, g.node('Add', [g.input('embedded', ['B', config.hidden_size]), time]))
  const dims = cacheDims('B', 'L+M', config)
  const cached = (prefix: string): KeysAndValues => ({
    k: g.input(`${prefix}k`, dims.k),
    v: g.input(`${prefix}v`, dims.v),
  })

  let x = embed(batch, config, 'img_in', g.input('latents', ['B*N', config.in_channels]), 'B*N', rotation)
  for (let block = 0; block < config.depth; block++) {
    const name = `double_blocks.${block}`
    x = noisyDoubleBlock(batch.at(name), x, conditioning, rotation, cached(`${name}.`), mask)
  }
  for (let block = 0; block < config.depth_single_blocks; block++) {
    const name = `single_blocks.${block}`
    x = singleBlock(batch.at(name), x, conditioning, rotation, mask, { cache: cached(`${name}.`) }).x
  }
  g.output('prediction', finalLayer(batch.at('final_layer'), x, conditioning), ['B*N', config.out_channels])
  return g.build()
}

/**
 * Tokens [B * tokens, channels] as a stream [B, tokens, hidden] that knows where each lies. @param first where
 * `rotation` begins to be theirs
 */
function embed(
  batch: Batch,
  config: ConditionedConfig,
  linear: string,
  values: Value,
  count: string,
  { cos, sin }: Rotation,
  first?: Value,
): Value {
  const { g, scope } = batch
  const own = scope.linear(linear, values)
  const flat =
    config.place_channels > 0
      ? g.node('Add', [own, scope.linear('place_in', g.input('place', [count, config.place_channels]))])
      : own
  const x = batch.batched(flat)
  if (!config.position_embed) return x
  const table = g.node('Concat', [cos, sin], { axis: 1 })
  return g.node('Add', [x, scope.linear('pos_in', first === undefined ? table : rows(scope, table, first))])
}

function rotationInputs({ g, layout }: Scope, count: string): Rotation {
  const pairs = headDim(layout.config) / 2
  return { cos: g.input('cos', [count, pairs]), sin: g.input('sin', [count, pairs]) }
}

/** timestepEmbedding(0): cosines 1, sines 0. */
function clean(g: GraphBuilder): Value {
  return g.constant(
    Float32Array.from({ length: EMBEDDING_DIM }, (_, i) => (i < EMBEDDING_DIM / 2 ? 1 : 0)),
    [1, EMBEDDING_DIM],
  )
}
