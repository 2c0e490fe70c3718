import { gaussian } from '../../core/random'
import { tensor } from '../../core/tensor'
import { compositeOver } from '../../image/composite'
import { elementsLayer } from '../../image/element'
import { refineMatte } from '../../image/matte'
import { rgbaImage, type RgbaImage } from '../../image/rgba-image'
import { resize } from '../../image/resize'
import { drawingCondition, frameOf } from '../../models/drawing'
import { gridIds } from '../../models/transformer/position-ids'
import { inTurn, type Clock, type Cost } from './clock'
import type { Opened } from './opened'
import { BENCH_INSTRUCTION, BENCH_PLAN } from './stages'

/** How much work, and what it cost. */
export interface Grown {
  readonly what: string
  readonly unit: string
  readonly rows: readonly { readonly amount: number; readonly cost: Cost }[]
}

const SIDES = [8, 16, 24, 32]
const STEPS = [1, 2, 4, 8, 16]
const OBJECTS = [1, 2, 4, 8]
const MEGAPIXELS = [1, 4, 12, 48]

/** Cost as work grows: tokens of one element, network calls, elements of one batch, pixels of the photo. */
export async function benchGrowth(
  opened: Opened,
  small: RgbaImage,
  clock: Clock,
  runs: number,
  onProgress: (what: string) => void = () => undefined,
): Promise<readonly Grown[]> {
  const { engine, matting } = opened
  const subject = await matting.find(small)
  const context = { photo: small, subject }
  const draw = (seed: number, count: number, steps: number) =>
    engine.draw(
      {
        what: { instruction: BENCH_INSTRUCTION, styles: [] },
        where: { elements: Array.from({ length: count }, () => BENCH_PLAN) },
        how: { seed, steps },
      },
      context,
    )
  const series = async (
    what: string,
    unit: string,
    amounts: readonly number[],
    work: (amount: number) => Promise<(run: number) => unknown> | ((run: number) => unknown),
    rounds = runs,
  ): Promise<Grown> => {
    onProgress(what)
    const works: Record<string, (run: number) => unknown> = {}
    for (const amount of amounts) works[amount] = await work(amount)
    const costs = await inTurn(clock, rounds, works)
    return { what, unit, rows: amounts.map((amount) => ({ amount, cost: costs[amount]! })) }
  }
  const photos = (work: (photo: RgbaImage) => (run: number) => unknown) => (megapixels: number) => {
    // Made anew for each run of it: four at once would be a quarter of a gigabyte.
    const side = Math.round(Math.sqrt(megapixels * 1e6))
    let photo: RgbaImage | undefined
    return (run: number) => work((photo ??= enlarged(small, side)))(run)
  }
  const drawn = await draw(1, 1, 1)
  return [
    await series(
      'one drawing step',
      'tokens',
      SIDES.map((side) => side * side),
      (tokens) => stepOf(opened, small, tokens),
    ),
    await series('drawing in steps', 'steps', STEPS, (steps) => (run) => draw(run, 1, steps)),
    await series('drawing objects in one batch', 'objects', OBJECTS, (count) => (run) => draw(run, count, 1)),
    await series(
      'refining the matte',
      'megapixels',
      MEGAPIXELS,
      photos((photo) => () => refineMatte(subject.matte, photo)),
      1,
    ),
    await series(
      'photo tokens of one element',
      'megapixels',
      MEGAPIXELS,
      photos((photo) => {
        const framed = { frame: frameOf(BENCH_PLAN.box, 'front', photo), kind: 'front' as const, words: NO_WORDS }
        return () => drawingCondition(opened.codec, photo, subject.matte, [framed])
      }),
      1,
    ),
    await series(
      'compositing one element',
      'megapixels',
      MEGAPIXELS,
      photos((photo) => () => compositeOver(photo, elementsLayer(drawn.elements, photo))),
      1,
    ),
  ]
}

const NO_WORDS = { txt: tensor([1, 1]), pooled: tensor([1]) }

/** A drawing step over so many tokens of one element, its photo seen by as many. */
async function stepOf(
  { codec, text, networks: { drawing } }: Opened,
  photo: RgbaImage,
  tokens: number,
): Promise<() => unknown> {
  const side = Math.sqrt(tokens)
  const frame = { ...frameOf(BENCH_PLAN.box, 'front', photo), grid: { rows: side, columns: side } }
  const empty = { width: 1, height: 1, alpha: new Uint8Array(1) }
  const words = await text.encode(BENCH_PLAN.words)
  const condition = {
    ...(await drawingCondition(codec, photo, empty, [{ frame, kind: 'front', words }])),
    noisyIds: gridIds(frame.grid),
  }
  const ready = await drawing.prepare(condition)
  const { in_channels: values } = drawing.config
  const latents = tensor([1, tokens, values], gaussian(3, tokens * values))
  return () => ready.step(latents, 1)
}

const enlarged = (photo: RgbaImage, side: number): RgbaImage => {
  const all = resize(photo, side, side)
  return rgbaImage(side, side, all.data)
}
