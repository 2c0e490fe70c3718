import { crc32 } from 'node:zlib'
import sharp from 'sharp'

/** Width and height of {@link sidewaysJpeg} once its EXIF orientation is honoured. */
export const uprightSize = { width: 240, height: 320 }

/**
 * A small real photo as phones store them: pixels lying on their side, EXIF orientation 6 (turn 90 degrees clockwise).
 */
export async function sidewaysJpeg(): Promise<Buffer> {
  const upright = await sharp('public/samples/cat.jpg')
    .resize({ ...uprightSize, fit: 'cover' })
    .png()
    .toBuffer()
  // Turned counter-clockwise, so that orientation 6 brings it back.
  return sharp(upright).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 92 }).toBuffer()
}

/** A cut-out figure: every alpha value and, under each, colours that a premultiplied canvas would round. */
export async function transparentPng(): Promise<Buffer> {
  const [width, height] = [160, 160]
  const data = Buffer.alloc(width * height * 4)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const inside = Math.hypot(x - 80, y - 80) < 60
      data.set([(x * 7 + y) % 256, (y * 5) % 256, (x * 3) % 256, inside ? 255 : (x + y) % 256], (y * width + x) * 4)
    }
  }
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer()
}

/** A PNG whose header alone is real: enough to say its size, far too big to decode. */
export function giantPngHeader(side: number): Buffer {
  const header = Buffer.alloc(33)
  Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).copy(header)
  header.writeUInt32BE(13, 8)
  header.write('IHDR', 12)
  header.writeUInt32BE(side, 16)
  header.writeUInt32BE(side, 20)
  header.set([8, 6, 0, 0, 0], 24)
  header.writeUInt32BE(crc32(header.subarray(12, 29)), 29)
  return header
}
