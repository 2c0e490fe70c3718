import type { Element } from '../../image/element'
import { layerPixels } from '../../models/codec'
import type { Edit, ElementPlan } from '../edit'
import type { LayerLatents, LoadedLayer } from './parts'

/** Latents to pictures in their places. */
export async function decode(
  { styles }: Edit,
  drawn: readonly LayerLatents[],
  plans: readonly ElementPlan[],
  { parts: { codec }, model, styles: hands }: LoadedLayer,
): Promise<readonly Element[]> {
  const gain = hands.alphaGain(styles) ?? model.codec.alphaGain
  const elements: Element[] = []
  for (const [i, { latents, grid, place }] of drawn.entries()) {
    const { image, front } = layerPixels(await codec.decode(latents, grid), gain)
    elements.push({ ...image, front, place, ...plans[i] })
  }
  return elements
}
