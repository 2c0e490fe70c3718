import type { Graph, Value, WeightBinding } from '../../onnx/graph-builder'
import { GraphBuilder } from '../../onnx/graph-builder'
import type { ImageAttention, Rotation, Streams } from './blocks'
import { doubleBlock, embedder, finalLayer, rows, silu, singleBlock } from './blocks'
import { EMBEDDING_DIM, headDim, type TransformerConfig } from './config'
import type { NetworkLayout } from './scope'
import { floatType, Scope } from './scope'
import { writeStep } from './step'

/**
 * The network as one graph for a whole sampler step, or as five small ones: embed, double block, single block, final,
 * step.
 * Both are written with the same blocks. Sequence sizes are dynamic: L text tokens, N noisy and N source tokens.
 *
 * | input | shape | |
 * |---|---|---|
 * | latents, source | [N, in_channels] | noisy tokens, clean source tokens |
 * | txt, pooled | [L, context_in_dim], [1, vec_in_dim] | |
 * | time_embedding, guidance_embedding | [1, 256] | timestepEmbedding |
 * | cos, sin | [L + 2N, head / 2] | ropeTables |
 * | txt_end, noisy_end | int64 [1] | L and L + N |
 * | other, coefficients, preview_weight, preview_bias | [N, C], [7], [C, 12], [12] | see step.ts |
 * | LINEAR.lora_a, LINEAR.lora_b | [rank, inputs], [outputs, rank] | for every adapted linear |
 * | BLOCK.q, BLOCK.k | [2N, heads, head] | only to `inject` attention; outputs of the same names only to `record` it |
 */
const TOKENS = 'L+2N'

/**
 * Prompt-to-Prompt (Hertz et al. 2022) in joint attention. `record` also gives what the image tokens of each block
 * attend with,
 * their queries and keys; `inject` takes those of another instruction's run in place of its own. Which image token
 * looks at which
 * is then that run's, that is the layout, while values and text tokens are this one's.
 */
export type AttentionMode = 'plain' | 'record' | 'inject'

/** A block's image queries or keys: [2N, heads, head]. @param tokens 2N or its name */
export const attentionDims = <T extends number | string>(tokens: T, config: TransformerConfig): [T, number, number] => [
  tokens,
  config.num_heads,
  headDim(config),
]

/** Blocks as their weights name them: "double_blocks.0." ... */
export function blockPrefixes({ depth, depth_single_blocks: single }: TransformerConfig): readonly string[] {
  return [
    ...Array.from({ length: depth }, (_, i) => `double_blocks.${i}.`),
    ...Array.from({ length: single }, (_, i) => `single_blocks.${i}.`),
  ]
}

/** A graph and what its weights' names lack to be canonical. */
export interface Part {
  readonly graph: Graph
  /** "" or "double_blocks.3." */
  readonly prefix: string
}

/** Everything of one step: outputs `prediction`, `next` and `preview`. */
export function wholeGraph(layout: NetworkLayout, binding: WeightBinding, mode: AttentionMode = 'plain'): Graph {
  const { config } = layout
  const g = new GraphBuilder('transformer_step', binding)
  const scope = new Scope(g, layout)
  const latents = g.input('latents', ['N', config.in_channels])
  const source = g.input('source', ['N', config.in_channels])
  const rotation = rotationInputs(scope)
  const txtEnd = g.input('txt_end', [1], 'int64')
  const { img, txt, conditioning } = embed(scope, latents, source)
  let streams: Streams = { img, txt }
  for (let block = 0; block < config.depth; block++)
    streams = doubleBlock(
      scope.at(`double_blocks.${block}`),
      streams,
      conditioning,
      rotation,
      txtEnd,
      imageAttention(scope, mode, `double_blocks.${block}.`),
    )
  let x = join(scope, streams)
  for (let block = 0; block < config.depth_single_blocks; block++)
    x = singleBlock(
      scope.at(`single_blocks.${block}`),
      x,
      conditioning,
      rotation,
      sharedImage(scope, mode, txtEnd, `single_blocks.${block}.`),
    )
  const prediction = finalLayer(scope.at('final_layer'), noisyRows(scope, x, txtEnd), conditioning)
  g.output('prediction', prediction, ['N', config.out_channels])
  writeStep(g, config.in_channels, { latents, prediction })
  return g.build()
}

/** Outputs `x` [L + 2N, hidden] = [txt; noisy; source] and `conditioning` [1, hidden]. */
export function embedGraph(layout: NetworkLayout): Part {
  const { config } = layout
  const g = new GraphBuilder('transformer_embed', 'inputs')
  const scope = new Scope(g, layout)
  const { img, txt, conditioning } = embed(
    scope,
    g.input('latents', ['N', config.in_channels]),
    g.input('source', ['N', config.in_channels]),
  )
  g.output('x', join(scope, { img, txt }), [TOKENS, config.hidden_size])
  g.output('conditioning', conditioning, [1, config.hidden_size])
  return { graph: g.build(), prefix: '' }
}

/** `x` to `x_next`, both [L + 2N, hidden]. Blocks of equal formats and adapted linears give equal graphs. */
export function doubleBlockGraph(
  layout: NetworkLayout,
  block: number,
  binding: WeightBinding = 'inputs',
  mode: AttentionMode = 'plain',
): Part {
  return blockGraph(layout, binding, 'double_block', `double_blocks.${block}`, (scope, x, conditioning, rotation) => {
    const txtEnd = scope.g.input('txt_end', [1], 'int64')
    const txt = rows(scope, x, scope.g.ints(0), txtEnd)
    const img = rows(scope, x, txtEnd)
    return join(scope, doubleBlock(scope, { img, txt }, conditioning, rotation, txtEnd, imageAttention(scope, mode)))
  })
}

/** `x` to `x_next`, both [L + 2N, hidden]. */
export function singleBlockGraph(
  layout: NetworkLayout,
  block: number,
  binding: WeightBinding = 'inputs',
  mode: AttentionMode = 'plain',
): Part {
  return blockGraph(layout, binding, 'single_block', `single_blocks.${block}`, (scope, x, conditioning, rotation) => {
    const shared = mode === 'plain' ? undefined : sharedImage(scope, mode, scope.g.input('txt_end', [1], 'int64'))
    return singleBlock(scope, x, conditioning, rotation, shared)
  })
}

/** `x` [L + 2N, hidden] to `prediction` [N, out_channels]. */
export function finalGraph(layout: NetworkLayout): Part {
  const { config } = layout
  const g = new GraphBuilder('transformer_final', 'inputs')
  const scope = new Scope(g, layout)
  const x = g.input('x', [TOKENS, config.hidden_size])
  const conditioning = g.input('conditioning', [1, config.hidden_size])
  const noisy = noisyRows(scope, x, g.input('txt_end', [1], 'int64'))
  g.output('prediction', finalLayer(scope.at('final_layer'), noisy, conditioning), ['N', config.out_channels])
  return { graph: g.build(), prefix: '' }
}

/** `latents`, `prediction` to `next` and `preview`. */
export function stepGraph(channels: number): Graph {
  const g = new GraphBuilder('sampler_step', 'inputs')
  const input = (name: string): Value => g.input(name, ['N', channels])
  writeStep(g, channels, { latents: input('latents'), prediction: input('prediction') })
  return g.build()
}

function blockGraph(
  layout: NetworkLayout,
  binding: WeightBinding,
  name: string,
  path: string,
  block: (scope: Scope, x: Value, conditioning: Value, rotation: Rotation) => Value,
): Part {
  const { hidden_size: hidden } = layout.config
  const prefix = `${path}.`
  const g = new GraphBuilder(name, binding)
  const scope = new Scope(g, layout, prefix, prefix)
  const x = g.input('x', [TOKENS, hidden])
  const y = block(scope, x, g.input('conditioning', [1, hidden]), rotationInputs(scope))
  g.output('x_next', y, [TOKENS, hidden])
  return { graph: g.build(), prefix }
}

function embed(scope: Scope, latents: Value, source: Value): Streams & { readonly conditioning: Value } {
  const {
    g,
    layout: { config },
  } = scope
  const img = scope.linear('img_in', g.node('Concat', [latents, source], { axis: 0 }))
  const txt = scope.linear('txt_in', g.input('txt', ['L', config.context_in_dim]))
  const parts = [embedder(scope.at('time_in'), g.input('time_embedding', [1, EMBEDDING_DIM]))]
  if (config.guidance_embed)
    parts.push(embedder(scope.at('guidance_in'), g.input('guidance_embedding', [1, EMBEDDING_DIM])))
  parts.push(embedder(scope.at('vector_in'), g.input('pooled', [1, config.vec_in_dim])))
  return {
    img,
    txt,
    conditioning: silu(
      scope,
      parts.reduce((sum, part) => g.node('Add', [sum, part])),
    ),
  }
}

function rotationInputs({ g, layout }: Scope): Rotation {
  const pairs = headDim(layout.config) / 2
  return { cos: g.input('cos', [TOKENS, pairs]), sin: g.input('sin', [TOKENS, pairs]) }
}

/** @param prefix of the block's tensors in the graph; none in a graph of that block alone */
function imageAttention(
  { g, layout: { config } }: Scope,
  mode: AttentionMode,
  prefix = '',
): ImageAttention | undefined {
  if (mode === 'plain') return undefined
  const dims = attentionDims('2N', config)
  // Stored in float32, whatever the block computes in.
  if (mode === 'inject')
    return (own) => ({
      q: g.cast(g.input(`${prefix}q`, dims), floatType(own.q)),
      k: g.cast(g.input(`${prefix}k`, dims), floatType(own.k)),
    })
  return (own) => {
    g.output(`${prefix}q`, g.cast(own.q, 'float32'), dims)
    g.output(`${prefix}k`, g.cast(own.k, 'float32'), dims)
    return own
  }
}

function sharedImage(scope: Scope, mode: AttentionMode, txtEnd: Value, prefix = ''): Parameters<typeof singleBlock>[4] {
  const attention = imageAttention(scope, mode, prefix)
  return attention && { txtEnd, attention }
}

function join({ g }: Scope, { img, txt }: Streams): Value {
  return g.node('Concat', [txt, img], { axis: 0 })
}

function noisyRows(scope: Scope, x: Value, txtEnd: Value): Value {
  return rows(scope, x, txtEnd, scope.g.input('noisy_end', [1], 'int64'))
}
