import type { FileTree } from '../core/byte-source'
import { PhotodoodleError } from '../core/errors'
import { tensor, type Tensor } from '../core/tensor'
import { openClip, type ClipTextModel } from '../models/clip'
import type { EncodedText, TextEncoder } from '../models/minilm'
import { openT5 } from '../models/t5'
import { encodeText, type EncodeOptions } from '../runtime/network/encode-text'
import type { Runtime } from '../runtime/runtime'
import type { TextModelDescription } from './model-description'

/** Texts whose states are kept; one takes 8 MB with T5-XXL. */
const REMEMBERED = 8

type Opened<T extends (...args: never[]) => unknown> = Awaited<ReturnType<T>>

/**
 * FLUX.1's two text encoders behind one: CLIP-L's pooled vector and T5's token states, padding included, as diffusers'
 * FluxPipeline makes them. Weights are read when a text is, one encoder after the other, and leave the provider
 * afterwards.
 * The latest texts' results are kept.
 */
export class FluxTextEncoder implements TextEncoder {
  private readonly remembered = new Map<string, Promise<EncodedText>>()

  private constructor(
    private readonly runtime: Runtime,
    private readonly clip: Opened<typeof openClip>,
    private readonly t5: Opened<typeof openT5>,
    private readonly lengths: { readonly clip: number; readonly t5: number },
    private readonly options: EncodeOptions,
  ) {}

  /**
   * @param folders `clip` has a manifest, vocab.json and merges.txt; `t5` a manifest and tokenizer.json. Both texts are
   *   padded or cut to
   *   their maxTokens, 77 and 512 in FLUX.1-dev
   * @throws MissingFile, BadManifest, BadModel, MissingWeight, ShapeMismatch
   */
  static async open(
    tree: FileTree,
    folders: Readonly<Record<'clip' | 't5', TextModelDescription>>,
    runtime: Runtime,
    options: EncodeOptions,
  ): Promise<FluxTextEncoder> {
    const clip = await openClip(tree, folders.clip.path)
    const lengths = { clip: folders.clip.maxTokens, t5: folders.t5.maxTokens }
    const { max_position_embeddings: positions } = clip.model.config
    if (lengths.clip > positions)
      throw new PhotodoodleError(
        'BadModel',
        `CLIP reads ${positions} tokens, the model asks for ${lengths.clip}.`,
        'Fix text_encoder.clip.max_tokens in model.json.',
      )
    return new FluxTextEncoder(runtime, clip, await openT5(tree, folders.t5.path), lengths, options)
  }

  /**
   * @returns txt [T5's maxTokens, d_model] and pooled [CLIP's hidden]. `tokens` counts T5's without padding;
   *   `truncated` is about
   *   them too: CLIP reads the first 77 tokens of any text, as in the reference
   * @throws BadShard, MissingFile, RuntimeFailed, OutOfMemory, DeviceLost
   */
  encode(text: string): Promise<EncodedText> {
    const encoded = this.remembered.get(text) ?? this.compute(text)
    // Put at the end again: the first is the one not asked for the longest.
    this.remembered.delete(text)
    this.remembered.set(text, encoded)
    encoded.catch(() => this.remembered.delete(text))
    const [oldest] = this.remembered.keys()
    if (this.remembered.size > REMEMBERED && oldest !== undefined) this.remembered.delete(oldest)
    return encoded
  }

  dispose(): Promise<void> {
    this.remembered.clear()
    return Promise.resolve()
  }

  private async compute(text: string): Promise<EncodedText> {
    const { model, tokenizer } = this.clip
    const pooled = await pooledText(
      this.runtime,
      model,
      tokenizer.encodeFixed(text, this.lengths.clip).ids,
      tokenizer.end,
      this.options,
    )
    const { ids, tokens, truncated } = this.t5.tokenizer.encodeFixed(text, this.lengths.t5)
    return { txt: await encodeText(this.runtime, this.t5.model, ids, this.options), pooled, tokens, truncated }
  }
}

/**
 * CLIP's summary of a text: the last layer's state of the first end token, after the final norm; [hidden].
 * Attention is causal, so what follows that token, padding included, cannot change it and is left out.
 * @param ids with `end` among them
 */
export async function pooledText(
  runtime: Runtime,
  model: ClipTextModel,
  ids: readonly number[],
  end: number,
  options: EncodeOptions,
): Promise<Tensor> {
  const { data } = await encodeText(runtime, model, ids.slice(0, ids.indexOf(end) + 1), options)
  const hidden = model.config.hidden_size
  return tensor([hidden], data.slice(-hidden))
}
