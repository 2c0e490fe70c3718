import { gaussian } from '../../core/random'
import { tensor, type Tensor } from '../../core/tensor'
import { compositeOver } from '../../image/composite'
import { elementsLayer } from '../../image/element'
import { refineMatte } from '../../image/matte'
import type { RgbaImage } from '../../image/rgba-image'
import { layerPixels } from '../../models/codec'
import type { ConditionedConfig } from '../../models/conditioned/config'
import type { Condition, PreparedCondition } from '../../models/conditioned/contract'
import { drawingCondition, frameOf } from '../../models/drawing'
import { layoutTokens } from '../../models/layout'
import { matteOver } from '../../models/matte'
import { gridIds } from '../../models/transformer/position-ids'
import type { ElementPlan } from '../../pipelines/edit'
import type { StyleUse } from '../../pipelines/style-set'
import type { Runtime } from '../../runtime/runtime'
import { costOf, effort, inTurn, WARM_ROUNDS, type Clock, type Cost } from './clock'
import { COPIED_BYTES, openCopy, openProduct, PRODUCTS, productFlop, sizeName } from './limits'
import type { Opened } from './opened'

/** What is asked for: one element. */
export const BENCH_INSTRUCTION = 'add a red crown'

/** Where it is drawn when it is drawn anew, so that every version and provider draws the same. */
export const BENCH_PLAN: ElementPlan = {
  box: { left: 0.3, top: 0.05, width: 0.35, height: 0.3 },
  kind: 'front',
  words: 'a red crown',
}

/** One line of the report. */
export interface Stage {
  readonly name: string
  /** How often it is paid for. */
  readonly paid: 'once' | 'a photo' | 'an edit' | 'a new style'
  readonly cost: Cost
}

/** The transformer's loop beside what the provider can do, all in the same rounds. */
export interface Limits {
  /** GFLOP/s of the processor's time where that is known, else by the clock. */
  readonly loop: number
  readonly products: readonly { readonly size: string; readonly rate: number }[]
  /** GB/s */
  readonly copy: number
}

export interface BenchReport {
  readonly stages: readonly Stage[]
  readonly limits: Limits
}

export interface BenchOptions {
  /** Counted rounds, at least 1. */
  readonly runs: number
  readonly onProgress?: (what: string) => void
}

/** Every stage of an edit by itself, and the whole. @param decode the photo's file to pixels */
export async function benchStages(
  opened: Opened,
  runtime: Runtime,
  decode: () => Promise<RgbaImage>,
  clock: Clock,
  { runs, onProgress = () => undefined }: BenchOptions,
): Promise<BenchReport> {
  const { engine, matting, text, codec, networks, model } = opened
  onProgress('first edit')
  const photo = await decode()
  const subject = await matting.find(photo)
  const request = (seed: number, styles: readonly StyleUse[] = []) => ({
    what: { instruction: BENCH_INSTRUCTION, styles },
    how: { seed },
  })
  const context = { photo, subject }
  const firstEdit = await costOf(clock, () => engine.edit(request(0), context))

  const words = await text.encode(BENCH_INSTRUCTION)
  const matte = matteOver(subject, photo)
  const framed = {
    frame: frameOf(BENCH_PLAN.box, BENCH_PLAN.kind, photo),
    kind: BENCH_PLAN.kind,
    words: await text.encode(BENCH_PLAN.words),
  }
  const condition = await drawingCondition(codec, photo, matte, [framed])
  const { layout: where, drawing: what } = networks
  const boxes: Condition = {
    texts: [words],
    src: layoutTokens(subject.features, subject.matte, photo.width / photo.height),
    srcIds: gridIds({ rows: 12, columns: 12 }),
    noisyIds: slotIdsOf(model.layout.slots),
  }
  const prepared = { layout: await where.prepare(boxes), drawing: await what.prepare(condition) }
  const noisy = {
    layout: noiseOf(1, model.layout.slots, where.config),
    drawing: noiseOf(1, condition.noisyIds.length / 3, what.config),
  }
  const latents = await what.prepare(condition).then((ready) => used(ready, () => ready.step(noisy.drawing, 1)))
  const flat = tensor(latents.dims.slice(1), latents.data)
  const decoded = await codec.decode(flat, framed.frame.grid)
  const pixels = layerPixels(decoded, model.codec.alphaGain)
  const element = { ...pixels.image, front: pixels.front, place: framed.frame.place }
  const layer = elementsLayer([element], photo, matte)
  const anew = { where: { elements: [BENCH_PLAN] } }

  onProgress('photo')
  const ofPhoto = await inTurn(clock, Math.min(runs, 3), {
    decode,
    'matte network and refinement': () => matting.find(photo),
    "of it, refinement at the photo's size": () => refineMatte(subject.matte, photo),
  })
  onProgress('stages')
  const ofEdit = await inTurn(
    clock,
    runs,
    {
      // Other words each time: those read before are kept.
      text: (run) => text.encode(`${BENCH_INSTRUCTION} ${run}`),
      'layout: photo tokens': () => layoutTokens(subject.features, subject.matte, photo.width / photo.height),
      'layout: condition': () => where.prepare(boxes).then((ready) => ready.dispose()),
      'layout: each step': () => prepared.layout.step(noisy.layout, 1),
      'drawing: photo tokens': () => drawingCondition(codec, photo, matte, [framed]),
      'drawing: condition': () => what.prepare(condition).then((ready) => ready.dispose()),
      'drawing: each step': () => prepared.drawing.step(noisy.drawing, 1),
      'codec: decode': () => codec.decode(flat, framed.frame.grid),
      'codec: pixels': () => layerPixels(decoded, model.codec.alphaGain),
      'composite: layer': () => elementsLayer([element], photo, matte),
      'composite: over the photo': () => compositeOver(photo, layer),
      'edit with the photo open': (run) => engine.edit(request(run), context),
      'one element drawn anew': (run) => engine.edit({ ...request(run), ...anew }, context),
      'of it, without compositing': (run) => engine.draw({ ...request(run), ...anew }, context),
    },
    WARM_ROUNDS,
  )
  for (const ready of Object.values(prepared)) ready.dispose()
  const limits = await loopBesideLimits(opened, runtime, condition, noisy.drawing, clock, runs, onProgress)
  return {
    stages: [
      ...Object.entries(opened.opening).map(([name, cost]) => stage(`open: ${name}`, 'once', cost)),
      stage('first edit', 'once', firstEdit),
      ...Object.entries(ofPhoto).map(([name, cost]) => stage(name, 'a photo', cost)),
      ...Object.entries(ofEdit).map(([name, cost]) => stage(name, 'an edit', cost)),
      ...(await styleStages(opened, clock, runs)),
    ],
    limits,
  }
}

const stage = (name: string, paid: Stage['paid'], cost: Cost): Stage => ({ name, paid, cost })

async function styleStages({ engine, model }: Opened, clock: Clock, runs: number): Promise<readonly Stage[]> {
  const styles = model.styles.map(({ id }) => [{ id, strength: 1 }])
  const [first, second] = [styles[0], styles[1]]
  if (first === undefined || second === undefined) return []
  const read = await costOf(clock, () => engine.useStyles(first))
  await engine.useStyles(second)
  const { later } = await inTurn(clock, runs, { later: (run) => engine.useStyles(run % 2 === 0 ? first : second) })
  await engine.useStyles([])
  return [stage('read a style', 'once', read), stage('switch to a style', 'a new style', later)]
}

/** The step that the loop repeats and the provider's products, in turn. */
async function loopBesideLimits(
  { networks: { drawing } }: Opened,
  runtime: Runtime,
  condition: Condition,
  latents: Tensor,
  clock: Clock,
  runs: number,
  onProgress: (what: string) => void,
): Promise<Limits> {
  onProgress('limits')
  const ready = await drawing.prepare(condition)
  const products = []
  for (const size of PRODUCTS) products.push({ size, ...(await openProduct(runtime, size)) })
  const copy = openCopy(runtime)
  const often = (run: () => Promise<unknown>, times: number) => async () => {
    for (let i = 0; i < times; i++) await run()
  }
  // A product that takes a tenth of a millisecond is repeated until its time can be told.
  const times = PRODUCTS.map((size) => Math.ceil(2e9 / productFlop(size)))
  const costs = await inTurn<string>(clock, runs, {
    loop: often(() => ready.step(latents, 1), 2),
    copy: copy.run,
    ...Object.fromEntries(products.map(({ size, run }, i) => [sizeName(size), often(run, times[i]!)])),
  })
  for (const { close } of [...products, copy]) await close()
  ready.dispose()
  const rate = (amount: number, name: string): number => amount / effort(costs[name]!) / 1e6
  const tokens = { noisy: latents.dims[1]!, seen: condition.src.dims[1]! + condition.texts[0]!.txt.dims[0]! }
  return {
    loop: rate(2 * stepFlop(drawing.config, tokens), 'loop'),
    products: PRODUCTS.map((size, i) => ({
      size: sizeName(size),
      rate: rate(times[i]! * productFlop(size), sizeName(size)),
    })),
    copy: rate(COPIED_BYTES, 'copy'),
  }
}

/** Floating-point operations of one step: matrix products only, low-rank branches left out. */
function stepFlop(
  config: ConditionedConfig,
  { noisy, seen }: { readonly noisy: number; readonly seen: number },
): number {
  const { hidden_size: hidden, mlp_ratio: ratio, depth, depth_single_blocks: singles } = config
  const linears = (4 + 2 * ratio) * hidden * hidden
  const ends = hidden * (config.in_channels + config.out_channels + config.place_channels)
  const attention = 2 * hidden * (noisy + seen)
  return 2 * noisy * ((depth + singles) * (linears + attention) + ends)
}

async function used<T>(ready: PreparedCondition, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    ready.dispose()
  }
}

const noiseOf = (batch: number, tokens: number, { in_channels: values }: ConditionedConfig): Tensor =>
  tensor([batch, tokens, values], gaussian(3, batch * tokens * values))

function slotIdsOf(slots: number): Float64Array {
  const ids = new Float64Array(3 * slots)
  for (let slot = 0; slot < slots; slot++) ids[3 * slot] = 1 + slot
  return ids
}
