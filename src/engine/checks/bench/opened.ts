import type { FileTree } from '../../core/byte-source'
import { PhotodoodleError } from '../../core/errors'
import { openManifest } from '../../formats/manifest'
import { openCodec, type Codec } from '../../models/codec'
import { parseConditionedConfig } from '../../models/conditioned/config'
import { conditionedLoraTargets } from '../../models/conditioned/weights'
import { SubjectMatte } from '../../models/matte'
import { openMiniLM, type SpannedTextEncoder } from '../../models/minilm'
import { Drawing } from '../../pipelines/layer/drawing-model'
import { Layout } from '../../pipelines/layer/layout-model'
import { readModelDescription, type LayerModelDescription } from '../../pipelines/model-description'
import { PhotoDoodle } from '../../pipelines/photo-doodle'
import { ConditionedNetwork } from '../../runtime/network/conditioned-network'
import type { Runtime } from '../../runtime/runtime'
import { costOf, type Clock, type Cost } from './clock'

/** A layer model with the networks inside its parts in reach, and what opening each of them cost. */
export interface Opened {
  readonly model: LayerModelDescription
  readonly engine: PhotoDoodle
  readonly matting: SubjectMatte
  readonly text: SpannedTextEncoder
  readonly codec: Codec
  readonly networks: { readonly layout: ConditionedNetwork; readonly drawing: ConditionedNetwork }
  readonly layout: Layout
  readonly drawing: Drawing
  readonly opening: Readonly<Record<'text' | 'layout' | 'drawing' | 'codec' | 'matte', Cost>>
  close(): Promise<void>
}

/** @throws BadRequest for a model that predicts no layers, and whatever opening throws */
export async function openParts(tree: FileTree, matte: FileTree, runtime: Runtime, clock: Clock): Promise<Opened> {
  const model = await readModelDescription(await tree.open('model.json'))
  if (model.prediction !== 'layer')
    throw new PhotodoodleError(
      'BadRequest',
      `${model.name} predicts no layers, whose stages are timed here.`,
      'Time its blocks with bench --flux-blocks, or give another model folder.',
    )
  const opening: Record<string, Cost> = {}
  const timed = async <T>(name: string, open: () => Promise<T>): Promise<T> => {
    let opened: T | undefined
    opening[name] = await costOf(clock, async () => (opened = await open()))
    return opened!
  }
  const network = async ({ path, config: source }: LayerModelDescription['layout' | 'drawing']) => {
    const config = parseConditionedConfig(source)
    const adapted = conditionedLoraTargets(config)
    return ConditionedNetwork.create(runtime, await openManifest(tree, path), config, { adapted })
  }
  const { textEncoder } = model
  const text = await timed('text', () => openMiniLM(tree, textEncoder.path, runtime, textEncoder.maxTokens))
  const codec = await timed('codec', async () => openCodec(await openManifest(tree, model.codec.path), runtime))
  const networks = {
    layout: await timed('layout', () => network(model.layout)),
    drawing: await timed('drawing', () => network(model.drawing)),
  }
  const matting = await timed('matte', () => SubjectMatte.load(matte, runtime))
  const layout = new Layout(networks.layout.config, networks.layout, model.layout)
  const drawing = new Drawing(networks.drawing.config, networks.drawing, codec, model.drawing.shift)
  const engine = PhotoDoodle.ofLayerParts(model, { text, layout, drawing, codec }, tree, matting)
  const close = async (): Promise<void> => {
    await engine.dispose()
    await matting.dispose()
  }
  const costs = opening as Opened['opening']
  return { model, engine, matting, text, codec, networks, layout, drawing, opening: costs, close }
}
