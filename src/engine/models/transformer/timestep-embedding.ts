import type { Tensor } from '../../core/tensor'
import { tensor } from '../../core/tensor'
import { EMBEDDING_DIM } from './config'

const MAX_PERIOD = 10_000
const TIME_FACTOR = 1000
const { fround } = Math

/**
 * Sinusoidal embedding of a timestep in [0, 1] or of a guidance value: cosines, then sines, of 1000 t * 10000^(-i /
 * 128).
 * Angles are rounded to float32 where the FLUX reference code's `timestep_embedding` rounds them (an angle of 3500
 * radians
 * is only known to 1e-4 there, and that is what networks were trained with); cos and sin are taken in float64.
 * @returns [1, 256]
 */
export function timestepEmbedding(t: number): Tensor {
  const half = EMBEDDING_DIM / 2
  const embedding = tensor([1, EMBEDDING_DIM])
  const scaled = fround(TIME_FACTOR * fround(t))
  for (let i = 0; i < half; i++) {
    const frequency = fround(Math.exp(fround(fround(fround(-Math.log(MAX_PERIOD)) * i) / half)))
    const angle = fround(scaled * frequency)
    embedding.data[i] = Math.cos(angle)
    embedding.data[half + i] = Math.sin(angle)
  }
  return embedding
}
