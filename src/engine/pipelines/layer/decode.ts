import type { Element } from '../../image/element'
import { crispAlpha, crispColours, LAYER_PATCH, layerPixels, smoothSeams } from '../../models/codec'
import type { Edit, ElementPlan } from '../edit'
import type { LayerLatents, LoadedLayer } from './parts'

/** Latents to pictures in their places. */
export async function decode(
  { styles }: Edit,
  drawn: readonly LayerLatents[],
  plans: readonly ElementPlan[],
  { parts: { codec }, model, styles: hands }: LoadedLayer,
): Promise<readonly Element[]> {
  const own = hands.alphaGain(styles) ?? model.codec.alphaGain
  const elements: Element[] = []
  for (const [i, { latents, grid, place }] of drawn.entries()) {
    const layer = crispColours(smoothSeams(await codec.decode(latents, grid), LAYER_PATCH))
    // Outlines and frames are drawn alike in nearly all hands.
    const gain = plans[i]?.kind === 'whole' ? model.codec.alphaGain : own
    const { image, front } = layerPixels(gain === 1 ? crispAlpha(layer) : layer, gain)
    elements.push({ ...image, front, place, ...plans[i] })
  }
  return elements
}
