import { compositeOver, coverage } from '../image/composite'
import { elementsLayer, visibleShare } from '../image/element'
import { matteOver } from '../models/matte'
import type { Drawn, Edit, EditOutcome } from './edit'

/** Share of an element's own pixels that is seen, below which a doodle is empty: twenty opaque pixels of 192 x 192. */
const EMPTY = 5e-4

/** The elements under the subject's matte and inside the region, at the photo's size and over it. */
export function composite(
  { photo, region }: Pick<Edit, 'photo' | 'region'>,
  { elements, subject }: Drawn,
): Pick<EditOutcome, 'layer' | 'result' | 'coverage'> {
  const layer = elementsLayer(elements, photo, subject && matteOver(subject, photo), region)
  return { layer, result: compositeOver(photo, layer), coverage: coverage(layer) }
}

/** Whether next to nothing can be seen of the elements, where they may be. */
export function isEmpty({ region }: Pick<Edit, 'region'>, { elements, subject }: Drawn): boolean {
  return elements.every((element) => visibleShare(element, subject?.matte, region) < EMPTY)
}
