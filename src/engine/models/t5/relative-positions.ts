/**
 * Which of T5's buckets each pair of places falls into: half of them for places before, half for those after; the
 * nearest
 * distances have one each, farther ones share them by their logarithm, and all from `maxDistance` on the last.
 * The logarithms are rounded to float32 as the reference's are, since the result is cut to a whole number.
 * @param buckets a multiple of 4
 * @returns int32 [tokens, tokens], row = the place that looks
 */
export function relativePositionBuckets(tokens: number, buckets: number, maxDistance: number): Int32Array {
  const half = buckets / 2
  const exact = half / 2
  const spread = Math.fround(Math.log(maxDistance / exact))
  const bucket = (distance: number): number => {
    if (distance < exact) return distance
    const share = Math.fround(Math.fround(Math.log(distance / exact)) / spread)
    return Math.min(half - 1, exact + Math.trunc(Math.fround(share * (half - exact))))
  }
  const byDistance = Int32Array.from({ length: tokens }, (_, distance) => bucket(distance))
  const result = new Int32Array(tokens * tokens)
  for (let from = 0; from < tokens; from++) {
    for (let to = 0; to < tokens; to++)
      result[from * tokens + to] = byDistance[Math.abs(to - from)]! + (to > from ? half : 0)
  }
  return result
}
