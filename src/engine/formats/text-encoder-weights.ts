import { PhotodoodleError } from '../core/errors'
import { isCount, isObject, type JsonObject } from './json'
import { missingWeight, readRows, type WeightStore } from './weight-store'

/**
 * The tensors of FLUX's two text encoders as Hugging Face names them (transformers: CLIPTextModel and T5EncoderModel), so
 * that a file with a gap or with something unknown in it is noticed before hours are spent on it.
 */
export type TextEncoderKind = 'clip' | 't5'

type Shapes = ReadonlyMap<string, readonly number[]>

/** Tensors that published files hold beside the encoder: the picture half of CLIP, T5's decoder, buffers, second copies. */
const IGNORED: Readonly<Record<TextEncoderKind, RegExp>> = {
  clip: /^(vision_model\.|visual_projection\.|text_projection\.|logit_scale$|text_model\.embeddings\.position_ids$)/,
  t5: /^(decoder\.|lm_head\.|encoder\.embed_tokens\.)/,
}

/** Some files keep T5's token table under its second name only. */
const T5_TABLE = { name: 'shared.weight', twin: 'encoder.embed_tokens.weight' }

/**
 * The encoder's own tensors, checked against its config.
 * @param config its config.json; of a whole CLIP model the `text_config` inside is used
 * @returns names and shapes as published, `config` set
 * @throws MissingWeight, ShapeMismatch, or BadModel for a tensor that no layer uses or a config without a size
 */
export function textEncoderStore(kind: TextEncoderKind, file: WeightStore, config: unknown): WeightStore {
  const own = isObject(config) && isObject(config['text_config']) ? config['text_config'] : config
  if (!isObject(own)) throw badConfig(kind, 'is not an object')
  const expected = kind === 'clip' ? clipShapes(own) : t5Shapes(own)
  const present = new Set(file.names())
  const sourceOf = (name: string): string => (name === T5_TABLE.name && !present.has(name) ? T5_TABLE.twin : name)
  for (const [name, shape] of expected) {
    if (!present.has(sourceOf(name))) throw missingWeight(name)
    const found = file.info(sourceOf(name)).shape
    if (found.join() !== shape.join()) throw new PhotodoodleError('ShapeMismatch', `The weight ${name} is [${found.join(', ')}]; its config.json asks for [${shape.join(', ')}].`, 'Check that weights and config belong together.')
  }
  const unknown = file.names().find((name) => !expected.has(name) && !IGNORED[kind].test(name))
  if (unknown !== undefined) throw new PhotodoodleError('BadModel', `No layer of the ${kind === 'clip' ? 'CLIP text model' : 'T5 encoder'} uses the weight ${unknown}.`, 'Check that this is the text encoder FLUX.1 comes with.')
  const known = (name: string): string => {
    if (!expected.has(name)) throw missingWeight(name)
    return sourceOf(name)
  }
  return {
    names: () => [...expected.keys()],
    info: (name) => file.info(known(name)),
    read: (name) => file.read(known(name)),
    readRows: (name, first, count) => readRows(file, known(name), first, count),
    config: own,
  }
}

function clipShapes(config: JsonObject): Shapes {
  const hidden = count('clip', config, 'hidden_size')
  const mlp = count('clip', config, 'intermediate_size')
  const shapes = new Map<string, readonly number[]>()
  const linear = (name: string, out: number, input: number) => shapes.set(`${name}.weight`, [out, input]).set(`${name}.bias`, [out])
  const norm = (name: string) => shapes.set(`${name}.weight`, [hidden]).set(`${name}.bias`, [hidden])
  shapes.set('text_model.embeddings.token_embedding.weight', [count('clip', config, 'vocab_size'), hidden])
  shapes.set('text_model.embeddings.position_embedding.weight', [count('clip', config, 'max_position_embeddings'), hidden])
  for (let i = 0; i < count('clip', config, 'num_hidden_layers'); i++) {
    const layer = `text_model.encoder.layers.${i}`
    norm(`${layer}.layer_norm1`)
    for (const part of ['q_proj', 'k_proj', 'v_proj', 'out_proj']) linear(`${layer}.self_attn.${part}`, hidden, hidden)
    norm(`${layer}.layer_norm2`)
    linear(`${layer}.mlp.fc1`, mlp, hidden)
    linear(`${layer}.mlp.fc2`, hidden, mlp)
  }
  norm('text_model.final_layer_norm')
  return shapes
}

function t5Shapes(config: JsonObject): Shapes {
  const model = count('t5', config, 'd_model')
  const heads = count('t5', config, 'num_heads')
  const inner = heads * count('t5', config, 'd_kv')
  const mlp = count('t5', config, 'd_ff')
  const gated = typeof config['feed_forward_proj'] === 'string' && config['feed_forward_proj'].startsWith('gated-')
  const shapes = new Map<string, readonly number[]>([[T5_TABLE.name, [count('t5', config, 'vocab_size'), model]]])
  for (let i = 0; i < count('t5', config, 'num_layers'); i++) {
    const layer = `encoder.block.${i}.layer`
    for (const part of ['q', 'k', 'v']) shapes.set(`${layer}.0.SelfAttention.${part}.weight`, [inner, model])
    shapes.set(`${layer}.0.SelfAttention.o.weight`, [model, inner])
    // All layers share the first one's.
    if (i === 0) shapes.set(`${layer}.0.SelfAttention.relative_attention_bias.weight`, [count('t5', config, 'relative_attention_num_buckets'), heads])
    shapes.set(`${layer}.0.layer_norm.weight`, [model])
    for (const part of gated ? ['wi_0', 'wi_1'] : ['wi']) shapes.set(`${layer}.1.DenseReluDense.${part}.weight`, [mlp, model])
    shapes.set(`${layer}.1.DenseReluDense.wo.weight`, [model, mlp])
    shapes.set(`${layer}.1.layer_norm.weight`, [model])
  }
  return shapes.set('encoder.final_layer_norm.weight', [model])
}

function count(kind: TextEncoderKind, config: JsonObject, key: string): number {
  const value = config[key]
  if (!isCount(value) || value === 0) throw badConfig(kind, `has no "${key}"`)
  return value
}

const badConfig = (kind: TextEncoderKind, what: string): PhotodoodleError =>
  new PhotodoodleError('BadModel', `The config.json of the ${kind === 'clip' ? 'CLIP text model' : 'T5 encoder'} ${what}.`, 'Download the folder again, with its config.json.')
