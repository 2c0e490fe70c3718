import { placeShown, type MaskBuffer, type Pose } from '../../workers/engine-api'
import type { Layer } from '../project/project'

/** Screen pixels within which an object's middle goes to a line. */
const NEAR = 6

/** The pose with its middle on the lines through these middles, where it is near them. Shares of the photo. */
export function snapped(
  { doodle, look }: Pick<Layer, 'doodle' | 'look'>,
  pose: Pose,
  middles: readonly (readonly [number, number])[],
  photo: { readonly width: number; readonly height: number },
  scale: number,
): Pose {
  const place = placeShown(doodle.elements, { ...look, pose }, photo)
  const [x, y] = [place.left + place.width / 2, place.top + place.height / 2]
  const pull = (at: number, lines: readonly number[], pixels: number): number =>
    lines.map((line) => line - at).find((by) => Math.abs(by) * pixels * scale < NEAR) ?? 0
  return {
    ...pose,
    x:
      pose.x +
      pull(
        x,
        middles.map(([mx]) => mx),
        photo.width,
      ),
    y:
      pose.y +
      pull(
        y,
        middles.map(([, my]) => my),
        photo.height,
      ),
  }
}

/** The middle of the subject's mass, as shares of the photo; undefined where there is none. */
export function subjectMiddle(matte: MaskBuffer | null): readonly [number, number] | undefined {
  if (matte === null) return undefined
  let [sum, sumX, sumY] = [0, 0, 0]
  for (let y = 0, at = 0; y < matte.height; y++) {
    for (let x = 0; x < matte.width; x++, at++) {
      const value = matte.data[at]!
      sum += value
      sumX += value * (x + 0.5)
      sumY += value * (y + 0.5)
    }
  }
  return sum === 0 ? undefined : [sumX / sum / matte.width, sumY / sum / matte.height]
}
