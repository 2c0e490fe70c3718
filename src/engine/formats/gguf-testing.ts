/** A GGUF file in memory, for tests: version 3, alignment 32. */
interface GgufTensor {
  readonly name: string
  /** Fastest first. */
  readonly dims: readonly number[]
  /** ggml's number of the type. */
  readonly type: number
  readonly bytes: Uint8Array
}

const ALIGNMENT = 32
const aligned = (at: number): number => Math.ceil(at / ALIGNMENT) * ALIGNMENT

export function writeGguf(
  tensors: readonly GgufTensor[],
  config: Readonly<Record<string, string | number | readonly number[]>> = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const u32 = (value: number): void => void parts.push(new Uint8Array(Uint32Array.of(value).buffer))
  const u64 = (value: number): void => void parts.push(new Uint8Array(BigUint64Array.of(BigInt(value)).buffer))
  const text = (words: string): void => {
    const bytes = new TextEncoder().encode(words)
    u64(bytes.length)
    parts.push(bytes)
  }
  u32(0x46554747)
  u32(3)
  u64(tensors.length)
  u64(Object.keys(config).length)
  for (const [key, value] of Object.entries(config)) {
    text(key)
    if (typeof value === 'string') {
      u32(8)
      text(value)
    } else if (typeof value === 'number') {
      u32(4)
      u32(value)
    } else {
      // An array of i32.
      u32(9)
      u32(5)
      u64(value.length)
      value.forEach(u32)
    }
  }
  let offset = 0
  for (const { name, dims, type, bytes } of tensors) {
    text(name)
    u32(dims.length)
    dims.forEach(u64)
    u32(type)
    u64(offset)
    offset = aligned(offset + bytes.length)
  }
  const header = parts.reduce((sum, { length }) => sum + length, 0)
  const file = new Uint8Array(aligned(header) + offset)
  let at = 0
  for (const part of parts) {
    file.set(part, at)
    at += part.length
  }
  at = aligned(header)
  for (const { bytes } of tensors) {
    file.set(bytes, at)
    at = aligned(at + bytes.length)
  }
  // The last tensor need not be padded.
  return file.slice(
    0,
    aligned(header) +
      offset -
      (tensors.length === 0 ? 0 : aligned(tensors.at(-1)!.bytes.length) - tensors.at(-1)!.bytes.length),
  )
}
