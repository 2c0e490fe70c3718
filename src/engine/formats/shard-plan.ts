import { sizeOf } from '../core/tensor'
import { BLOCK } from './blocks'
import { ALIGNMENT, type ManifestTensor } from './manifest'
import { storedBytes, type TensorInfo } from './weight-store'

/** Where every tensor of a manifest will lie, known before the first weight is read. */
export interface ShardPlan {
  /** In the order in which they are written. */
  readonly tensors: ReadonlyMap<string, ManifestTensor>
  /** One for each shard. */
  readonly shards: readonly { readonly file: string; readonly bytes: number }[]
}

const shardFile = (index: number): string => `shard-${String(index).padStart(5, '0')}.bin`

/**
 * Places tensors one after another at aligned offsets, scales behind their codes as F16. A shard is closed before it
 * would grow beyond `shardBytes`; a larger tensor gets one of its own.
 */
export function planShards(infos: Iterable<readonly [name: string, info: TensorInfo]>, shardBytes: number): ShardPlan {
  const tensors = new Map<string, ManifestTensor>()
  const sizes: number[] = []
  let end = 0
  const place = (bytes: number): { offset: number; bytes: number } => {
    const offset = aligned(end)
    end = offset + bytes
    return { offset, bytes }
  }
  for (const [name, { dtype, shape }] of infos) {
    const bytes = storedBytes({ dtype, shape })
    const scaleBytes = dtype === 'Q4' || dtype === 'Q8' ? (sizeOf(shape) / BLOCK) * 2 : 0
    if (
      end > 0 &&
      (scaleBytes === 0 ? aligned(end) + bytes : aligned(aligned(end) + bytes) + scaleBytes) > shardBytes
    ) {
      sizes.push(end)
      end = 0
    }
    tensors.set(name, {
      dtype,
      shape,
      shard: sizes.length,
      ...place(bytes),
      ...(scaleBytes > 0 && { scales: { dtype: 'F16' as const, ...place(scaleBytes) } }),
    })
  }
  if (end > 0) sizes.push(end)
  return { tensors, shards: sizes.map((bytes, index) => ({ file: shardFile(index), bytes })) }
}

const aligned = (offset: number): number => Math.ceil(offset / ALIGNMENT) * ALIGNMENT
