import type { RgbaImage } from './rgba-image'

/** Shares of red and blue in luma, which say how colours were made of luma and chroma. */
export interface LumaShares {
  readonly red: number
  readonly blue: number
}

/** Blocks whose chroma differs from pixel to pixel by more were not enlarged by repetition; rounding gives up to 4. */
const ROUNDING = 6
/** Share of such blocks above which the picture is left alone. */
const ODD_ONES = 0.01

/**
 * Chroma that was stored at half the width and height and enlarged by repeating each sample (as libheif does) is
 * enlarged linearly instead (as browsers do), in place. Luma, chroma and the samples before rounding are found again
 * from each block of 2 x 2 pixels, which share their chroma: a channel that was cut at 0 or 255 is left out.
 * @returns whether it was done: a picture whose blocks do not share their chroma is left as it is
 */
export function smoothChroma({ width, height, data }: RgbaImage, { red, blue }: LumaShares): boolean {
  const green = 1 - red - blue
  // R = Y + rv V, G = Y - gu U - gv V, B = Y + bu U
  const [rv, bu] = [2 * (1 - red), 2 * (1 - blue)]
  const [gv, gu] = [(rv * red) / green, (bu * blue) / green]
  const determinant = (rv + gv) * (bu + gu) - gu * gv
  const [columns, rows] = [(width + 1) >> 1, (height + 1) >> 1]
  const u = new Float32Array(columns * rows)
  const v = new Float32Array(columns * rows)
  let odd = 0
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      // Means of R - G and B - G, of the pixels where neither was cut; of all where each was.
      let [rg, rgCount, bg, bgCount, rgAll, bgAll, count] = [0, 0, 0, 0, 0, 0, 0]
      let [least, most] = [Infinity, -Infinity]
      for (let j = 2 * y; j < 2 * y + 2 && j < height; j++) {
        for (let i = 2 * x; i < 2 * x + 2 && i < width; i++) {
          const at = 4 * (j * width + i)
          const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!]
          const known = g > 0 && g < 255
          if (known && r > 0 && r < 255) {
            rg += r - g
            rgCount++
            least = Math.min(least, r - g)
            most = Math.max(most, r - g)
          }
          if (known && b > 0 && b < 255) {
            bg += b - g
            bgCount++
          }
          rgAll += r - g
          bgAll += b - g
          count++
        }
      }
      if (most - least > ROUNDING) odd++
      const p = rgCount > 0 ? rg / rgCount : rgAll / count
      const q = bgCount > 0 ? bg / bgCount : bgAll / count
      v[y * columns + x] = ((bu + gu) * p - gu * q) / determinant
      u[y * columns + x] = ((rv + gv) * q - gv * p) / determinant
    }
  }
  if (odd > ODD_ONES * columns * rows) return false

  const [uRow, vRow] = [new Float32Array(columns), new Float32Array(columns)]
  for (let y = 0; y < height; y++) {
    const own = (y >> 1) * columns
    const next = Math.min(rows - 1, Math.max(0, (y >> 1) + (y % 2 === 0 ? -1 : 1))) * columns
    for (let x = 0; x < columns; x++) {
      uRow[x] = 0.75 * u[own + x]! + 0.25 * u[next + x]!
      vRow[x] = 0.75 * v[own + x]! + 0.25 * v[next + x]!
    }
    for (let x = 0; x < width; x++) {
      const here = x >> 1
      const beside = Math.min(columns - 1, Math.max(0, here + (x % 2 === 0 ? -1 : 1)))
      const at = 4 * (y * width + x)
      const luma = lumaOf(
        data,
        at,
        rv * v[own + here]!,
        -gu * u[own + here]! - gv * v[own + here]!,
        bu * u[own + here]!,
      )
      const newU = 0.75 * uRow[here]! + 0.25 * uRow[beside]!
      const newV = 0.75 * vRow[here]! + 0.25 * vRow[beside]!
      data[at] = luma + rv * newV
      data[at + 1] = luma - gu * newU - gv * newV
      data[at + 2] = luma + bu * newU
    }
  }
  return true
}

/** Of a pixel whose channels' distances from it are known, by those that were not cut. */
function lumaOf(data: Uint8ClampedArray, at: number, dr: number, dg: number, db: number): number {
  const [r, g, b] = [data[at]!, data[at + 1]!, data[at + 2]!]
  let [sum, count] = [0, 0]
  if (r > 0 && r < 255) [sum, count] = [sum + r - dr, count + 1]
  if (g > 0 && g < 255) [sum, count] = [sum + g - dg, count + 1]
  if (b > 0 && b < 255) [sum, count] = [sum + b - db, count + 1]
  return count > 0 ? sum / count : (r - dr + g - dg + b - db) / 3
}
