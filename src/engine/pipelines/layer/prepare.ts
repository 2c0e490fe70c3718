import type { Matte } from '../../image/matte'
import { matteOver } from '../../models/matte'
import type { EditOptions } from '../edit'
import type { LayerParts, MattingModel, SpannedText, Subject } from './parts'

/** What an edit begins with: the words read, and the photo's subject found. */
export interface Prepared {
  readonly text: SpannedText
  readonly subject: Subject
  /** The subject at the size of the picture that is drawn on. */
  readonly matte: Matte
}

/** @param instruction whose layout is wanted */
export async function prepare({ photo, subject }: EditOptions, instruction: string, { text }: Pick<LayerParts, 'text'>, matting: MattingModel): Promise<Prepared> {
  const known = subject ?? await matting.find(photo)
  return { text: await text.encode(instruction), subject: known, matte: matteOver(known, photo) }
}
