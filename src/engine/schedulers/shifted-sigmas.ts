import { PhotodoodleError } from '../core/errors'

/**
 * Noise levels of a rectified-flow run with a fixed shift: shift t / (1 + (shift - 1) t) for t from 1 to 0 in equal
 * steps.
 * Source: Esser et al. 2024, "Scaling Rectified Flow Transformers", section 5.3.2.
 * @param steps 1 or more
 * @returns [steps + 1], from exactly 1 down to exactly 0
 * @throws BadRequest
 */
export function shiftedSigmas(steps: number, shift: number): number[] {
  if (!Number.isInteger(steps) || steps < 1 || steps > 1000)
    throw new PhotodoodleError('BadRequest', `${steps} steps cannot be taken.`, 'Give a whole number from 1 to 1000.')
  return Array.from({ length: steps + 1 }, (_, i) => {
    const t = 1 - i / steps
    return (shift * t) / (1 + (shift - 1) * t)
  })
}
