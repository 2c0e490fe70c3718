import type { RgbaImage } from '../image/rgba-image'
import type { EditOutcome, EditProgress, PhotoDoodle } from '../pipelines/photo-doodle'
import type { StyleUse } from '../pipelines/style-set'

export interface BenchOptions {
  /** Counted edits, at least 1. */
  readonly runs: number
}

/** What is asked for: one element. */
export const BENCH_INSTRUCTION = 'add a red crown'

/** Medians of one run of the benchmark, in milliseconds. */
export interface BenchFigures {
  /** Reading the model and opening its sessions, once. */
  readonly opening: number
  /**
   * Finding the photo's subject at the photo's size, once a photo and no part of the edits; 0 of models that need none.
   */
  readonly photo: number
  /**
   * Of edits with the photo open. `prepare` is reading the instruction, and for models that draw on the photo, encoding
   * it.
   */
  readonly edit: EditOutcome['millis']
  /** One network call of `draw`, and what goes before the first; absent where there is one call only. */
  readonly draw?: { readonly call: number; readonly before: number }
  /** Making another style the active one, the base model loaded and the style read once before. */
  readonly styleSwitch: number
  readonly steps: number
  /** Drawn in all of the counted edits. */
  readonly elements: number
  readonly runs: number
}

/**
 * Times opening a model, whole edits and style switches. The first edit and the first use of each style are not
 * counted: they read weights.
 * @param open the engine stays the caller's to dispose
 */
export async function benchmark(
  open: () => Promise<PhotoDoodle>,
  photo: RgbaImage,
  { runs }: BenchOptions,
): Promise<BenchFigures> {
  const begun = performance.now()
  const engine = await open()
  return { opening: performance.now() - begun, ...(await benchmarkOpen(engine, photo, runs)) }
}

async function benchmarkOpen(
  engine: PhotoDoodle,
  photo: RgbaImage,
  runs: number,
): Promise<Omit<BenchFigures, 'opening'>> {
  const styles = engine.model.styles.map(({ id }) => id)
  const alone = (id: string | undefined): StyleUse[] => (id === undefined ? [] : [{ id, strength: 1 }])
  // The first opens the matting model.
  let subject = await engine.subject(photo)
  const photoMillis =
    subject === undefined
      ? 0
      : await millisOf(async () => {
          subject = await engine.subject(photo)
        })
  const edit = async (seed: number): Promise<{ readonly outcome: EditOutcome; readonly calls: readonly number[] }> => {
    const reached: number[] = []
    const onProgress = ({ phase, step }: EditProgress): void => {
      if (phase === 'draw' && step > 0) reached.push(performance.now())
    }
    const outcome = await engine.edit(
      { what: { instruction: BENCH_INSTRUCTION, styles: alone(styles[seed % styles.length]) }, how: { seed } },
      { photo, ...(subject === undefined ? {} : { subject }), onProgress },
    )
    return { outcome, calls: reached.slice(1).map((time, i) => time - reached[i]!) }
  }
  for (const style of styles) await engine.useStyles(alone(style))
  await edit(0)

  const edits: Awaited<ReturnType<typeof edit>>[] = []
  for (let run = 1; run <= runs; run++) edits.push(await edit(run))
  const switches: number[] = []
  for (let run = 0; run < 5 * styles.length; run++)
    switches.push(await millisOf(() => engine.useStyles(alone(styles[run % styles.length]))))

  const { steps, millis } = edits[0]!.outcome
  const phases = Object.keys(millis) as (keyof EditOutcome['millis'])[]
  const medians = Object.fromEntries(
    phases.map((phase) => [phase, median(edits.map(({ outcome }) => outcome.millis[phase]))]),
  ) as BenchFigures['edit']
  const call = median(edits.flatMap(({ calls }) => calls))
  return {
    photo: photoMillis,
    edit: medians,
    ...(call > 0 ? { draw: { call, before: Math.max(0, medians.draw - steps * call) } } : {}),
    styleSwitch: median(switches),
    steps,
    elements: edits.reduce((sum, { outcome }) => sum + outcome.elements.length, 0),
    runs,
  }
}

async function millisOf(work: () => Promise<void>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

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

/** 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}
