import type { Tensor } from '../../core/tensor'
import { fitSize, type FittedSize } from '../../image/fit-size'
import { toTensor } from '../../image/tensor-image'
import type { EncodedText } from '../../models/minilm'
import type { EditOptions } from '../edit'
import type { VelocityParts } from './parts'

/** An instruction, and what else is read with it. */
export interface Words {
  readonly prompt: string
  /** The former instruction, whose layout is kept. */
  readonly former: string | undefined
  /** Whether the empty instruction is needed too, for classifier-free guidance. */
  readonly negative: boolean
}

export interface PreparedSource {
  readonly text: EncodedText
  readonly former: EncodedText | undefined
  readonly negative: EncodedText | undefined
  readonly size: FittedSize
  /** Clean latents of the photo [C, h, w]. */
  readonly source: Tensor
}

/** Words to text states, photo to source latents. @param tokens the model may take */
export async function prepare({ photo }: EditOptions, { prompt, former, negative }: Words, tokens: number, { text, autoencoder }: VelocityParts): Promise<PreparedSource> {
  const states = await text.encode(prompt)
  const formerStates = former === undefined ? undefined : await text.encode(former)
  const negativeStates = negative ? await text.encode('') : undefined
  const size = fitSize(photo.width, photo.height, tokens)
  return { text: states, former: formerStates, negative: negativeStates, size, source: await autoencoder.encode(toTensor(photo, size.width, size.height)) }
}
