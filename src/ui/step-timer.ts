import type { EditProgress } from '../workers/engine-api'

/** Share of a step that decoding and compositing take after the last one, until it is known better. */
const TAIL_STEPS = 1

/**
 * Estimates whole seconds left from the steps seen so far. The first step is slower than the rest (shaders compile,
 * memory is touched), so it counts only until there are others.
 * @param now milliseconds
 */
export function stepTimer(
  now: () => number = () => performance.now(),
): (progress: Pick<EditProgress, 'phase' | 'step' | 'steps'>) => number | null {
  const times: number[] = []
  return ({ phase, step, steps }) => {
    if (phase !== 'draw' || step < 1) return null
    times.push(now())
    const first = times[0]
    const last = times.at(-1)
    if (first === undefined || last === undefined || times.length < 2) return null
    const perStep = (last - first) / (times.length - 1)
    return Math.ceil(((steps - step + TAIL_STEPS) * perStep) / 1000)
  }
}

/**
 * Whole seconds left for all of several drawings.
 * @param left of the one under way, or null while that is unknown
 * @param elapsed seconds that it has taken so far
 * @param took seconds that each of the finished ones took
 * @param more how many come after it
 */
export function secondsForAll(
  left: number | null,
  elapsed: number,
  took: readonly number[],
  more: number,
): number | null {
  if (more === 0) return left
  const each =
    took.length > 0 ? took.reduce((sum, one) => sum + one, 0) / took.length : left === null ? null : elapsed + left
  if (each === null) return null
  return Math.ceil((left ?? Math.max(0, each - elapsed)) + more * each)
}
