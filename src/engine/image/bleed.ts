import { blur3 } from './mask'
import type { RgbaImage } from './rgba-image'

/** How many layer pixels the doodle's colours are carried outwards, so that enlarging never meets an undefined colour. */
const BLEED = 3

/** Straight red, green and blue planes [H, W]; pixels around the doodle take the weighted mean of coloured neighbours. */
export function bleed(layer: RgbaImage): Float32Array[] {
  const { width, height, data } = layer
  let weight = Float32Array.from({ length: width * height }, (_, i) => data[i * 4 + 3]! / 255)
  const colours = [0, 1, 2].map((c) => weight.map((w, i) => (w > 0 ? data[i * 4 + c]! : 0)))
  for (let pass = 0; pass < BLEED; pass++) {
    const total = blur3(weight, layer)
    const sums = colours.map((plane) => blur3(plane.map((value, i) => value * weight[i]!), layer))
    const known = weight
    weight = known.map((w, i) => (w > 0 ? w : total[i]!))
    colours.forEach((plane, c) => {
      for (let i = 0; i < plane.length; i++) if (known[i] === 0 && total[i]! > 0) plane[i] = sums[c]![i]! / total[i]!
    })
  }
  return colours
}
