import { PhotodoodleError } from '../../core/errors'
import { isCount, isObject } from '../../formats/json'
import { float, GraphBuilder, type Graph, type Value } from '../../onnx/graph-builder'

/** Sizes of a BERT encoder under Hugging Face's names (config.json). */
interface BertConfig {
  readonly hidden_size: number
  readonly num_attention_heads: number
  readonly num_hidden_layers: number
  readonly intermediate_size: number
  readonly layer_norm_eps: number
  readonly max_position_embeddings: number
}

/** @throws BadModel naming the entry that is missing or out of range */
export function parseBertConfig(value: unknown): BertConfig {
  const wrong = (what: string) =>
    new PhotodoodleError(
      'BadModel',
      `The text encoder's config ${what}.`,
      'Download the model again, or export it again.',
    )
  if (!isObject(value)) throw wrong('is missing')
  const count = (key: string): number => {
    const n = value[key]
    if (!isCount(n) || n < 1) throw wrong(`has no valid ${key}`)
    return n
  }
  const eps = value['layer_norm_eps']
  if (typeof eps !== 'number' || !(eps > 0 && eps < 1)) throw wrong('has no valid layer_norm_eps')
  const config = {
    hidden_size: count('hidden_size'),
    num_attention_heads: count('num_attention_heads'),
    num_hidden_layers: count('num_hidden_layers'),
    intermediate_size: count('intermediate_size'),
    layer_norm_eps: eps,
    max_position_embeddings: count('max_position_embeddings'),
  }
  if (config.hidden_size % config.num_attention_heads !== 0)
    throw wrong(`cannot share ${config.hidden_size} features among ${config.num_attention_heads} heads`)
  return config
}

/**
 * BERT's encoder (Devlin et al. 2018; weight names of Hugging Face's BertModel) over one unpadded text.
 * Input `embeddings` [L, hidden]: the sum of word, position and type rows, before their LayerNorm. Outputs `states`
 * [L, hidden], the last hidden states, and `pooled` [hidden], their mean.
 * Attention is drawn from primitives: it is small, and right on every provider.
 */
export function bertGraph(config: BertConfig): Graph {
  const { hidden_size: hidden, intermediate_size: inner, num_attention_heads: heads } = config
  const width = hidden / heads
  const g = new GraphBuilder('bert encoder')
  const linear = (x: Value, name: string, from: number, to: number) =>
    g.node('Gemm', [x, g.weight(`${name}.weight`, [to, from]), g.weight(`${name}.bias`, [to])], { transB: 1 })
  const norm = (x: Value, name: string) =>
    g.node('LayerNormalization', [x, g.weight(`${name}.weight`, [hidden]), g.weight(`${name}.bias`, [hidden])], {
      axis: -1,
      epsilon: float(config.layer_norm_eps),
    })

  let x = norm(g.input('embeddings', ['tokens', hidden]), 'embeddings.LayerNorm')
  for (let layer = 0; layer < config.num_hidden_layers; layer++) {
    const name = `encoder.layer.${layer}`
    const split = (part: string, perm: readonly number[]) =>
      g.node(
        'Transpose',
        [g.node('Reshape', [linear(x, `${name}.attention.self.${part}`, hidden, hidden), g.ints(-1, heads, width)])],
        { perm },
      )
    const scores = g.node('MatMul', [
      g.node('Mul', [split('query', [1, 0, 2]), g.scalar(1 / Math.sqrt(width))]),
      split('key', [1, 2, 0]),
    ])
    const mixed = g.node('MatMul', [g.node('Softmax', [scores], { axis: -1 }), split('value', [1, 0, 2])])
    const joined = g.node('Reshape', [g.node('Transpose', [mixed], { perm: [1, 0, 2] }), g.ints(-1, hidden)])
    x = norm(
      g.node('Add', [x, linear(joined, `${name}.attention.output.dense`, hidden, hidden)]),
      `${name}.attention.output.LayerNorm`,
    )
    const wide = g.node('Gelu', [linear(x, `${name}.intermediate.dense`, hidden, inner)], { approximate: 'none' })
    x = norm(g.node('Add', [x, linear(wide, `${name}.output.dense`, inner, hidden)]), `${name}.output.LayerNorm`)
  }
  g.output('states', x, ['tokens', hidden])
  g.output('pooled', g.node('ReduceMean', [x, g.ints(0)], { keepdims: 0 }), [hidden])
  return g.build()
}
