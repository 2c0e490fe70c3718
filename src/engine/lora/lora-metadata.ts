import { PhotodoodleError } from '../core/errors'

/** Where a store's `config` carries the adapter_config.json that PEFT writes beside a LoRA. */
export const ADAPTER_CONFIG = 'adapter_config'

/**
 * The scale of a LoRA whose layers carry no alpha of their own. PEFT keeps alpha in the adapter's config: newer
 * diffusers versions write it into the file's metadata as `lora_adapter_metadata`, PEFT itself into
 * adapter_config.json. Without either the scale is 1.
 * @param metadata a store's `config`
 * @returns scale for a layer (by the file's name for it) of a given rank
 * @throws BadLora for scaling rules that are not supported or belong to another file, rather than using a wrong scale
 */
export function defaultScale(metadata: unknown): (module: string, rank: number) => number {
  const text = property(metadata, 'lora_adapter_metadata')
  if (typeof text === 'string') {
    const inFile = parse(text)
    return peftScale((name) => property(inFile, `transformer.${name}`))
  }
  const beside = property(metadata, ADAPTER_CONFIG)
  if (beside === undefined) return () => 1
  const setting = (name: string): unknown => property(beside, name)
  const scale = peftScale(setting)
  const ranks = [setting('r'), ...Object.values(numbers(setting('rank_pattern'), 'rank_pattern'))].filter(
    (rank) => typeof rank === 'number',
  )
  return (module, rank) => {
    if (ranks.length > 0 && !ranks.includes(rank)) {
      throw new PhotodoodleError(
        'BadLora',
        `${module} has rank ${rank}, where the adapter_config.json beside the LoRA says ${ranks.join(' or ')}.`,
        'It belongs to another LoRA: move it away, or put the right one there.',
      )
    }
    return scale(module, rank)
  }
}

/**
 * PEFT's rules, src/peft/tuners/lora: alpha / rank, or alpha / sqrt(rank) with rsLoRA; alpha_pattern names layers with
 * an alpha of their own.
 */
function peftScale(setting: (name: string) => unknown): (module: string, rank: number) => number {
  const type = setting('peft_type')
  if (type !== undefined && type !== 'LORA') throw unsupported(`the kind ${JSON.stringify(type)}`)
  if (setting('use_dora') === true) throw unsupported('DoRA')
  const patterns = Object.entries(numbers(setting('alpha_pattern'), 'alpha_pattern'))
  const regular = patterns.find(([pattern]) => !/^[\w.]+$/.test(pattern))
  if (regular !== undefined) throw unsupported(`an alpha for all layers that match "${regular[0]}"`)
  const usual = setting('lora_alpha')
  const divisor = setting('use_rslora') === true ? Math.sqrt : (rank: number): number => rank
  return (module, rank) => {
    const own = patterns.find(([name]) => module === name || module.endsWith(`.${name}`))?.[1]
    const alpha = own ?? usual
    return typeof alpha === 'number' ? alpha / divisor(rank) : 1
  }
}

/** A table of numbers by layer name; empty where there is none. */
function numbers(value: unknown, name: string): Readonly<Record<string, number>> {
  if (value === undefined || value === null) return {}
  if (
    typeof value !== 'object' ||
    !Object.values(value).every((entry) => typeof entry === 'number' && Number.isFinite(entry))
  ) {
    throw new PhotodoodleError(
      'BadLora',
      `The LoRA's ${name} is not a table of numbers.`,
      'Download or export it again.',
    )
  }
  return value as Readonly<Record<string, number>>
}

/** What a LoRA file says it is. */
export interface LoraTitle {
  readonly name?: string
  /** The word it was trained with. */
  readonly trigger?: string
}

/** Where trainers write it: this project's, then modelspec (github.com/Stability-AI/ModelSpec), then kohya's. */
const NAME_KEYS = ['name', 'modelspec.title', 'ss_output_name']
const TRIGGER_KEYS = ['trigger', 'modelspec.trigger_phrase']
const MAX_TITLE = 80

/**
 * The name and trigger word in a LoRA's metadata, made fit for a screen: one line, at most 80 characters.
 * @param metadata a store's `config`
 */
export function loraTitle(metadata: unknown): LoraTitle {
  const first = (keys: readonly string[]): string | undefined =>
    keys.map((key) => line(property(metadata, key))).find((text) => text !== '')
  const name = first(NAME_KEYS)
  const trigger = first(TRIGGER_KEYS)
  return { ...(name !== undefined && { name }), ...(trigger !== undefined && { trigger }) }
}

/**
 * The model and version that a LoRA was trained for, as this project's trainer writes it: "nano 0.7.0"; undefined where
 * the file does not say.
 */
export function trainedFor(metadata: unknown): string | undefined {
  return line(property(metadata, 'base')) || undefined
}

/** What a style of a layer model wants alpha steepened by, 1 or more; undefined where the file does not say. */
export function alphaGainIn(metadata: unknown): number | undefined {
  const gain = Number(line(property(metadata, 'alpha_gain')) || Number.NaN)
  return gain >= 1 && gain <= 100 ? gain : undefined
}

const line = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .replace(/[\s\p{C}]+/gu, ' ')
        .trim()
        .slice(0, MAX_TITLE)
        .trimEnd()
    : ''

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PhotodoodleError(
      'BadLora',
      "The LoRA's lora_adapter_metadata is not valid JSON.",
      'Download or export it again.',
      { cause: error },
    )
  }
}

function unsupported(what: string): PhotodoodleError {
  return new PhotodoodleError(
    'BadLora',
    `The LoRA's metadata asks for ${what}, which is not supported.`,
    'Export it as a plain LoRA with its scale folded in.',
  )
}
