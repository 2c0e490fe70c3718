import { alphaRows, GUIDED_VALUES, guidedRows, photoSays, type GuideOptions } from './guided-alpha'
import { smoothstep, type Matte } from './mask'
import type { RgbaImage } from './rgba-image'

export type { Matte } from './mask'

/** Chosen on photos of 512 px (docs/experiments/matte.md). training/model/matte.py has the same figures. */
const GUIDE: GuideOptions = { radius: 3, explained: { least: 0.4, full: 0.8 } }

/** Shares of the subject that count as none, below, and all, above: averaging over windows greys both. */
const CLEAR = { out: 0.1, in: 0.9 } as const

/**
 * The matte at the size of a photo, its edge the photo's own where the photo's colours explain it (guided-alpha.ts).
 * @param photo the matte's own, at any size
 */
export function refineMatte(matte: Matte, photo: RgbaImage): Matte {
  const { width, height } = photo
  if (width === matte.width && height === matte.height) return matte
  const alpha = new Uint8Array(width * height)
  if (!matte.alpha.some((value) => value > 0)) return { width, height, alpha }
  const plane = {
    width: matte.width,
    height: matte.height,
    data: Float32Array.from(matte.alpha, (value) => value / 255),
  }
  const guides = guidedRows(plane, photo, GUIDE)
  let at = 0
  for (const row of alphaRows(plane, width, height)) {
    follow(row, guides.next().value!, photo, alpha, at)
    at += width
  }
  return { width, height, alpha }
}

/** One row of the matte, which begins at pixel `at`. */
function follow(row: Float32Array, guide: Float32Array, photo: RgbaImage, alpha: Uint8Array, start: number): void {
  for (let x = 0, at = start; x < row.length; x++, at++) {
    const own = row[x]!
    const trust = guide[x * GUIDED_VALUES + 4]!
    const followed = trust === 0 ? own : own + trust * (photoSays(guide, x * GUIDED_VALUES, photo, 4 * at) - own)
    alpha[at] = Math.round(255 * smoothstep(CLEAR.out, CLEAR.in, followed))
  }
}
