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
