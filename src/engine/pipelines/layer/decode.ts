import type { Element } from '../../image/element'
import { layerPixels } from '../../models/codec'
import type { ElementPlan } from '../edit'
import type { LayerLatents, LoadedLayer } from './parts'

/** Latents to pictures in their places. */
export async function decode(
  drawn: readonly LayerLatents[],
  plans: readonly ElementPlan[],
  { parts: { codec } }: LoadedLayer,
): Promise<readonly Element[]> {
  const elements: Element[] = []
  for (const [i, { latents, grid, place }] of drawn.entries()) {
    const { image, front } = layerPixels(await codec.decode(latents, grid))
    elements.push({ ...image, front, place, ...plans[i] })
  }
  return elements
}
