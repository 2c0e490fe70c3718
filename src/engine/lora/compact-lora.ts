import { recode } from '../formats/recode'
import type { WeightStore } from '../formats/weight-store'
import { writeManifest } from '../formats/write-manifest'

/** A LoRA with more bytes than this is worth storing compact: a published EditLoRA has 700 MB, one for nano 5. */
export const COMPACT_ABOVE = 16e6

const SHARD_BYTES = 2 ** 26

/**
 * Writes a LoRA as a manifest folder with its matrices in 8-bit blocks and the rest in F16, under the same names, as
 * `photodoodle convert --style` does. One shard of 64 MiB and one tensor are in memory at a time.
 * @param write stores one file of the folder
 * @returns bytes written
 * @throws UnsupportedDType naming a tensor with values that are not finite; every error of reading
 */
export function compactLora(
  store: WeightStore,
  write: (file: string, bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
): Promise<number> {
  return writeManifest(recode(store, 'Q8'), write, { shardBytes: SHARD_BYTES })
}
