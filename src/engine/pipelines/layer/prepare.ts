import type { Matte } from '../../image/matte'
import { matteOver, type Subject } from '../../models/matte'
import type { Edit } from '../edit'
import type { LoadedLayer, SpannedText } from './parts'

/** What an edit begins with: the words read, and the photo's subject found. */
export interface Prepared {
  /** What `text` was read from: the former instruction, while a word is changed. */
  readonly read: string
  readonly text: SpannedText
  readonly subject: Subject
  /** The subject at the size of the picture that is drawn on. */
  readonly matte: Matte
}

export async function prepare(
  { photo, subject, matte, styles, instruction, layoutOf: read = instruction }: Edit,
  loaded: LoadedLayer,
): Promise<Prepared> {
  await loaded.styles.use(styles)
  const found = subject ?? (await loaded.matting.find(photo))
  const known =
    matte === undefined
      ? found
      : {
          features: found.features,
          heads: found.heads,
          matte: { width: matte.width, height: matte.height, alpha: matte.data },
        }
  return { read, text: await loaded.parts.text.encode(read), subject: known, matte: matteOver(known, photo) }
}
