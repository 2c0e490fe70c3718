import { PhotodoodleError } from '../core/errors'

/**
 * The scale of a LoRA whose layers carry no alpha of their own. PEFT keeps alpha in the adapter's config, which newer
 * diffusers versions write into the file's metadata as `lora_adapter_metadata`; without it the scale is 1.
 * @param metadata a store's `config`
 * @returns scale for a layer of a given rank
 * @throws BadLora for scaling rules that are not supported, rather than using a wrong scale
 */
export function defaultScale(metadata: unknown): (rank: number) => number {
  const text = property(metadata, 'lora_adapter_metadata')
  if (typeof text !== 'string') return () => 1
  const peft = parse(text)
  const setting = (name: string): unknown => property(peft, `transformer.${name}`)
  if (setting('use_dora') === true) throw unsupported('DoRA')
  const pattern = setting('alpha_pattern')
  if (typeof pattern === 'object' && pattern !== null && Object.keys(pattern).length > 0) throw unsupported('a different alpha for each layer')
  const alpha = setting('lora_alpha')
  if (typeof alpha !== 'number') return () => 1
  return setting('use_rslora') === true ? (rank) => alpha / Math.sqrt(rank) : (rank) => alpha / rank
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
  const first = (keys: readonly string[]): string | undefined => keys.map((key) => line(property(metadata, key))).find((text) => text !== '')
  const name = first(NAME_KEYS)
  const trigger = first(TRIGGER_KEYS)
  return { ...(name !== undefined && { name }), ...(trigger !== undefined && { trigger }) }
}

const line = (value: unknown): string => (typeof value === 'string' ? value.replace(/[\s\p{C}]+/gu, ' ').trim().slice(0, MAX_TITLE).trimEnd() : '')

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PhotodoodleError('BadLora', 'The LoRA\'s lora_adapter_metadata is not valid JSON.', 'Download or export it again.', { cause: error })
  }
}

function unsupported(what: string): PhotodoodleError {
  return new PhotodoodleError('BadLora', `The LoRA's metadata asks for ${what}, which is not supported.`, 'Export it as a plain LoRA with its scale folded in.')
}
