/**
 * Whether a picture moves, read from its structure: only its first frame would be drawn on, and that has to be said.
 */
export function isAnimated(bytes: Uint8Array): boolean {
  if (has(bytes, 0, 'GIF8')) return gifFrames(bytes) > 1
  // WebP: RIFF, size, WEBP, VP8X, size, flags; bit 1 says animation.
  if (has(bytes, 0, 'RIFF') && has(bytes, 8, 'WEBPVP8X')) return (bytes[20]! & 2) !== 0
  // APNG: acTL stands before the first IDAT, and both well before 64 kB but for giant profiles.
  if (has(bytes, 1, 'PNG')) return indexOf(bytes, 'acTL', 1 << 16) >= 0
  return has(bytes, 4, 'ftypavis')
}

/** Image descriptors, counted up to two. */
function gifFrames(bytes: Uint8Array): number {
  const tableBytes = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0)
  let at = 13 + tableBytes(bytes[10] ?? 0)
  let frames = 0
  const skipBlocks = (): void => {
    while ((bytes[at] ?? 0) > 0) at += bytes[at]! + 1
    at++
  }
  while (at < bytes.length && frames < 2) {
    const kind = bytes[at]
    if (kind === 0x21) at += 2
    else if (kind === 0x2c) {
      frames++
      at += 11 + tableBytes(bytes[at + 9] ?? 0)
    } else break
    skipBlocks()
  }
  return frames
}

function has(bytes: Uint8Array, at: number, text: string): boolean {
  return [...text].every((letter, i) => bytes[at + i] === letter.charCodeAt(0))
}

function indexOf(bytes: Uint8Array, text: string, limit: number): number {
  for (let at = 0; at < Math.min(bytes.length, limit); at++) if (has(bytes, at, text)) return at
  return -1
}
