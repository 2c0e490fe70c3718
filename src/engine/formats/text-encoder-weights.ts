import { isObject } from './json'
import { weightNamed, readRows, type WeightStore } from './weight-store'

/** FLUX's two text encoders, whose tensors Hugging Face names (transformers: CLIPTextModel and T5EncoderModel). */
export type TextEncoderKind = 'clip' | 't5'

/**
 * Tensors that published files hold beside the encoder: the picture half of CLIP, T5's decoder, buffers, second copies.
 */
const IGNORED: Readonly<Record<TextEncoderKind, RegExp>> = {
  clip: /^(vision_model\.|visual_projection\.|text_projection\.|logit_scale$|(text_model\.)?embeddings\.position_ids$)/,
  t5: /^(decoder\.|lm_head\.|encoder\.embed_tokens\.)/,
}

/** transformers 5 saves a CLIPTextModel without this; everything before it, FLUX.1-dev's download included, has it. */
const CLIP_PREFIX = 'text_model.'

/** Some files keep T5's token table under its second name only. */
const T5_TABLE = { name: 'shared.weight', twin: 'encoder.embed_tokens.weight' }

/**
 * The encoder's own tensors of a file, under their published names.
 * @param config its config.json; of a whole CLIP model the `text_config` inside is taken
 */
export function textEncoderStore(kind: TextEncoderKind, file: WeightStore, config: unknown): WeightStore {
  const present = file.names()
  const prefix = kind === 'clip' && !present.some((name) => name.startsWith(CLIP_PREFIX)) ? CLIP_PREFIX : ''
  const sources = new Map(present.filter((name) => !IGNORED[kind].test(name)).map((name) => [prefix + name, name]))
  if (kind === 't5' && !sources.has(T5_TABLE.name) && present.includes(T5_TABLE.twin))
    sources.set(T5_TABLE.name, T5_TABLE.twin)
  const find = (name: string): string => weightNamed(sources, name)
  return {
    names: () => [...sources.keys()],
    info: (name) => file.info(find(name)),
    read: (name) => file.read(find(name)),
    readRows: (name, first, count) => readRows(file, find(name), first, count),
    config: isObject(config) && isObject(config['text_config']) ? config['text_config'] : config,
  }
}
