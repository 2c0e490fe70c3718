import { PhotodoodleError } from '../../core/errors'
import type { WeightStore } from '../../formats/weight-store'
import { disposeAll, uploadWeights, weightBytes, type PartWeights, type WeightedPart } from '../weights/part-weights'
import type { Runtime } from '../runtime'

/**
 * Where the weights of a network that runs part by part are. Under a memory budget smaller than the network some parts
 * stay and
 * the others are streamed: read from the store each time their turn comes, the next of them while the ones before it
 * compute, and
 * freed afterwards. Results do not depend on it: the same graphs run on the same bytes.
 */
export class Residency {
  private readonly bytes: readonly number[]
  private readonly held = new Map<number, PartWeights>()
  private streamed: ReadonlySet<number>
  /** The streamed part whose turn is next, on its way. */
  private coming: { readonly index: number; readonly weights: Promise<PartWeights> } | undefined

  /**
   * @param parts in the order they run, over and over
   * @param budget bytes of weights that may be held at any time, what {@link reserve} asks for included
   * @throws BadRequest when not even two parts at a time fit
   */
  constructor(
    private readonly runtime: Runtime,
    private readonly store: WeightStore,
    private readonly parts: readonly WeightedPart[],
    private readonly budget: number,
  ) {
    this.bytes = parts.map(weightBytes)
    this.streamed = streamedParts(this.bytes, budget)
  }

  /** Reads in all parts that stay; without it each is read when it first runs. */
  async fill(): Promise<void> {
    for (const index of this.parts.keys()) if (!this.streamed.has(index)) await this.hold(index)
  }

  /**
   * Runs `job` with the weights of part `index`. Parts are used in order, one at a time.
   * @throws every error of reading weights; the next use tries again
   */
  async use(index: number, job: (weights: PartWeights) => Promise<void>): Promise<void> {
    if (!this.streamed.has(index)) return job(await this.hold(index))
    const weights = await this.arrived(index)
    this.readAhead(index)
    try {
      await job(weights)
      // The GPU may still be reading them.
      await this.runtime.settled()
    } finally {
      disposeAll(weights)
    }
  }

  /**
   * Leaves `bytes` of the budget to other tensors from now on: streams as many more parts as that takes, or fewer.
   * @throws BadRequest when that leaves too little
   */
  async reserve(bytes: number): Promise<void> {
    const streamed = streamedParts(this.bytes, this.budget - bytes)
    await this.cancelReadAhead()
    this.streamed = streamed
    for (const [index, weights] of this.held) {
      if (!streamed.has(index)) continue
      disposeAll(weights)
      this.held.delete(index)
    }
  }

  /** Frees everything; parts are read again when they run again. */
  async empty(): Promise<void> {
    await this.cancelReadAhead()
    for (const weights of this.held.values()) disposeAll(weights)
    this.held.clear()
  }

  private async hold(index: number): Promise<PartWeights> {
    const weights = this.held.get(index) ?? (await this.read(index))
    this.held.set(index, weights)
    return weights
  }

  private async arrived(index: number): Promise<PartWeights> {
    const { coming } = this
    if (coming?.index !== index) {
      await this.cancelReadAhead()
      return this.read(index)
    }
    this.coming = undefined
    return coming.weights
  }

  private readAhead(after: number): void {
    const count = this.parts.length
    for (let step = 1; step < count; step++) {
      const index = (after + step) % count
      if (!this.streamed.has(index)) continue
      const weights = this.read(index)
      // Awaited later; an error that comes before that is not an unhandled one.
      weights.catch(() => undefined)
      this.coming = { index, weights }
      return
    }
  }

  private async cancelReadAhead(): Promise<void> {
    const { coming } = this
    this.coming = undefined
    await coming?.weights.then(disposeAll, () => undefined)
  }

  private read(index: number): Promise<PartWeights> {
    return this.runtime.allocating('hold the transformer', () =>
      uploadWeights(this.runtime, this.store, this.parts[index]!),
    )
  }
}

/**
 * The fewest parts that must be streamed for the rest and two streamed ones, that at work and that read ahead, to fit
 * the budget.
 * They are spread evenly: while parts that stay compute, the next streamed one has time to come.
 * @param bytes of each part, in the order they run
 * @throws BadRequest naming the smallest budget that would do
 */
export function streamedParts(bytes: readonly number[], budget: number): ReadonlySet<number> {
  const count = bytes.length
  let need = Number.POSITIVE_INFINITY
  for (let streamed = 0; streamed <= count; streamed++) {
    const chosen = [...bytes.keys()].filter(
      (i) => Math.floor(((i + 1) * streamed) / count) > Math.floor((i * streamed) / count),
    )
    const kept = bytes.reduce((sum, size, i) => (chosen.includes(i) ? sum : sum + size), 0)
    const pairs = chosen.map((i, at) => bytes[i]! + (chosen.length > 1 ? bytes[chosen[(at + 1) % chosen.length]!]! : 0))
    const total = kept + Math.max(0, ...pairs)
    if (total <= budget) return new Set(chosen)
    need = Math.min(need, total)
  }
  throw new PhotodoodleError(
    'BadRequest',
    `The transformer's weights do not fit a memory budget of ` +
      `${megabytes(Math.max(0, budget))} MB, even when all of them are streamed.`,
    `Give it ${megabytes(need - budget)} MB more.`,
  )
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1e6)
