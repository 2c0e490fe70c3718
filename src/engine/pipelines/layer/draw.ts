import type { Edit, ElementPlan, OnStep } from '../edit'
import type { LayerLatents, LoadedLayer } from './parts'
import type { Prepared } from './prepare'

/** Every element from its own words, each on its own crop of what is seen. */
export async function draw(
  { photo, settings: { seed, steps, cfgScale } }: Edit,
  plans: readonly ElementPlan[],
  { matte }: Prepared,
  { parts: { text, drawing }, model }: LoadedLayer,
  onStep: OnStep,
): Promise<readonly LayerLatents[]> {
  if (plans.length === 0) return []
  const tasks = []
  for (const plan of plans) tasks.push({ plan, text: await text.encode(plan.words) })
  const negative = cfgScale === 1 ? undefined : await text.encode('')
  const guidance = { scale: cfgScale, aboveSigma: model.defaults.cfgAboveSigma, negative }
  return drawing.draw({ photo, matte, tasks, seed, steps, guidance, onStep })
}
