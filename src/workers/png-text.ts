/**
 * Reads and writes one iTXt chunk of a PNG (PNG specification, third edition, 11.3.3.4): a keyword with UTF-8 text that
 * every viewer passes over.
 */
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const utf8 = new TextEncoder()

interface Chunk {
  readonly type: string
  /** Offsets of the chunk's length field and of the first byte after its checksum. */
  readonly start: number
  readonly end: number
  readonly data: Uint8Array
}

/** The chunks up to the first damage; none for what is no PNG. */
function* chunks(bytes: Uint8Array): Generator<Chunk, void, undefined> {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let start = SIGNATURE.length; start + 12 <= bytes.length;) {
    const end = start + 12 + view.getUint32(start)
    if (end > bytes.length) return
    yield {
      type: String.fromCharCode(...bytes.subarray(start + 4, start + 8)),
      start,
      end,
      data: bytes.subarray(start + 8, end - 4),
    }
    start = end
  }
}

/** The uncompressed iTXt text of this keyword, or null. */
export function readPngText(bytes: Uint8Array, keyword: string): string | null {
  // Keyword, then: end of keyword, not compressed, method 0, no language, no translated keyword.
  const head = Uint8Array.of(...utf8.encode(keyword), 0, 0, 0, 0, 0)
  for (const { type, data } of chunks(bytes)) {
    if (type === 'iTXt' && head.every((byte, i) => data[i] === byte))
      return new TextDecoder().decode(data.subarray(head.length))
  }
  return null
}

/** The PNG with the text added before its end. Anything but a whole PNG comes back as it is. */
export function withPngText(bytes: Uint8Array<ArrayBuffer>, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  for (const { type, start } of chunks(bytes)) {
    if (type !== 'IEND') continue
    const data = Uint8Array.of(...utf8.encode(`iTXt${keyword}`), 0, 0, 0, 0, 0)
    const words = utf8.encode(text)
    const chunk = new Uint8Array(4 + data.length + words.length + 4)
    const view = new DataView(chunk.buffer)
    view.setUint32(0, data.length - 4 + words.length)
    chunk.set(data, 4)
    chunk.set(words, 4 + data.length)
    view.setUint32(chunk.length - 4, crc32(chunk.subarray(4, chunk.length - 4)))
    const result = new Uint8Array(bytes.length + chunk.length)
    result.set(bytes.subarray(0, start))
    result.set(chunk, start)
    result.set(bytes.subarray(start), start + chunk.length)
    return result
  }
  return bytes
}

/** CRC-32 of ISO 3309, as PNG wants it. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
