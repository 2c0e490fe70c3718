import { createHash } from 'node:crypto'
import { open, rename, rm, writeFile, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { floatsToHalves } from '../../src/engine/core/float16'
import { sizeOf } from '../../src/engine/core/tensor'
import { MANIFEST_FILE, type ManifestShard, type ManifestTensor } from '../../src/engine/formats/manifest'
import type { ShardPlan } from '../../src/engine/formats/shard-plan'
import { readRows, type WeightStore } from '../../src/engine/formats/weight-store'
import { manifestJson } from '../../src/engine/formats/write-manifest'
import type { Journal } from './flux-journal'

/** Weights in memory at a time; as float32, 16 MiB. */
const WEIGHTS_AT_ONCE = 2 ** 22

/** How far a conversion is, in weights; `found` of those that an earlier run had written. */
type OnWeights = (count: number, found: boolean) => void

/**
 * Writes a store as a manifest folder, block of rows by block of rows, so that neither a tensor nor a shard is ever
 * whole in
 * memory. A shard gets its name when it is whole, then its line in the journal; those in the journal are not written
 * again.
 * @param onWeights called with the weights of each block that is done, whether written now or found finished
 * @throws StorageFull, and every error of reading the store
 */
export async function writeShards(
  folder: string,
  store: WeightStore,
  plan: ShardPlan,
  journal: Journal,
  onWeights: OnWeights,
): Promise<readonly ManifestShard[]> {
  const shards: ManifestShard[] = []
  for (const [index, { file }] of plan.shards.entries()) {
    const tensors = [...plan.tensors].filter(([, place]) => place.shard === index)
    const found = await journal.finished(file)
    if (found === undefined) {
      const shard = await fullDiskNamed(file, () => writeShard(folder, file, store, tensors, onWeights))
      await journal.finish(shard)
      shards.push(shard)
    } else {
      onWeights(
        tensors.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0),
        true,
      )
      shards.push(found)
    }
  }
  await fullDiskNamed(MANIFEST_FILE, () =>
    writeFile(join(folder, MANIFEST_FILE), manifestJson(plan, shards, store.config)),
  )
  return shards
}

async function writeShard(
  folder: string,
  file: string,
  store: WeightStore,
  tensors: readonly (readonly [string, ManifestTensor])[],
  onWeights: OnWeights,
): Promise<ManifestShard> {
  const unfinished = join(folder, `${file}.part`)
  const handle = await open(unfinished, 'w')
  try {
    const writer = new HashedFile(handle)
    for (const [name, place] of tensors) await writeTensor(writer, store, name, place, onWeights)
    const shard = { file, bytes: writer.size, sha256: writer.digest() }
    await handle.close()
    await rename(unfinished, join(folder, file))
    return shard
  } catch (error) {
    await handle.close().catch(() => undefined)
    await rm(unfinished, { force: true })
    throw error
  }
}

async function writeTensor(
  writer: HashedFile,
  store: WeightStore,
  name: string,
  { shape, offset, scales: scalePlace }: ManifestTensor,
  onWeights: OnWeights,
): Promise<void> {
  const scales: Float32Array[] = []
  await writer.seek(offset)
  const rows = shape[0] ?? 1
  const rowSize = sizeOf(shape) / rows
  const step = Math.max(1, Math.floor(WEIGHTS_AT_ONCE / rowSize))
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first)
    const stored = shape.length === 0 ? await store.read(name) : await readRows(store, name, first, count)
    await writer.write(stored.bytes)
    if (stored.scales !== undefined) scales.push(stored.scales)
    onWeights(count * rowSize, false)
  }
  if (scalePlace === undefined) return
  await writer.seek(scalePlace.offset)
  for (const part of scales) await writer.write(new Uint8Array(floatsToHalves(part).buffer))
}

/** A file that grows at its end and knows its SHA-256. */
class HashedFile {
  private readonly hash = createHash('sha256')
  size = 0

  constructor(private readonly handle: FileHandle) {}

  /** Fills with zeros up to an offset. */
  async seek(offset: number): Promise<void> {
    if (offset > this.size) await this.write(new Uint8Array(offset - this.size))
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.hash.update(bytes)
    for (let done = 0; done < bytes.length;) done += (await this.handle.write(bytes, done)).bytesWritten
    this.size += bytes.length
  }

  digest(): string {
    return this.hash.digest('hex')
  }
}

async function fullDiskNamed<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') throw error
    throw new PhotodoodleError(
      'StorageFull',
      `The disk was full at ${file}.`,
      'Free some space and run the same command again; it goes on where it stopped.',
      { cause: error },
    )
  }
}
