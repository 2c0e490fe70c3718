import type { EditOptions, ElementPlan } from '../edit'
import type { LayerLatents, LayerParts } from './parts'
import type { Prepared } from './prepare'

export interface DrawSettings {
  readonly steps: number
  readonly cfgScale: number
  /** Guidance acts while the noise level is above it. */
  readonly cfgAboveSigma: number
}

/** Every element from its own words, each on its own crop of what is seen. */
export async function draw(
  { photo, seed }: EditOptions, plans: readonly ElementPlan[], { matte }: Prepared, { text, drawing }: Pick<LayerParts, 'text' | 'drawing'>,
  { steps, cfgScale, cfgAboveSigma }: DrawSettings, onStep: (step: number) => Promise<void>,
): Promise<readonly LayerLatents[]> {
  if (plans.length === 0) return []
  const tasks = []
  for (const plan of plans) tasks.push({ plan, text: await text.encode(plan.words) })
  const negative = cfgScale === 1 ? undefined : await text.encode('')
  return drawing.draw({ photo, matte, tasks, seed, steps, guidance: { scale: cfgScale, aboveSigma: cfgAboveSigma, negative }, onStep })
}
