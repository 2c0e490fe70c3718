import type { FileTree } from '../../core/byte-source'
import type { RgbaImage } from '../../image/rgba-image'
import type { Runtime } from '../../runtime/runtime'
import { costOf, type Clock, type Cost } from './clock'
import { benchGrowth, type Grown } from './growth'
import { openParts, type Opened } from './opened'
import { BENCH_INSTRUCTION, BENCH_PLAN, benchStages, type BenchOptions, type BenchReport } from './stages'

/** Where everything is, and where it runs. */
export interface BenchPlace {
  readonly runtime: Runtime
  readonly model: FileTree
  readonly matte: FileTree
  readonly decode: () => Promise<RgbaImage>
  readonly clock: Clock
}

export interface FullReport extends BenchReport {
  /** Asked for by {@link FullOptions.growth}. */
  readonly growth: readonly Grown[]
}

export interface FullOptions extends BenchOptions {
  readonly growth: boolean
}

/** Opens the model, times everything and closes it. */
export async function runBench(place: BenchPlace, { growth, ...options }: FullOptions): Promise<FullReport> {
  const opened = await openParts(place.model, place.matte, place.runtime, place.clock)
  try {
    const report = await benchStages(opened, place.runtime, place.decode, place.clock, options)
    const grown = growth
      ? await benchGrowth(opened, await place.decode(), place.clock, Math.min(options.runs, 3), options.onProgress)
      : []
    return { ...report, growth: grown }
  } finally {
    await opened.close()
  }
}

/** An engine with a photo open, which edits when it is told: one side of a comparison. */
export interface Editing {
  /** @param anew draws {@link BENCH_PLAN} without laying anything out */
  edit(seed: number, anew: boolean): Promise<Cost>
  close(): Promise<void>
}

export async function openEditing({ runtime, model, matte, decode, clock }: BenchPlace): Promise<Editing> {
  const opened: Opened = await openParts(model, matte, runtime, clock)
  const photo = await decode()
  const subject = await opened.matting.find(photo)
  const what = { instruction: BENCH_INSTRUCTION, styles: [] }
  return {
    edit: (seed, anew) =>
      costOf(clock, async () => {
        // As the editor does it: boxes first, then what is in them; one box, so that everybody draws the same.
        if (!anew) await opened.engine.layout({ what, how: { seed } }, { photo, subject })
        await opened.engine.edit({ what, where: { elements: [BENCH_PLAN] }, how: { seed } }, { photo, subject })
      }),
    close: () => opened.close(),
  }
}
