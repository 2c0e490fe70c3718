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
 * diffusers / PEFT writes lora_A and lora_B (with an adapter's name in some files), kohya lora_down and lora_up, older
 * diffusers lora.down and lora.up, XLabs a module that ends in _lora, _lora1 or _lora2 with down and up.
 */
const DOWN = String.raw`lora_A|lora_down|lora\.down|(?<=_lora[12]?\.)down`
const UP = String.raw`lora_B|lora_up|lora\.up|(?<=_lora[12]?\.)up`
const ROLE = new RegExp(String.raw`^(?<module>.+)\.(?:(?<a>${DOWN})|(?<b>${UP}))(?:\.(?!weight$)[\w-]+)?\.weight$`)
const ALPHA = /^(?<module>.+)\.alpha$/

/** What trainers, front ends and PEFT put before a module's name, in any order and number. */
const PREFIXES = ['base_model.model.', 'model.diffusion_model.', 'diffusion_model.', 'transformer.']
/** kohya and its relatives write dots as underscores after one of these. */
const FLAT_PREFIXES = ['lora_unet_', 'lora_transformer_', 'lycoris_']

/** What torch.compile, DDP, FSDP and activation checkpointing put around a module, wherever it is in the network. */
const WRAPPERS = /(?<=^|\.)(?:_orig_mod|module|_fsdp_wrapped_module|_checkpoint_wrapped_module)\./g
/** The same where dots are underscores; the module's own name, before which it stands, begins without one. */
const FLAT_WRAPPERS = /_orig_mod_|_fsdp_wrapped_module_|_checkpoint_wrapped_module_|^module_/g

/**
 * XLabs' processors (github.com/XLabs-AI/x-flux, src/flux/modules/layers.py): 1 is the picture's stream, 2 the text's.
 */
const XLABS_DOUBLE = {
  qkv_lora1: 'img_attn.qkv',
  proj_lora1: 'img_attn.proj',
  qkv_lora2: 'txt_attn.qkv',
  proj_lora2: 'txt_attn.proj',
}

/** Keys that change a text encoder: kohya's, diffusers' and PEFT's names for CLIP and T5. */
const TEXT_ENCODER = new RegExp(
  [
    String.raw`^(?:lora_te\d?[_.]|lora_(?:clip|t5)_|te\d?_(?:text_model|encoder)_`,
    String.raw`text_encoders?(?:_\d)?\.|(?:clip_l|t5xxl|text_model)\.)`,
  ].join('|'),
)
/**
 * Layers that text encoders have and the transformer has not; a PEFT adapter of CLIP alone has no prefix that says so.
 */
const TEXT_ENCODER_LAYERS = /(?:^|\.)(?:text_model\.encoder\.layers|encoder\.block)\.\d+\./

/** Keys of adapters that are no LoRA of the transformer's linears, and what to say of them. */
const OTHER_KINDS: readonly (readonly [pattern: RegExp, what: string, remedy: string])[] = [
  [
    /\.(?:dora_scale|lora_magnitude_vector)\b/,
    'is a DoRA, whose magnitudes this app does not apply',
    'Export or train it as a plain LoRA.',
  ],
  [/\.lokr_(?:w\d|t\d)/, 'is a LoKr, which is not a low-rank pair of matrices', 'Convert it to a plain LoRA.'],
  [/\.hada_(?:w|t)\d/, 'is a LoHa, which is not a low-rank pair of matrices', 'Convert it to a plain LoRA.'],
  [
    /\.(?:oft_(?:blocks|diag|R)|boft_(?:R|s))\b/,
    'is an OFT, which turns weights instead of adding to them',
    'Convert it to a plain LoRA, or train one.',
  ],
  [
    /\.vera_lambda_[bd]\b/,
    'is a VeRA, whose matrices are not in the file',
    'Convert it to a plain LoRA, or train one.',
  ],
  [/\.(?:ia3_l|on_input)\b/, 'is an IA3, which scales activations instead of adding to weights', 'Train a plain LoRA.'],
  [/\.lora_mid\b/, 'is a LoCon in Tucker form, with three matrices for a layer', 'Convert it to a plain LoRA.'],
  [
    /\.(?:diff|diff_b|set_weight)$/,
    'holds whole weights beside its matrices, which this app does not apply',
    'Export it as a plain LoRA.',
  ],
  [
    /\.(?:query_norm|key_norm)\.scale$|\.norm_(?:added_)?[qk]\.weight$/,
    "also changes norms, as FLUX.1's Control LoRAs (Canny, Depth) do",
    'Use a LoRA of the linears alone.',
  ],
  [
    /^(?:lora_unet_(?:down|mid|up|input|middle|output)_block|(?:unet\.)?(?:down|mid|up)_blocks\.)/,
    'is for a Stable Diffusion model',
    'Use a LoRA for this model.',
  ],
  [
    /\.lora_(?:B|up)\.bias$/,
    'has biases beside its matrices, which this app does not apply',
    'Train it without biases.',
  ],
]

/** What another kind of adapter than a plain LoRA says of itself by a key; undefined when the key says nothing. */
export function otherKind(key: string): { readonly what: string; readonly remedy: string } | undefined {
  const [, what, remedy] = OTHER_KINDS.find(([pattern]) => pattern.test(key)) ?? []
  return what === undefined || remedy === undefined ? undefined : { what, remedy }
}

/** Whether a key changes a text encoder, which no LoRA does here: such keys are left out and named. */
export function isTextEncoderKey(key: string): boolean {
  const bare = stripPrefixes(key)
  return TEXT_ENCODER.test(bare) || TEXT_ENCODER_LAYERS.test(bare)
}

/** A key without what wraps it; two keys of the same thing give the same text. */
export function stripPrefixes(key: string): string {
  let name = key.replace(WRAPPERS, '')
  for (let before = ''; before !== name;) {
    before = name
    for (const prefix of PREFIXES) if (name.startsWith(prefix)) name = name.slice(prefix.length)
  }
  return name
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
    const name = stripPrefixes(module)
    const flatPrefix = FLAT_PREFIXES.find((prefix) => name.startsWith(prefix))
    // Some trainers leave an underscore where a dot was cut off: lora_unet_proj_out_.lora_up.weight.
    if (flatPrefix !== undefined)
      return flat.get(name.slice(flatPrefix.length).replace(FLAT_WRAPPERS, '').replace(/_+$/, ''))
    return dotted.get(name.replace(/_+$/, ''))
  }
}

function xlabs(linear: FluxLinear, hidden: number): [string, LoraTarget][] {
  const [, block, name] = /^((?:double|single)_blocks\.\d+)\.(.+)$/.exec(linear.name) ?? []
  const target = { linear: { ...linear, swapHalves: false }, row: 0, rows: linear.out }
  // A single block's qkv are the first rows of its linear1.
  if (name === 'linear1') return [[`${block}.processor.qkv_lora`, { ...target, rows: 3 * hidden }]]
  if (name === 'linear2') return [[`${block}.processor.proj_lora`, target]]
  return Object.entries(XLABS_DOUBLE).flatMap(([processor, linearName]) =>
    linearName === name ? [[`${block}.processor.${processor}`, target]] : [],
  )
}
