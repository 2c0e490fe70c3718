/** Markers that stand alone, without a length: TEM, RST0 to RST7, SOI. */
const isLone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
/** Every frame header; DHT, JPG and DAC share their range. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
const EOI = 0xd9
const SOS = 0xda

/**
 * Width and height of a JPEG's frame as stored, however much metadata comes before it. As in libjpeg, which browsers
 * and libvips use, any number of fill bytes (0xFF) may precede a marker and stray bytes are passed over; segments are
 * skipped by their length, so a preview inside one is not taken for the picture.
 * @returns undefined when there is no frame header before the pixels
 */
export function jpegSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  let at = 2
  for (;;) {
    at = bytes.indexOf(0xff, at)
    if (at < 0) return undefined
    while (bytes[at] === 0xff) at++
    const marker = bytes[at++]
    if (marker === undefined || marker === EOI || marker === SOS) return undefined
    // 0xFF 0x00 is a byte of data among the stray ones.
    if (marker === 0 || isLone(marker)) continue
    if (at + 7 > bytes.length) return undefined
    const length = word(bytes, at)
    if (isFrame(marker)) return { height: word(bytes, at + 3), width: word(bytes, at + 5) }
    at += Math.max(2, length)
  }
}

const word = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!
