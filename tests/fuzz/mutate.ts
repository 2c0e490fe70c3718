/** Small seeded changes to a sample, as fuzzers make them: the same seed gives the same bytes. */
export function mutated(sample: Uint8Array, seed: number, others: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let state = (seed * 2654435761 + 12345) >>> 0
  const random = (below: number): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return below === 0 ? 0 : state % below
  }
  let bytes = [...sample]
  for (let changes = 1 + random(6); changes > 0; changes--) {
    const at = random(bytes.length)
    const other = others[random(others.length)] ?? sample
    const from = random(other.length)
    const kinds = [
      () => {
        bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8))
      },
      () => {
        bytes[at] = INTERESTING[random(INTERESTING.length)]!
      },
      () => {
        // A length or an offset, as binary headers have them.
        bytes.splice(at, 8, ...LENGTHS[random(LENGTHS.length)]!)
      },
      () => {
        bytes.splice(at, 1 + random(16))
      },
      () => {
        bytes.splice(at, 0, ...bytes.slice(at, at + 1 + random(16)))
      },
      () => {
        bytes.splice(at, random(8), ...other.slice(from, from + 1 + random(32)))
      },
      () => {
        bytes = bytes.slice(0, at)
      },
      () => {
        bytes.splice(at, 0, ...[...NUMBERS[random(NUMBERS.length)]!].map((digit) => digit.charCodeAt(0)))
      },
    ]
    kinds[random(kinds.length)]!()
  }
  return Uint8Array.from(bytes)
}

const INTERESTING = [0, 1, 0x20, 0x22, 0x2d, 0x5b, 0x5d, 0x7b, 0x7d, 0x7f, 0x80, 0xff]
const NUMBERS = ['-1', '1e999', '4294967296', '9007199254740993', '0.5', 'null', '""', '[]', '{}', '__proto__']
const LENGTHS = [0n, 1n, 0x7fffffffn, 0xffffffffn, 0x100000000n, 1n << 53n, (1n << 64n) - 1n].map((value) => [
  ...new Uint8Array(BigUint64Array.of(value).buffer),
])
