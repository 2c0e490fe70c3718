/** Largest factor: beyond it hues wash out, and where next to nothing would be inside, it was not asked for there. docs/performance.md, "Close-ups". */
const MOST = 4

/** Noise level from which on a picture is still open: what a factor overshoots at these levels, later steps take back. */
const OPEN_SIGMA = 0.6

/**
 * How many times stronger a doodle's expectation is inside a region once it is known to lie there.
 *
 * At high noise the predicted clean latents are a mean over all the places where the doodle might come to lie. Cutting away what is
 * outside the region leaves the faint rest of that mean, and later steps read it as "nothing was asked for here". By Bayes' rule the
 * mean over the places inside alone is that rest divided by its share of the whole, which is estimated here by sums of absolute
 * differences from the source: a thing weighs the same wherever it lies.
 *
 * Made for this project; the region itself is blended diffusion (Avrahami, Lischinski and Fried 2022).
 * @param latents where a step arrived, [N, C]
 * @param held the source at the same noise level and with the same noise, [N, C]
 * @param region weights in 0..1, [N, C]
 * @param sigma that noise level
 * @returns at least 1, at most {@link MOST}; 1 below {@link OPEN_SIGMA}
 */
export function gatherFactor(latents: Float32Array, held: Float32Array, region: Float32Array, sigma: number): number {
  if (sigma < OPEN_SIGMA) return 1
  let [whole, inside] = [0, 0]
  for (let i = 0; i < latents.length; i++) {
    const change = Math.abs(latents[i]! - held[i]!)
    whole += change
    inside += region[i]! * change
  }
  return inside > 0 ? Math.min(MOST, whole / inside) : 1
}
