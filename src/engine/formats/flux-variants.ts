/** What a checkpoint of weights is, told from its names and shapes. */
interface Variant {
  /** As people call it, e.g. "FLUX.1 Fill". */
  readonly name: string
  /** Whether PhotoDoodle's way of drawing works on it. */
  readonly usable: boolean
  /** Completes "It ..." : why not, or what is different. */
  readonly note: string
}

/** What is asked of a store; shapes may be missing. */
interface Index {
  names(): readonly string[]
  info(name: string): { readonly shape: readonly number[] }
}

const DEV_CHANNELS = 64

/** Names that only one kind of model has. */
const BY_NAME: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/(?:^|\.)redux_(?:up|down)\./, 'FLUX.1 Redux, an adapter for pictures as prompts'],
  [/(?:^|\.)distilled_guidance_layer\./, 'Chroma'],
  [/(?:^|\.)double_stream_modulation_img\./, 'FLUX.2'],
  [/(?:^|\.)controlnet_(?:blocks|x_embedder)/, 'a ControlNet'],
  [/(?:^|\.)joint_blocks\.\d+\./, 'Stable Diffusion 3'],
  [/^model\.diffusion_model\.input_blocks\.|^(?:unet\.)?(?:down|mid)_blocks?\./, 'Stable Diffusion 1, 2 or XL'],
  [/(?:^|\.)transformer_blocks\.\d+\.(?:img_mod|txt_mod)\./, 'Qwen-Image'],
  [/(?:^|\.)blocks\.\d+\.cross_attn\./, 'Wan'],
  [/\.(?:lora_(?:A|B|up|down)|lokr_w1|hada_w1_a|oft_blocks)\b/, 'a LoRA, not a checkpoint'],
]

/**
 * @param store under any names
 * @param hints what else may tell: file names, metadata. FLUX.1 Kontext has the shapes of FLUX.1-dev to the last one
 * @returns undefined for weights that are of none of the known models
 */
export function variantOf(store: Index, hints: readonly string[] = []): Variant | undefined {
  const names = store.names()
  const embedder = names.find((name) => /(?:^|\.)(?:img_in|x_embedder)\.weight$/.test(name))
  const other = BY_NAME.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1]
  if (other !== undefined) return { name: other, usable: false, note: 'is another model than FLUX.1-dev' }
  if (
    embedder === undefined ||
    !names.some((name) =>
      /(?:^|\.)(?:double_blocks|single_blocks|transformer_blocks|single_transformer_blocks)\.\d+\./.test(name),
    )
  )
    return undefined
  const channels = store.info(embedder).shape[1] ?? 0
  const guided = names.some((name) => /(?:^|\.)(?:guidance_in\.|time_text_embed\.guidance_embedder\.)/.test(name))
  if (channels === 6 * DEV_CHANNELS)
    return {
      name: 'FLUX.1 Fill',
      usable: false,
      note: 'takes a mask and a masked picture beside the noise, 384 channels where FLUX.1-dev has 64',
    }
  if (channels === 2 * DEV_CHANNELS)
    return {
      name: 'FLUX.1 Canny or Depth',
      usable: false,
      note: 'takes a control picture beside the noise, 128 channels where FLUX.1-dev has 64',
    }
  if (hints.some((hint) => /kontext/i.test(hint))) {
    return {
      name: 'FLUX.1 Kontext',
      usable: false,
      note: "has FLUX.1-dev's shapes but was trained to read a photo in another way than PhotoDoodle does",
    }
  }
  if (!guided)
    return {
      name: 'FLUX.1-schnell',
      usable: true,
      note: "has no guidance and was distilled to four steps; PhotoDoodle's styles were trained on FLUX.1-dev",
    }
  return { name: 'FLUX.1-dev', usable: true, note: 'is what PhotoDoodle was trained on' }
}
