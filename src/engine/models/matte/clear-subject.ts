/**
 * When a matte shows a clear subject, measured on photos of training whose subject is known and on rooms and landscapes
 * (docs/experiments/matte.md). training/model/matte.py has the same figures.
 */

/** A pixel is surely the subject above, surely not below. */
const SURE = { in: 0.9, out: 0.1 } as const

/** Least share of the photo that must surely be the subject: less is a speck. */
const LEAST_SURE = 0.01

/** Most of what is not surely background that may be in doubt: a network that found no subject gives a grey haze. */
const MOST_DOUBT = 0.5

/** @param matte 0..1, of any size, over the whole photo */
export function hasSubject(matte: Float32Array): boolean {
  let sure = 0
  let doubtful = 0
  for (const value of matte) {
    if (value > SURE.in) sure++
    else if (value > SURE.out) doubtful++
  }
  return sure >= LEAST_SURE * matte.length && doubtful <= MOST_DOUBT * (sure + doubtful)
}
