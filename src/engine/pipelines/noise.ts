import { gaussian } from '../core/random'
import { sizeOf, tensor, type Tensor } from '../core/tensor'

/** `count` (at least 1) tensors of standard normal noise, one after another from one seed. */
export function gaussians(seed: number, dims: readonly number[], count: number): [Tensor, ...Tensor[]] {
  const size = sizeOf(dims)
  const values = gaussian(seed, size * count)
  const part = (i: number): Tensor => tensor(dims, values.slice(i * size, (i + 1) * size))
  return [part(0), ...Array.from({ length: count - 1 }, (_, i) => part(i + 1))]
}
