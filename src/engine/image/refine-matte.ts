import { alphaRows, GUIDED_VALUES, guidedRows, photoSays, type AlphaPlane, type GuideOptions } from './guided-alpha'
import { smoothstep } from './mask'
import type { RgbaImage } from './rgba-image'

/** Chosen on photos of 512 px (docs/experiments/matte.md). training/nano/matte.py has the same figures. */
const GUIDE: GuideOptions = { radius: 3, explained: { least: 0.4, full: 0.8 } }

/** Shares of the subject that count as none, below, and all, above: averaging over windows greys both. */
const CLEAR = { out: 0.1, in: 0.9 } as const

/**
 * A subject's matte at the photo's size, its edge the photo's own where the photo's colours explain it (guided-alpha.ts).
 * @param matte the subject's share, 0..1, over the whole photo at any size and aspect
 * @returns the same, 0..255, row-major [photo.height, photo.width]
 */
export function refineMatte(matte: AlphaPlane, photo: RgbaImage): Uint8ClampedArray {
  const { width, height } = photo
  const alpha = new Uint8ClampedArray(width * height)
  const guides = guidedRows(matte, photo, GUIDE)
  let at = 0
  for (const row of alphaRows(matte, width, height)) {
    const guide = guides.next().value!
    for (let x = 0; x < width; x++, at++) {
      const own = row[x]!
      const trust = guide[x * GUIDED_VALUES + 4]!
      const followed = trust === 0 ? own : own + trust * (photoSays(guide, x * GUIDED_VALUES, photo, 4 * at) - own)
      alpha[at] = 255 * smoothstep(CLEAR.out, CLEAR.in, followed)
    }
  }
  return alpha
}
