import { runTarget, targets } from './targets'

export { mutated } from './mutate'

export const names = Object.keys(targets)

/** What the fuzzer calls, bundled by scripts/endure.mjs; the target is chosen by name. */
export function fuzz(data: Uint8Array): Promise<void> {
  // A copy: the fuzzer's buffer is a view of its pool.
  return runTarget(process.env['FUZZ_TARGET']!, Uint8Array.from(data))
}
