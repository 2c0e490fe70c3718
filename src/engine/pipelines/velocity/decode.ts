import type { Tensor } from '../../core/tensor'
import { doodleLayer } from '../../image/doodle-layer'
import type { Element } from '../../image/element'
import { WHOLE } from '../../image/place'
import { unpackLatents } from '../../models/vae/latents'
import type { LoadedVelocity } from './parts'
import type { PreparedSource } from './prepare'

/** Target latents to what was drawn: the visible difference from the photo, as one element all over it. */
export async function decode(
  latents: Tensor,
  { size, source }: PreparedSource,
  { parts: { autoencoder } }: LoadedVelocity,
): Promise<Element> {
  const target = await autoencoder.decode(unpackLatents(latents, size.rows, size.columns))
  // The source goes through the same codec, so that what the codec itself loses is no difference.
  return { ...doodleLayer(target, await autoencoder.decode(source)), place: WHOLE }
}
