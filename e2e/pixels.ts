import sharp from 'sharp'

export interface Pixels {
  readonly width: number
  readonly height: number
  /** Straight RGBA. */
  readonly data: Uint8Array
}

/** Decodes with sharp (libvips), a second opinion beside the browser's decoder. */
export async function pixels(file: Buffer): Promise<Pixels> {
  const { data, info } = await sharp(file).autoOrient().ensureAlpha().raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

/** Sample-wise comparison of two pictures where the layer is and is not. */
export function compare(a: Pixels, b: Pixels, layer: Pixels): { outside: number; changedOutside: number; changedInside: number } {
  let outside = 0
  let changedOutside = 0
  let changedInside = 0
  for (let pixel = 0; pixel < layer.width * layer.height; pixel++) {
    const at = pixel * 4
    const same = [0, 1, 2, 3].every((channel) => a.data[at + channel] === b.data[at + channel])
    if (layer.data[at + 3] === 0) {
      outside++
      if (!same) changedOutside++
    } else if (!same) changedInside++
  }
  return { outside, changedOutside, changedInside }
}

/** Peak signal-to-noise ratio of the colours in dB, Infinity when they are equal. */
export function psnr(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height) throw new Error(`${a.width} x ${a.height} is not ${b.width} x ${b.height}`)
  let sum = 0
  let count = 0
  for (let at = 0; at < a.data.length; at++) {
    if (at % 4 === 3) continue
    sum += (a.data[at]! - b.data[at]!) ** 2
    count++
  }
  return 10 * Math.log10((255 * 255 * count) / sum)
}
