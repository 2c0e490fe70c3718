import type { RgbaImage } from '../image/rgba-image'
import type { EditOutcome, PhotoDoodle } from './photo-doodle'
import type { StyleUse } from './style-set'

export interface BenchOptions {
  /** Counted edits, at least 1. */
  readonly runs: number
}

/** Medians of one run of the benchmark, in milliseconds. */
export interface BenchFigures {
  readonly edit: EditOutcome['millis']
  /** Finding the photo's subject, once a photo and no part of the edits; 0 of models that need none. */
  readonly photo: number
  /** Making another style the active one, the base model loaded and the style read once before. */
  readonly styleSwitch: number
  readonly steps: number
  readonly runs: number
}

/**
 * Times whole edits and style switches of a loaded model. The first edit and the first use of each style are not
 * counted: they read weights.
 */
export async function benchmark(engine: PhotoDoodle, photo: RgbaImage, { runs }: BenchOptions): Promise<BenchFigures> {
  const styles = engine.model.styles.map(({ id }) => id)
  const alone = (id: string | undefined): StyleUse[] => (id === undefined ? [] : [{ id, strength: 1 }])
  const opened = performance.now()
  const subject = await engine.subject(photo)
  const photoMillis = performance.now() - opened
  const edit = (index: number): Promise<EditOutcome> => engine.edit({ photo, ...(subject === undefined ? {} : { subject }), styles: alone(styles[index % styles.length]), instruction: 'add a red crown and two stars', seed: index })
  for (const style of styles) await engine.useStyles(alone(style))
  const warm = await edit(0)

  const edits: EditOutcome['millis'][] = []
  for (let run = 1; run <= runs; run++) edits.push((await edit(run)).millis)

  const switches: number[] = []
  for (let run = 0; run < 5 * styles.length; run++) {
    const start = performance.now()
    await engine.useStyles(alone(styles[run % styles.length]))
    switches.push(performance.now() - start)
  }
  const phases = Object.keys(warm.millis) as (keyof EditOutcome['millis'])[]
  return {
    edit: Object.fromEntries(phases.map((phase) => [phase, median(edits.map((millis) => millis[phase]))])) as BenchFigures['edit'],
    photo: photoMillis,
    styleSwitch: median(switches),
    steps: warm.steps,
    runs,
  }
}

/** Milliseconds. */
export interface Spread {
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
 * @param settled resolves when the provider has done what it was given: a GPU's buffers are written after the call returns
 */
export async function benchmarkSwitches(engine: PhotoDoodle, settled: () => Promise<unknown> = () => Promise.resolve()): Promise<SwitchFigures> {
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
