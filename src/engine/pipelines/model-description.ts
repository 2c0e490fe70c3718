import { readText, type ByteSource } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import type { ModelDefaults } from '../core/settings'
import { resolutionOf } from '../image/fit-size'
import { bad, innerPath, numbers, object, oneOf, positive, text, type Json } from './model-json'

/**
 * How a style's trigger enters an instruction: appended as "... by TRIGGER", or as the noun the instruction asks for.
 */
type TriggerUse = 'suffix' | 'noun'

export interface StyleDescription {
  /** Short id of the CLI and the app: `monster`, `magic`, ... */
  readonly id: string
  readonly name: string
  /**
   * The word the style was trained with; empty for a LoRA without one, such as one that only makes fewer steps do, or a
   * layer model's.
   */
  readonly trigger: string
  readonly triggerUse: TriggerUse
  /** Words of an ordinary instruction that a `noun` trigger stands for; the first one met is replaced. */
  readonly nouns: readonly string[]
  /** Manifest folder inside the model folder. */
  readonly path: string
  /** Steps to take while the style is in use, of LoRAs distilled to few; the model's default without it. */
  readonly steps?: number
  /** Of a layer model: {@link LayerModelDescription.codec}'s for this hand, where its edges are softer. */
  readonly alphaGain?: number
}

/** A text encoder's folder and its longest sequence in tokens. */
export interface TextModelDescription {
  readonly path: string
  readonly maxTokens: number
}

/** `clip-t5`: FLUX.1's pair, CLIP's pooled vector and T5's token states padded to its maxTokens. */
type TextEncoderDescription =
  | MiniLMDescription
  | { readonly kind: 'clip-t5'; readonly clip: TextModelDescription; readonly t5: TextModelDescription }

type MiniLMDescription = { readonly kind: 'minilm' } & TextModelDescription

/**
 * `model.json`: all that differs between one model and another, its keys in snake case. The engine reads sizes and
 * choices from here
 * and never asks which model it runs.
 */
export type ModelDescription = VelocityModelDescription | LayerModelDescription

interface CommonDescription {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly execution: 'whole' | 'blocks'
  /**
   * Too large to be in memory all at once: text encoders, autoencoder and transformer come when they are used and leave
   * before
   * the next. Needs `blocks` execution. Default false.
   */
  readonly sequential: boolean
  readonly styles: readonly StyleDescription[]
}

interface CommonDefaults {
  readonly steps: number
  /** 1 = no classifier-free guidance, one network run a step; above 1 = two runs. */
  readonly cfgScale: number
  /** CFG only acts while sigma is above this. */
  readonly cfgAboveSigma: number
}

/** One transformer that predicts rectified flow's velocity between noise and the changed photo's latents (FLUX). */
export interface VelocityModelDescription extends CommonDescription {
  readonly prediction: 'velocity'
  /**
   * What its blocks compute in. `auto`, the default: half precision where a model in blocks is on a GPU that has it and
   * passes the
   * precision self-test, else single.
   */
  readonly precision: 'auto' | 'f32' | 'f16'
  readonly transformer: { readonly path: string; readonly config: unknown }
  readonly textEncoder: TextEncoderDescription
  readonly autoencoder: { readonly kind: 'autoencoder-kl'; readonly path: string }
  readonly scheduler: unknown
  readonly defaults: CommonDefaults & {
    /** Distilled guidance value, of networks that embed one. */
    readonly guidance?: number
    /** Most image tokens (16x16 px each) the model was trained on. */
    readonly tokens: number
  }
  /** Linear map from 16 latent channels to RGB in [0, 1], for the per-step preview: weight [16][3], bias [3]. */
  readonly latentRgb: { readonly weight: readonly (readonly number[])[]; readonly bias: readonly number[] }
}

/** A layout network that finds boxes and a drawing network that predicts a clean layer for each (nano). */
export interface LayerModelDescription extends CommonDescription {
  readonly prediction: 'layer'
  readonly execution: 'whole'
  readonly textEncoder: MiniLMDescription
  /** `slots`: most elements of an edit; `steps` and `shift` of its sampler. */
  readonly layout: {
    readonly path: string
    readonly config: unknown
    readonly slots: number
    readonly steps: number
    readonly shift: number
  }
  /** `shift` of its noise levels, for any number of steps. */
  readonly drawing: { readonly path: string; readonly config: unknown; readonly shift: number }
  /** `alphaGain`: what a decoded layer's alpha is steepened by (models/codec/layer-pixels.ts). */
  readonly codec: { readonly path: string; readonly alphaGain: number }
  readonly defaults: CommonDefaults
}

/** The model's own defaults of settings. */
export function defaultsOf({ prediction, defaults }: ModelDescription): ModelDefaults {
  const { steps, cfgScale } = defaults
  return { steps, cfgScale, resolution: prediction === 'layer' ? null : resolutionOf(defaults.tokens) }
}

function alphaGain(value: unknown, name: string): number {
  const gain = positive(value, `${name}.alpha_gain`)
  if (gain < 1) throw bad(`has "${name}.alpha_gain" = ${gain}, which would blur; it is 1 or more`)
  return gain
}

function textModel(json: Json, name: string): TextModelDescription {
  return {
    path: innerPath(json['path'], `${name}.path`),
    maxTokens: positive(json['max_tokens'] ?? json['maxTokens'], `${name}.max_tokens`),
  }
}

/** Up to 0.7 two of the keys, this one and `max_tokens`, were in camel case. */
const textEncoderOf = (json: Json): Json => object(json['text_encoder'] ?? json['textEncoder'], 'text_encoder')

function parseMiniLM(json: Json): MiniLMDescription {
  return { kind: oneOf(json['kind'], ['minilm'], 'text_encoder.kind'), ...textModel(json, 'text_encoder') }
}

function parseTextEncoder(json: Json): TextEncoderDescription {
  const kind = oneOf(json['kind'], ['minilm', 'clip-t5'], 'text_encoder.kind')
  if (kind === 'minilm') return parseMiniLM(json)
  const part = (name: string): TextModelDescription =>
    textModel(object(json[name], `text_encoder.${name}`), `text_encoder.${name}`)
  return { kind, clip: part('clip'), t5: part('t5') }
}

function style(value: unknown): StyleDescription {
  const json = object(value, 'styles')
  const nouns = json['nouns'] ?? []
  if (!Array.isArray(nouns) || !nouns.every((noun) => typeof noun === 'string'))
    throw bad('has a style whose "nouns" are not texts')
  return {
    id: text(json['id'], 'styles.id'),
    name: text(json['name'], 'styles.name'),
    trigger: json['trigger'] === undefined ? '' : text(json['trigger'], 'styles.trigger'),
    triggerUse: oneOf(json['trigger_use'] ?? 'suffix', ['suffix', 'noun'], 'styles.trigger_use'),
    nouns,
    path: innerPath(json['path'], 'styles.path'),
    ...(json['steps'] === undefined ? {} : { steps: positive(json['steps'], 'styles.steps') }),
    ...(json['alpha_gain'] === undefined ? {} : { alphaGain: alphaGain(json['alpha_gain'], 'styles') }),
  }
}

/** Reads model.json, wherever it is. @throws BadModel, and whatever reading the file throws */
export async function readModelDescription(file: ByteSource): Promise<ModelDescription> {
  let json: unknown
  try {
    json = JSON.parse(await readText(file))
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError)) throw cause
    throw new PhotodoodleError(
      'BadModel',
      'model.json is not readable JSON.',
      'Reload the page or download the model again; it was not copied completely.',
      { cause },
    )
  }
  return parseModelDescription(json)
}

/** @throws BadModel naming the first entry that is missing or wrong */
export function parseModelDescription(source: unknown): ModelDescription {
  const json = object(source, 'model')
  if (json['format'] !== 'photodoodle-model/1')
    throw bad(`has format ${JSON.stringify(json['format'])}; this version reads photodoodle-model/1`)
  const prediction = oneOf(json['prediction'], ['velocity', 'layer'], 'prediction')
  return prediction === 'layer' ? parseLayer(json) : parseVelocity(json)
}

function parseLayer(json: Json): LayerModelDescription {
  const layout = object(json['layout'], 'layout')
  const drawing = object(json['drawing'], 'drawing')
  const codec = object(json['codec'], 'codec')
  const network = (part: Json, name: string) => ({
    path: innerPath(part['path'], `${name}.path`),
    config: object(part['config'], `${name}.config`),
    shift: positive(part['shift'], `${name}.shift`),
  })
  return {
    ...common(json),
    prediction: 'layer',
    execution: oneOf(json['execution'], ['whole'], 'execution'),
    textEncoder: parseMiniLM(textEncoderOf(json)),
    layout: {
      ...network(layout, 'layout'),
      slots: positive(layout['slots'], 'layout.slots'),
      steps: positive(layout['steps'], 'layout.steps'),
    },
    drawing: network(drawing, 'drawing'),
    codec: { path: innerPath(codec['path'], 'codec.path'), alphaGain: alphaGain(codec['alpha_gain'] ?? 1, 'codec') },
    defaults: commonDefaults(object(json['defaults'], 'defaults')),
  }
}

function parseVelocity(json: Json): VelocityModelDescription {
  const transformer = object(json['transformer'], 'transformer')
  const autoencoder = object(json['autoencoder'], 'autoencoder')
  const defaults = object(json['defaults'], 'defaults')
  const latentRgb = object(json['latent_rgb'], 'latent_rgb')
  const weight = latentRgb['weight']
  if (!Array.isArray(weight) || weight.length !== 16) throw bad('needs 16 rows in "latent_rgb.weight"')
  return {
    ...common(json),
    prediction: 'velocity',
    precision: oneOf(json['precision'] ?? 'auto', ['auto', 'f32', 'f16'], 'precision'),
    transformer: {
      path: innerPath(transformer['path'], 'transformer.path'),
      config: object(transformer['config'], 'transformer.config'),
    },
    textEncoder: parseTextEncoder(textEncoderOf(json)),
    autoencoder: {
      kind: oneOf(autoencoder['kind'], ['autoencoder-kl'], 'autoencoder.kind'),
      path: innerPath(autoencoder['path'], 'autoencoder.path'),
    },
    scheduler: object(json['scheduler'], 'scheduler'),
    defaults: {
      ...commonDefaults(defaults),
      ...(defaults['guidance'] === undefined ? {} : { guidance: positive(defaults['guidance'], 'defaults.guidance') }),
      tokens: positive(defaults['tokens'], 'defaults.tokens'),
    },
    latentRgb: {
      weight: weight.map((row) => numbers(row, 3, 'latent_rgb.weight')),
      bias: numbers(latentRgb['bias'], 3, 'latent_rgb.bias'),
    },
  }
}

function common(json: Json): CommonDescription {
  const execution = oneOf(json['execution'], ['whole', 'blocks'], 'execution')
  const sequential = json['sequential'] ?? false
  if (typeof sequential !== 'boolean') throw bad('needs true or false as "sequential"')
  if (sequential && execution === 'whole') throw bad('is "sequential", which needs "execution": "blocks"')
  const styles = json['styles']
  if (!Array.isArray(styles)) throw bad('has no "styles" list')
  return {
    id: text(json['id'], 'id'),
    name: text(json['name'], 'name'),
    version: text(json['version'], 'version'),
    execution,
    sequential,
    styles: styles.map(style),
  }
}

function commonDefaults(defaults: Json): CommonDefaults {
  return {
    steps: positive(defaults['steps'], 'defaults.steps'),
    cfgScale: positive(defaults['cfg_scale'] ?? 1, 'defaults.cfg_scale'),
    cfgAboveSigma: typeof defaults['cfg_above_sigma'] === 'number' ? defaults['cfg_above_sigma'] : 0,
  }
}
