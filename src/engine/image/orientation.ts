import { rgbaImage, type RgbaImage } from './rgba-image'

/** EXIF's eight ways a picture may be stored; 1 is upright. */
type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

const TAG = 0x0112
const SHORT = 3

/**
 * @param tiff an EXIF block, from its byte order mark on
 * @returns 1 for a block that says nothing, or nonsense
 */
export function exifOrientation(tiff: Uint8Array): Orientation {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  if (tiff.length < 14) return 1
  const little = tiff[0] === 0x49
  if (view.getUint16(2, little) !== 42) return 1
  const directory = view.getUint32(4, little)
  if (directory + 2 > tiff.length) return 1
  const count = view.getUint16(directory, little)
  for (let entry = directory + 2, i = 0; i < count && entry + 12 <= tiff.length; i++, entry += 12) {
    if (view.getUint16(entry, little) !== TAG) continue
    const value = view.getUint16(entry + 2, little) === SHORT ? view.getUint16(entry + 8, little) : 1
    return value >= 1 && value <= 8 ? (value as Orientation) : 1
  }
  return 1
}

/** The picture as it is to be seen: 5 to 8 swap its sides. */
export function upright(image: RgbaImage, orientation: Orientation): RgbaImage {
  if (orientation === 1) return image
  const { width, height, data } = image
  const swaps = orientation >= 5
  const out = rgbaImage(swaps ? height : width, swaps ? width : height)
  const [from, to] = [pixelsOf(data), pixelsOf(out.data)]
  // What the stored rows and columns run along: where 4, 3, 7, 8 begin at the bottom, and 2, 3, 6, 7 at the right.
  const down = [3, 4, 7, 8].includes(orientation)
  const left = [2, 3, 6, 7].includes(orientation)
  for (let y = 0; y < out.height; y++) {
    const along = down ? out.height - 1 - y : y
    for (let x = 0; x < out.width; x++) {
      const across = left ? out.width - 1 - x : x
      to[y * out.width + x] = from[swaps ? across * width + along : along * width + across]!
    }
  }
  return out
}

const pixelsOf = (data: Uint8ClampedArray): Uint32Array =>
  new Uint32Array(data.buffer, data.byteOffset, data.length / 4)
