import { fluxLinears, type FluxLinear, type FluxSizes } from '../formats/flux-layers'

/** What a key of a LoRA file stands for. */
export type LoraRole = 'a' | 'b' | 'alpha'

/** The rows of one linear that a LoRA changes. */
export interface LoraTarget {
  readonly linear: FluxLinear
  readonly row: number
  readonly rows: number
}

/**
 * diffusers / PEFT writes lora_A and lora_B (with an adapter's name in some files), kohya lora_down and lora_up, older diffusers
 * lora.down and lora.up, XLabs a module that ends in _lora, _lora1 or _lora2 with down and up.
 */
const ROLE = /^(?<module>.+)\.(?:(?<a>lora_A|lora_down|lora\.down|(?<=_lora[12]?\.)down)|(?<b>lora_B|lora_up|lora\.up|(?<=_lora[12]?\.)up))(?:\.(?!weight$)[\w-]+)?\.weight$/
const ALPHA = /^(?<module>.+)\.alpha$/

/** Wrappers that trainers and front ends put before a module's name. */
const PREFIXES = ['base_model.model.', 'model.diffusion_model.', 'diffusion_model.', 'transformer.']
/** kohya and its relatives write dots as underscores after one of these. */
const FLAT_PREFIXES = ['lora_unet_', 'lora_transformer_']

/** XLabs' processors (github.com/XLabs-AI/x-flux, src/flux/modules/layers.py): 1 is the picture's stream, 2 the text's. */
const XLABS_DOUBLE = { qkv_lora1: 'img_attn.qkv', proj_lora1: 'img_attn.proj', qkv_lora2: 'txt_attn.qkv', proj_lora2: 'txt_attn.proj' }

/** Keys of adapters that are no LoRA of the transformer's linears, and what to say of them. */
const OTHER_KINDS: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  [/\.(?:dora_scale|lora_magnitude_vector)\b/, 'is a DoRA, whose magnitudes this app does not apply', 'Export or train it as a plain LoRA.'],
  [/\.lokr_w\d/, 'is a LoKr, which is not a low-rank pair of matrices', 'Convert it to a plain LoRA.'],
  [/\.hada_w\d/, 'is a LoHa, which is not a low-rank pair of matrices', 'Convert it to a plain LoRA.'],
  [/^(?:lora_te\d?_|text_encoder(?:_\d)?\.|lora_te\d?\.)/, 'also changes a text encoder, which stays as it is here', 'Export or train it for the transformer alone.'],
  [/^(?:lora_unet_(?:down|mid|up|input|middle|output)_block|(?:unet\.)?(?:down|mid|up)_blocks\.)/, 'is for a Stable Diffusion model', 'Use a LoRA for this model.'],
  [/\.lora_(?:B|up)\.bias$/, 'has biases beside its matrices, which this app does not apply', 'Train it without biases.'],
]

/** What another kind of adapter than a plain LoRA says of itself by a key; undefined when the key says nothing. */
export function otherKind(key: string): { readonly what: string; readonly remedy: string } | undefined {
  const [, what, remedy] = OTHER_KINDS.find(([pattern]) => pattern.test(key)) ?? []
  return what === undefined || remedy === undefined ? undefined : { what, remedy }
}

/** The module a key speaks of and what it holds of it; undefined for a key that is none of LoRA's. */
export function parseLoraKey(key: string): { readonly module: string; readonly role: LoraRole } | undefined {
  const matrix = ROLE.exec(key)?.groups
  if (matrix?.['module'] !== undefined) return { module: matrix['module'], role: matrix['a'] === undefined ? 'b' : 'a' }
  const alpha = ALPHA.exec(key)?.groups
  return alpha?.['module'] === undefined ? undefined : { module: alpha['module'], role: 'alpha' }
}

/** @returns a look-up from a file's module name, in any of the known spellings, to the rows it changes */
export function loraTargets(sizes: FluxSizes): (module: string) => LoraTarget | undefined {
  const dotted = new Map<string, LoraTarget>()
  for (const linear of fluxLinears(sizes)) {
    dotted.set(linear.name, { linear: { ...linear, swapHalves: false }, row: 0, rows: linear.out })
    for (const part of linear.parts) dotted.set(part.name, { linear, row: part.row, rows: part.rows })
    for (const [name, target] of xlabs(linear, sizes.hidden_size)) dotted.set(name, target)
  }
  const flat = new Map([...dotted].map(([name, target]) => [name.replaceAll('.', '_'), target]))
  return (module) => {
    const flatPrefix = FLAT_PREFIXES.find((prefix) => module.startsWith(prefix))
    if (flatPrefix !== undefined) return flat.get(module.slice(flatPrefix.length))
    let name = module
    for (const prefix of PREFIXES) if (name.startsWith(prefix)) name = name.slice(prefix.length)
    return dotted.get(name)
  }
}

function xlabs(linear: FluxLinear, hidden: number): [string, LoraTarget][] {
  const [, block, name] = /^((?:double|single)_blocks\.\d+)\.(.+)$/.exec(linear.name) ?? []
  const target = { linear: { ...linear, swapHalves: false }, row: 0, rows: linear.out }
  // A single block's qkv are the first rows of its linear1.
  if (name === 'linear1') return [[`${block}.processor.qkv_lora`, { ...target, rows: 3 * hidden }]]
  if (name === 'linear2') return [[`${block}.processor.proj_lora`, target]]
  return Object.entries(XLABS_DOUBLE).flatMap(([processor, linearName]) => (linearName === name ? [[`${block}.processor.${processor}`, target]] : []))
}
