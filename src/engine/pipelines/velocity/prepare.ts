import type { Tensor } from '../../core/tensor'
import { fitSize, tokensFor, type FittedSize } from '../../image/fit-size'
import { toTensor } from '../../image/tensor-image'
import type { EncodedText } from '../../models/minilm'
import type { Edit } from '../edit'
import type { LoadedVelocity } from './parts'

export interface PreparedSource {
  /** What the text encoder read. */
  readonly prompt: string
  readonly text: EncodedText
  /** The former instruction, whose layout is kept. */
  readonly former: EncodedText | undefined
  /** The empty instruction, for classifier-free guidance. */
  readonly negative: EncodedText | undefined
  readonly size: FittedSize
  /** Clean latents of the photo [C, h, w]. */
  readonly source: Tensor
}

/** Words to text states, photo to source latents. */
export async function prepare(
  { photo, styles, instruction, layoutOf, settings }: Edit,
  loaded: LoadedVelocity,
): Promise<PreparedSource> {
  const { text, autoencoder } = loaded.parts
  const tokens = tokensFor(settings.resolution, loaded.model.defaults.tokens)
  await loaded.styles.use(styles)
  const prompt = loaded.styles.prompt(instruction, styles)
  const states = await text.encode(prompt)
  const former = layoutOf === undefined ? undefined : await text.encode(loaded.styles.prompt(layoutOf, styles))
  const negative = settings.cfgScale === 1 ? undefined : await text.encode('')
  const size = fitSize(photo.width, photo.height, tokens)
  return {
    prompt,
    text: states,
    former,
    negative,
    size,
    source: await autoencoder.encode(toTensor(photo, size.width, size.height)),
  }
}
