/** Opens each part a model description names. A new kind of part is one more branch here and one folder in models/. */
import type { FileTree } from '../core/byte-source'
import { openManifest } from '../formats/manifest'
import { readLora } from '../lora/read-lora'
import { openCodec } from '../models/codec'
import { parseConditionedConfig } from '../models/conditioned/config'
import { conditionedLoraTargets } from '../models/conditioned/weights'
import { SubjectMatte } from '../models/matte'
import { openMiniLM } from '../models/minilm'
import type { TextEncoder } from '../models/minilm'
import { parseTransformerConfig } from '../models/transformer/config'
import { editLoraTargets } from '../models/transformer/weights'
import type { Autoencoder } from '../models/vae/autoencoder'
import type { AutoencoderKLConfig } from '../models/vae/autoencoder-kl'
import type { Tiling } from '../models/vae/tiling'
import type { Denoiser, DenoiserOptions } from '../runtime/sampler/denoiser'
import type { Runtime } from '../runtime/runtime'
import { parseScheduler } from '../schedulers/flow-match-euler'
import { openDrawing } from './layer/drawing-model'
import { openLayout } from './layer/layout-model'
import type { LayerParts, MattingModel } from './layer/parts'
import type { LayerModelDescription, VelocityModelDescription } from './model-description'
import type { VelocityParts } from './velocity/parts'

export interface LoadOptions {
  /**
   * Most bytes of the transformer's weights and styles in memory at a time, for models that run in blocks; the rest is
   * streamed. Default: no limit.
   */
  readonly memoryBudget?: number
  /** In place of the model's own, see {@link VelocityModelDescription.precision}. */
  readonly precision?: DenoiserOptions['precision']
  /** Finds subjects, for models that predict layers; it is shared and outlives them. */
  readonly matting?: MattingModel
}

/** Opens all parts of a model that predicts a velocity. */
export async function loadVelocityParts(
  model: VelocityModelDescription,
  tree: FileTree,
  runtime: Runtime,
  options: LoadOptions = {},
): Promise<VelocityParts> {
  const text = await loadTextEncoder(model, tree, runtime)
  const autoencoder = await loadAutoencoder(model, tree, runtime)
  const denoiser = await loadDenoiser(model, tree, runtime, options)
  return { text, autoencoder, denoiser, scheduler: parseScheduler(model.scheduler) }
}

/**
 * Opens all parts of a model that predicts layers. The low-rank branches that its styles need are there from the start,
 * so that no
 * style rebuilds a session.
 */
export async function loadLayerParts(
  model: LayerModelDescription,
  tree: FileTree,
  runtime: Runtime,
): Promise<LayerParts> {
  const { textEncoder, layout, drawing } = model
  const codec = await openCodec(await openManifest(tree, model.codec.path), runtime)
  const adapted = (part: { readonly config: unknown }) => ({
    adapted: conditionedLoraTargets(parseConditionedConfig(part.config)),
  })
  return {
    text: await openMiniLM(tree, textEncoder.path, runtime, textEncoder.maxTokens),
    layout: await openLayout(tree, layout, runtime, adapted(layout)),
    drawing: await openDrawing(tree, drawing, codec, runtime, adapted(drawing)),
    codec,
  }
}

/** Opens the matting model. @param tree its own folder: it is a part of the app */
export const loadMatting = (tree: FileTree, runtime: Runtime): Promise<MattingModel> => SubjectMatte.load(tree, runtime)

export async function loadTextEncoder(
  { textEncoder, execution }: VelocityModelDescription,
  tree: FileTree,
  runtime: Runtime,
): Promise<TextEncoder> {
  switch (textEncoder.kind) {
    case 'minilm':
      return openMiniLM(tree, textEncoder.path, runtime, textEncoder.maxTokens)
    case 'clip-t5': {
      // CLIP, T5 and their tokenizers are no part of the first visit, which draws with the embedded model.
      const { FluxTextEncoder } = await import('./flux-text-encoder')
      return FluxTextEncoder.open(tree, textEncoder, runtime, { execution })
    }
  }
}

async function loadAutoencoder(
  { autoencoder, sequential }: VelocityModelDescription,
  tree: FileTree,
  runtime: Runtime,
): Promise<Autoencoder> {
  // No part of the first visit either, as the denoiser below is none.
  const { openAutoencoderKL, parseAutoencoderKLConfig } = await import('../models/vae/autoencoder-kl')
  const store = await openManifest(tree, autoencoder.path)
  const config = parseAutoencoderKLConfig(store.config)
  return openAutoencoderKL(store, config, runtime, { sequential, tiling: tilingFor(config, runtime) })
}

/**
 * Largest tile that is still quick and fits: 1024 pixels, 768 in wasm's heap of 4 GB, less where the GPU binds smaller
 * buffers.
 */
function tilingFor({ ch, ch_mult }: AutoencoderKLConfig, { provider, device }: Runtime): Tiling {
  const reduction = 2 ** (ch_mult.length - 1)
  const floats =
    device === undefined
      ? Number.POSITIVE_INFINITY
      : Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize) / 4
  // The largest values of a run: `ch` channels of every pixel, and attention among all latents.
  const bindable = Math.min(Math.sqrt(floats / ch), reduction * floats ** 0.25)
  const step = 8 * reduction
  const side = Math.max(step, step * Math.floor(Math.min(provider === 'wasm' ? 768 : 1024, bindable) / step))
  return { side, overlap: side / 4 }
}

/**
 * The low-rank branches that the model's own styles need are there from the start, so that no style rebuilds a session.
 */
async function loadDenoiser(
  model: VelocityModelDescription,
  tree: FileTree,
  runtime: Runtime,
  { memoryBudget = Number.POSITIVE_INFINITY, precision = model.precision }: LoadOptions,
): Promise<Denoiser> {
  const config = parseTransformerConfig(model.transformer.config)
  const store = await openManifest(tree, model.transformer.path)
  const adapted = new Set(editLoraTargets(config))
  const [style] = model.styles
  if (style !== undefined) {
    const { layers } = await readLora(await openManifest(tree, style.path), config)
    for (const linear of layers.keys()) adapted.add(linear)
  }
  const { execution, sequential } = model
  const { TransformerDenoiser } = await import('../runtime/sampler/denoiser')
  return TransformerDenoiser.create(runtime, store, config, {
    execution,
    sequential,
    precision,
    memoryBudget,
    adapted: [...adapted],
  })
}
