import { chromaOf, GREYISH, planesOf, SAME_HUE, SHADE, type Rgb } from './recolour'
import type { RgbaImage } from './rgba-image'

/** Pixels looked at: those of one drawing of nano's; more of a larger one would say the same. */
const MOST = 2 ** 18

/** Alpha from which a pixel has the thing's own colour. */
const SOLID = 128

/** Share of what is seen that the colour looked for must have, or it is not there. */
const ENOUGH = 0.08

/** Levels of a channel that fall into one bin, and how far from the middle of a colour its pixels lie. */
const BIN = 32
const REACH = 48

/** Lightest channel of a pixel that may be an outline's ink. */
const INK = 70

/**
 * The colour that most of a drawing has; ink counts only where there is little else.
 * @param like looked for among what is like this colour, if there is some of it
 * @returns undefined where nothing is seen
 */
export function mainColour(pictures: readonly RgbaImage[], like?: Rgb): Rgb | undefined {
  const all = solidPixels(pictures)
  const alike = like === undefined ? [] : all.filter((pixel) => isLike(pixel, like))
  if (alike.length > ENOUGH * all.length) return peak(alike)
  const colours = all.filter((pixel) => Math.max(...pixel) >= INK)
  return peak(colours.length > 0.25 * all.length ? colours : all)
}

/** Evenly from all of them, {@link MOST} at most. */
function solidPixels(pictures: readonly RgbaImage[]): readonly Rgb[] {
  const found: Rgb[] = []
  const step = 4 * Math.ceil(pictures.reduce((sum, { data }) => sum + data.length / 4, 0) / MOST)
  for (const { data } of pictures)
    for (let at = 0; at < data.length; at += step)
      if (data[at + 3]! >= SOLID) found.push([data[at]!, data[at + 1]!, data[at + 2]!])
  return found
}

/** Whether people may call both by the same name. */
function isLike(pixel: Rgb, like: Rgb): boolean {
  const [own, wanted] = [planesOf(...pixel), planesOf(...like)]
  const [chroma, of] = [chromaOf(own), chromaOf(wanted)]
  if (of < GREYISH) return chroma < SHADE.none && Math.abs(own[0] - wanted[0]) < 80
  return chroma > 0.35 * of && own[1] * wanted[1] + own[2] * wanted[2] > SAME_HUE.all * chroma * of
}

/** The middle of the fullest bin's surroundings, in whole levels. */
function peak(pixels: readonly Rgb[]): Rgb | undefined {
  const bins = new Map<number, number>()
  const perAxis = 256 / BIN
  for (const pixel of pixels) {
    const bin = pixel.reduce((number, value) => number * perAxis + Math.floor(value / BIN), 0)
    bins.set(bin, (bins.get(bin) ?? 0) + 1)
  }
  const fullest = [...bins].reduce<readonly [number, number] | undefined>(
    (best, one) => (best === undefined || one[1] > best[1] ? one : best),
    undefined,
  )?.[0]
  if (fullest === undefined) return undefined
  let middle = [perAxis * perAxis, perAxis, 1].map((unit) => ((Math.floor(fullest / unit) % perAxis) + 0.5) * BIN)
  for (let round = 0; round < 4; round++) {
    const near = pixels.filter((pixel) => pixel.every((value, c) => Math.abs(value - middle[c]!) <= REACH))
    if (near.length > 0) middle = [0, 1, 2].map((c) => near.reduce((sum, pixel) => sum + pixel[c]!, 0) / near.length)
  }
  const [r = 0, g = 0, b = 0] = middle.map(Math.round)
  return [r, g, b]
}
