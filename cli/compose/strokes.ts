import sharp from 'sharp'
import { applied, type Affine } from '../../src/engine/image/pose'
import type { RegionMask } from '../../src/engine/image/region'
import type { Stroke } from '../../src/workers/strokes'

interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Strokes as a mask, as the editor's canvases paint them (src/workers/strokes.ts): smooth lines with round ends, one
 * after the other.
 * @param scale the mask's pixels for each of the photo's
 * @param moved where the photo's pixels lie now
 * @param ground what they are painted on; absent: nothing
 */
export async function paintedMask(
  strokes: readonly Stroke[],
  { width, height }: Size,
  scale: number,
  moved: Affine = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 },
  ground?: Float32Array,
): Promise<RegionMask> {
  const mask = ground?.slice() ?? new Float32Array(width * height)
  for (const stroke of strokes) {
    const lines = pathOf(stroke, moved, scale)
    const line = stroke.size * scale * Math.hypot(moved.a, moved.b)
    const pen = `fill="none" stroke="#fff" stroke-width="${line}" stroke-linecap="round" stroke-linejoin="round"`
    const root = `xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"`
    const svg = `<svg ${root}><path d="${lines}" ${pen}/></svg>`
    const alpha = await sharp(Buffer.from(svg)).extractChannel('alpha').raw().toBuffer()
    for (let i = 0; i < mask.length; i++) {
      const share = alpha[i]! / 255
      if (share > 0) mask[i] = stroke.mode === 'add' ? mask[i]! + share * (255 - mask[i]!) : mask[i]! * (1 - share)
    }
  }
  return { width, height, data: Uint8Array.from(mask, Math.round) }
}

/** Quadratic curves between the middles of its pieces. */
function pathOf({ points }: Stroke, moved: Affine, scale: number): string {
  const at = Array.from({ length: points.length / 2 }, (_, i) =>
    applied(moved, [points[2 * i]!, points[2 * i + 1]!]).map((value) => value * scale),
  )
  const [first = [0, 0], ...rest] = at
  const curves = rest.slice(0, -1).map(([x = 0, y = 0], i) => {
    const [nextX = 0, nextY = 0] = rest[i + 1]!
    return `Q${x} ${y} ${(x + nextX) / 2} ${(y + nextY) / 2}`
  })
  const last = rest.at(-1)
  // A line of no length paints nothing everywhere; a hundredth of a pixel of it is the round dot.
  const [x = 0, y = 0] = last ?? [first[0]! + 0.01, first[1]!]
  return `M${first.join(' ')}${curves.join('')}L${x} ${y}`
}
