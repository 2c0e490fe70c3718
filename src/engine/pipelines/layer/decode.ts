import type { Element } from '../../image/element'
import { layerPixels } from '../../models/codec'
import type { Edit, ElementPlan } from '../edit'
import type { LayerModelDescription } from '../model-description'
import type { StyleUse } from '../style-set'
import type { LayerLatents, LoadedLayer } from './parts'

/** Latents to pictures in their places. */
export async function decode(
  { styles }: Edit,
  drawn: readonly LayerLatents[],
  plans: readonly ElementPlan[],
  { parts: { codec }, model }: LoadedLayer,
): Promise<readonly Element[]> {
  const gain = alphaGainOf(model, styles)
  const elements: Element[] = []
  for (const [i, { latents, grid, place }] of drawn.entries()) {
    const { image, front } = layerPixels(await codec.decode(latents, grid), gain)
    elements.push({ ...image, front, place, ...plans[i] })
  }
  return elements
}

/** Of several hands the softest: none's own softness is lost. */
function alphaGainOf({ codec, styles }: LayerModelDescription, uses: readonly StyleUse[]): number {
  const gains = uses
    .filter(({ strength }) => strength !== 0)
    .map(({ id }) => styles.find((style) => style.id === id)?.alphaGain ?? codec.alphaGain)
  return gains.length === 0 ? codec.alphaGain : Math.min(...gains)
}
