/** Milliseconds on the wall, and of the processor over all threads where that can be told. */
export interface Cost {
  readonly wall: number
  readonly processor?: number
}

/** Milliseconds since some moment of its own; a page asks whoever opened it for the processor's. */
export type Clock = () => Promise<Cost>

/** Of a page that cannot see the processor's time. */
export const wallClock: Clock = () => Promise.resolve({ wall: performance.now() })

export async function costOf(clock: Clock, work: () => unknown): Promise<Cost> {
  const before = await clock()
  await work()
  const after = await clock()
  const wall = after.wall - before.wall
  if (after.processor === undefined || before.processor === undefined) return { wall }
  return { wall, processor: after.processor - before.processor }
}

/** 0 of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2
}

/** Each figure's own median. */
export function medianCost(costs: readonly Cost[]): Cost {
  const wall = median(costs.map((cost) => cost.wall))
  const processor = costs.flatMap((cost) => cost.processor ?? [])
  return processor.length === 0 ? { wall } : { wall, processor: median(processor) }
}

/** What ratios are made of: the processor's time does not depend on what else the machine does. */
export const effort = ({ wall, processor }: Cost): number => processor ?? wall

/** Rounds after which an edit takes no less in the next: Node's and Chromium's compilers have had their turn. */
export const WARM_ROUNDS = 6

/**
 * Medians of several pieces of work done in turn, so that all of them meet the same machine.
 * @param runs counted rounds, 1 or more
 * @param warm rounds before them, in which engines compile what is run often
 */
export async function inTurn<Name extends string>(
  clock: Clock,
  runs: number,
  works: Readonly<Record<Name, (run: number) => unknown>>,
  warm = 1,
): Promise<Record<Name, Cost>> {
  const names = Object.keys(works) as Name[]
  const costs = new Map(names.map((name) => [name, [] as Cost[]]))
  for (let run = 0; run < warm + runs; run++) {
    for (const name of names) {
      const cost = await costOf(clock, () => works[name](run))
      if (run >= warm) costs.get(name)!.push(cost)
    }
  }
  return Object.fromEntries(names.map((name) => [name, medianCost(costs.get(name)!)])) as Record<Name, Cost>
}
