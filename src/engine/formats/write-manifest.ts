import { floatsToHalves } from '../core/float16'
import { ALIGNMENT, MANIFEST_FILE, MANIFEST_FORMAT, sha256, type ManifestShard, type ManifestTensor } from './manifest'
import type { WeightStore } from './weight-store'

export interface WriteOptions {
  /** A shard is closed before it would grow beyond this; a larger tensor gets one of its own. Default 256 MiB. */
  readonly shardBytes?: number
  /** Called after each tensor. */
  readonly onTensor?: (done: number, total: number, name: string) => void
}

/**
 * Writes a store as manifest.json and shards, tensor by tensor: at most one shard and one tensor are in memory.
 * The manifest comes last, so that an interrupted run leaves no folder that looks whole.
 * @param write stores one file of the folder
 * @returns bytes written, the manifest included
 */
export async function writeManifest(store: WeightStore, write: (file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>, { shardBytes = 2 ** 28, onTensor }: WriteOptions = {}): Promise<number> {
  const tensors: Record<string, ManifestTensor> = {}
  const shards: ManifestShard[] = []
  let shard = new ShardBuffer()

  const closeShard = async () => {
    const bytes = shard.join()
    const file = `shard-${String(shards.length).padStart(5, '0')}.bin`
    await write(file, bytes)
    shards.push({ file, bytes: bytes.length, sha256: await sha256(bytes) })
    shard = new ShardBuffer()
  }

  const names = store.names()
  for (const [i, name] of names.entries()) {
    const { dtype, shape, bytes, scales } = await store.read(name)
    const halves = scales && new Uint8Array(floatsToHalves(scales).buffer)
    if (shard.size > 0 && shard.size + bytes.length + (halves?.length ?? 0) > shardBytes) await closeShard()
    const span = shard.add(bytes)
    tensors[name] = { dtype, shape, shard: shards.length, ...span, ...(halves && { scales: { dtype: 'F16', ...shard.add(halves) } }) }
    onTensor?.(i + 1, names.length, name)
  }
  if (shard.size > 0) await closeShard()

  const manifest = new TextEncoder().encode(JSON.stringify({ format: MANIFEST_FORMAT, config: store.config ?? {}, tensors, shards }))
  await write(MANIFEST_FILE, manifest)
  return shards.reduce((sum, { bytes }) => sum + bytes, manifest.length)
}

/** Chunks at aligned offsets. */
class ShardBuffer {
  private readonly chunks: { readonly offset: number; readonly bytes: Uint8Array }[] = []
  size = 0

  add(bytes: Uint8Array): { offset: number; bytes: number } {
    const offset = Math.ceil(this.size / ALIGNMENT) * ALIGNMENT
    this.chunks.push({ offset, bytes })
    this.size = offset + bytes.length
    return { offset, bytes: bytes.length }
  }

  join(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.size)
    for (const { offset, bytes } of this.chunks) whole.set(bytes, offset)
    return whole
  }
}
