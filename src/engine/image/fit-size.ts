import { PhotodoodleError } from '../core/errors'
import { SETTINGS } from '../core/settings'

/** Pixels along one side of a token: 8 (autoencoder) x 2 (patch). */
const TOKEN_PIXELS = 16

/** The widest and the tallest shape the models are trained on. */
const MAX_ASPECT = 16 / 9

/** What leaving the whole budget unused would cost, in the units of a log aspect error. */
const UNUSED_WEIGHT = 0.5

/** Smallest resolution offered: below it a doodle is a handful of tokens. */
const MIN_RESOLUTION = SETTINGS.resolution.slider.min

/** Pixels along a square picture of this many tokens, in whole tokens: the largest {@link tokensFor} takes. */
export function resolutionOf(tokens: number): number {
  return TOKEN_PIXELS * Math.floor(Math.sqrt(tokens))
}

/**
 * The token budget of a resolution, given as the side in pixels of a square picture with as many.
 * @param most tokens the model was trained on; its own {@link resolutionOf} stands for all of them
 * @throws BadRequest unless it is a multiple of 16 from {@link MIN_RESOLUTION} to what the model was trained on
 */
export function tokensFor(resolution: number, most: number): number {
  const highest = resolutionOf(most)
  if (resolution % TOKEN_PIXELS !== 0 || !(resolution >= Math.min(MIN_RESOLUTION, highest) && resolution <= highest)) {
    throw new PhotodoodleError(
      'BadRequest',
      `A resolution of ${resolution} pixels cannot be drawn.`,
      `Use a multiple of ${TOKEN_PIXELS} from ${Math.min(MIN_RESOLUTION, highest)} ` +
        `to ${highest}, the largest this model was trained on.`,
    )
  }
  return resolution === highest ? most : (resolution / TOKEN_PIXELS) ** 2
}

export interface FittedSize {
  /** Pixels, a multiple of 16. */
  readonly width: number
  readonly height: number
  /** Tokens down and across: height / 16 and width / 16. */
  readonly rows: number
  readonly columns: number
}

/**
 * The model resolution for a photo: as many 16 px tokens as the budget allows, in a grid whose shape is close to the
 * photo's. Weighs the stretch `|log(grid aspect / photo aspect)|` against the share of the budget left unused, so that
 * a photo of 4:3 takes 10 x 14 tokens of 144 rather than the exact but smaller 9 x 12. The remaining stretch (a few per
 * cent) is undone when the doodle layer returns to the photo's size. A photo beyond 16:9 is fitted as if it were 16:9
 * and stretched by the rest: the models have not seen longer shapes.
 *
 * @param width, height the photo's size in pixels
 * @param tokens largest rows * columns
 * @throws BadRequest when a size or the budget is not positive
 */
export function fitSize(width: number, height: number, tokens: number): FittedSize {
  if (!(width > 0 && height > 0 && tokens >= 1)) {
    throw new PhotodoodleError(
      'BadRequest',
      `Cannot fit a ${width} x ${height} photo into ${tokens} tokens.`,
      'Give a photo and a token budget above zero.',
    )
  }
  const aspect = Math.min(MAX_ASPECT, Math.max(1 / MAX_ASPECT, width / height))
  let best = { rows: 1, columns: 1, cost: Number.POSITIVE_INFINITY }
  const longest = Math.ceil(Math.sqrt(tokens * MAX_ASPECT))
  for (let rows = 1; rows <= longest; rows++) {
    for (let columns = 1; columns <= longest && rows * columns <= tokens; columns++) {
      const gridAspect = columns / rows
      if (gridAspect > MAX_ASPECT + 1e-9 || gridAspect < 1 / MAX_ASPECT - 1e-9) continue
      const cost = Math.abs(Math.log(gridAspect / aspect)) + UNUSED_WEIGHT * (1 - (rows * columns) / tokens)
      if (cost < best.cost) best = { rows, columns, cost }
    }
  }
  const { rows, columns } = best
  return { width: columns * TOKEN_PIXELS, height: rows * TOKEN_PIXELS, rows, columns }
}
