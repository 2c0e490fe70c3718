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
export function compare(
  a: Pixels,
  b: Pixels,
  layer: Pixels,
): { outside: number; changedOutside: number; changedInside: number } {
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

/** Pixels that differ, by a test of their place. */
export function changed(a: Pixels, b: Pixels, where: (x: number, y: number) => boolean): number {
  let count = 0
  for (let pixel = 0; pixel < a.width * a.height; pixel++) {
    if (!where(pixel % a.width, Math.floor(pixel / a.width))) continue
    if ([0, 1, 2, 3].some((channel) => a.data[4 * pixel + channel] !== b.data[4 * pixel + channel])) count++
  }
  return count
}

/** Peak signal-to-noise ratio of the colours in dB, Infinity when they are equal. */
export function psnr(a: Pixels, b: Pixels): number {
  if (a.width !== b.width || a.height !== b.height)
    throw new Error(`${a.width} x ${a.height} is not ${b.width} x ${b.height}`)
  let sum = 0
  let count = 0
  for (let at = 0; at < a.data.length; at++) {
    if (at % 4 === 3) continue
    sum += (a.data[at]! - b.data[at]!) ** 2
    count++
  }
  return 10 * Math.log10((255 * 255 * count) / sum)
}
