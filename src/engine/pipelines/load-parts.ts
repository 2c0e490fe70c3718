/** Opens each part a model description names. A new kind of part is one more branch here and one folder in models/. */
import type { FileTree } from '../core/byte-source'
import { openManifest } from '../formats/manifest'
import { readLora } from '../lora/read-lora'
import { openMiniLM } from '../models/minilm'
import type { TextEncoder } from '../models/minilm'
import type { TransformerConfig } from '../models/transformer/config'
import { editLoraTargets } from '../models/transformer/weights'
import type { Autoencoder } from '../models/vae/autoencoder'
import { openAutoencoderKL, parseAutoencoderKLConfig } from '../models/vae/autoencoder-kl'
import { openTaef1 } from '../models/vae/taef1'
import { TransformerDenoiser, type Denoiser } from '../runtime/denoiser'
import type { Runtime } from '../runtime/runtime'
import { FluxTextEncoder } from './flux-text-encoder'
import type { ModelDescription } from './model-description'

export async function loadTextEncoder({ textEncoder, execution }: ModelDescription, tree: FileTree, runtime: Runtime): Promise<TextEncoder> {
  switch (textEncoder.kind) {
    case 'minilm':
      return openMiniLM(tree, textEncoder.path, runtime, textEncoder.maxTokens)
    case 'clip-t5':
      return FluxTextEncoder.open(tree, textEncoder, runtime, { execution })
  }
}

export async function loadAutoencoder({ autoencoder }: ModelDescription, tree: FileTree, runtime: Runtime): Promise<Autoencoder> {
  const store = await openManifest(tree, autoencoder.path)
  switch (autoencoder.kind) {
    case 'taef1':
      return openTaef1(store, runtime)
    case 'autoencoder-kl':
      return openAutoencoderKL(store, parseAutoencoderKLConfig(store.config), runtime)
  }
}

/** The low-rank branches that the model's own styles need are there from the start, so that no style rebuilds a session. */
export async function loadDenoiser(model: ModelDescription, config: TransformerConfig, tree: FileTree, runtime: Runtime): Promise<Denoiser> {
  const store = await openManifest(tree, model.transformer.path)
  const adapted = new Set(editLoraTargets(config))
  const [style] = model.styles
  if (style !== undefined) {
    const { layers } = await readLora(await openManifest(tree, style.path), config)
    for (const linear of layers.keys()) adapted.add(linear)
  }
  return TransformerDenoiser.create(runtime, store, config, { execution: model.execution, prediction: model.prediction, adapted: [...adapted] })
}
