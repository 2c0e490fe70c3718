import type { FileTree } from '../core/byte-source'
import type { Adapter } from '../lora/adapter'
import { readLayerLora, type LayerAdapter } from '../lora/layer-lora'
import { readLora } from '../lora/read-lora'
import { parseTransformerConfig } from '../models/transformer/config'
import type { LayerParts } from './layer/parts'
import type { LayerModelDescription, VelocityModelDescription } from './model-description'
import { StyleSet } from './style-set'
import type { VelocityParts } from './velocity/parts'

/** The styles of a model with one transformer. */
export function velocityStyles(
  model: VelocityModelDescription,
  tree: FileTree,
  { denoiser }: Pick<VelocityParts, 'denoiser'>,
): StyleSet<Adapter> {
  const config = parseTransformerConfig(model.transformer.config)
  return new StyleSet(
    model,
    tree,
    (store) => readLora(store, config),
    (list) => denoiser.setAdapters(list),
  )
}

/** The styles of a model that lays out and draws: each changes both networks. */
export function layerStyles(
  model: LayerModelDescription,
  tree: FileTree,
  { drawing, layout }: Pick<LayerParts, 'drawing' | 'layout'>,
): StyleSet<LayerAdapter> {
  const sizes = { drawing: drawing.config, layout: layout.config }
  return new StyleSet(
    model,
    tree,
    (store) => readLayerLora(store, sizes, model),
    async (list) => {
      await drawing.setAdapters(list.map(({ adapter, strength }) => ({ adapter: adapter.drawing, strength })))
      await layout.setAdapters(list.map(({ adapter, strength }) => ({ adapter: adapter.layout, strength })))
    },
  )
}
