import { floatsToHalves } from '../core/float16'
import { MANIFEST_FILE, MANIFEST_FORMAT, sha256, type ManifestShard } from './manifest'
import { planShards, type ShardPlan } from './shard-plan'
import type { WeightStore } from './weight-store'

export interface WriteOptions {
  /** A shard is closed before it would grow beyond this; a larger tensor gets one of its own. Default 256 MiB. */
  readonly shardBytes?: number
  /** Called after each tensor. */
  readonly onTensor?: (done: number, total: number, name: string) => void
}

const SHARD_BYTES = 2 ** 28

/**
 * Writes a store as manifest.json and shards, tensor by tensor: at most one shard and one tensor are in memory.
 * The manifest comes last, so that an interrupted run leaves no folder that looks whole.
 * @param write stores one file of the folder
 * @returns bytes written, the manifest included
 */
export async function writeManifest(
  store: WeightStore,
  write: (file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  { shardBytes = SHARD_BYTES, onTensor }: WriteOptions = {},
): Promise<number> {
  const names = store.names()
  const plan = planShards(
    names.map((name) => [name, store.info(name)]),
    shardBytes,
  )
  const shards: ManifestShard[] = []
  let done = 0
  for (const [index, { file, bytes: size }] of plan.shards.entries()) {
    const shard = new Uint8Array(size)
    for (const [name, place] of plan.tensors) {
      if (place.shard !== index) continue
      const { bytes, scales } = await store.read(name)
      shard.set(bytes, place.offset)
      if (scales && place.scales) shard.set(new Uint8Array(floatsToHalves(scales).buffer), place.scales.offset)
      onTensor?.(++done, names.length, name)
    }
    await write(file, shard)
    shards.push({ file, bytes: size, sha256: await sha256(shard) })
  }
  const manifest = manifestJson(plan, shards, store.config)
  await write(MANIFEST_FILE, manifest)
  return shards.reduce((sum, { bytes }) => sum + bytes, manifest.length)
}

/** The text of manifest.json, as bytes. */
export function manifestJson(
  { tensors }: ShardPlan,
  shards: readonly ManifestShard[],
  config: unknown,
): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(
    JSON.stringify({ format: MANIFEST_FORMAT, config: config ?? {}, tensors: Object.fromEntries(tensors), shards }),
  )
}
