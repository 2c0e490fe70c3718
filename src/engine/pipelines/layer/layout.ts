import { placeOf, type Place } from '../../image/place'
import { placesWithin } from '../../image/places'
import { regionBox } from '../../image/region'
import type { Edit, ElementPlan, OnStep } from '../edit'
import { movedSpan } from './moved-span'
import type { LaidOut, LoadedLayer } from './parts'
import type { Prepared } from './prepare'

/** Added to a seed whose layout asked for no box: seeds are 32 bits wide, noise takes 53. */
const ANOTHER = 2 ** 32

/**
 * Where to draw what. The caller's elements count first. Else the layout model's; if it finds no box, once more from
 * other noise.
 * A painted region takes their place: one thing gets the region's own box, several share it as they shared the photo.
 * @returns none where nothing was found to draw
 */
export async function layout(
  { photo, instruction, region, elements, settings: { seed } }: Edit,
  { read, text, subject }: Prepared,
  { parts: { layout: model } }: LoadedLayer,
  onStep: OnStep,
): Promise<readonly ElementPlan[]> {
  if (elements !== undefined) return elements
  if (instruction.trim() === '') return []
  const input = { text, subject, aspect: photo.width / photo.height, onStep: () => onStep(0) }
  let found = await model.layout({ ...input, seed })
  if (found.length === 0) found = await model.layout({ ...input, seed: seed + ANOTHER })
  const plans = found.map((one): ElementPlan => planOf(one, read, instruction))
  const painted = region && regionBox(region, photo)
  if (painted === undefined) return plans
  const place = placeOf(painted, photo)
  // Whoever paints where to draw wants something there.
  if (plans.length === 0) return [{ box: place, kind: 'front', words: instruction.trim() }]
  return within(plans, place)
}

function planOf({ box, kind, words }: LaidOut, read: string, instruction: string): ElementPlan {
  const { start, end } = read === instruction ? words : movedSpan(words, read, instruction)
  // A pointer that pointed nowhere reads everything.
  return { box, kind, words: instruction.slice(start, end).trim() || instruction.trim() }
}

/** Things share the place as they shared the photo; what is drawn on the whole photo stays. */
function within(plans: readonly ElementPlan[], place: Place): readonly ElementPlan[] {
  const things = plans.filter(({ kind }) => kind !== 'whole')
  const boxes = placesWithin(
    things.map(({ box }) => box),
    place,
  )
  return plans.map((plan) => ({ ...plan, box: boxes[things.indexOf(plan)] ?? plan.box }))
}
