import type { PhotoDoodle } from '../../pipelines/photo-doodle'
import { median } from './clock'

/** Milliseconds. */
interface Spread {
  readonly median: number
  readonly most: number
}

export interface SwitchFigures {
  /** Making a style the active one for the first time: its file is fetched, checked and read. */
  readonly first: Spread
  /** From each of the styles to each other one, all read before. */
  readonly later: Spread
  readonly switches: number
}

/**
 * Times style switches alone, for providers on which edits take too long to repeat.
 * @param settled resolves when the provider has done what it was given: a GPU's buffers are written after the call
 *   returns
 */
export async function benchmarkSwitches(
  engine: PhotoDoodle,
  settled: () => Promise<unknown> = () => Promise.resolve(),
): Promise<SwitchFigures> {
  const styles = engine.model.styles.map(({ id }) => id)
  const timed = async (id: string): Promise<number> => {
    await settled()
    const start = performance.now()
    await engine.useStyles([{ id, strength: 1 }])
    await settled()
    return performance.now() - start
  }
  const first: number[] = []
  for (const style of styles) first.push(await timed(style))
  const later: number[] = []
  for (const from of styles) {
    for (const to of styles.filter((style) => style !== from)) {
      await engine.useStyles([{ id: from, strength: 1 }])
      later.push(await timed(to))
    }
  }
  return { first: spread(first), later: spread(later), switches: later.length }
}

const spread = (millis: readonly number[]): Spread => ({ median: median(millis), most: Math.max(...millis) })
