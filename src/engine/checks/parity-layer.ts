import { tensor } from '../core/tensor'
import { isObject } from '../formats/json'
import { openManifest } from '../formats/manifest'
import { readTensor } from '../formats/weight-store'
import { matteTokens, openCodec } from '../models/codec'
import type { Condition } from '../models/conditioned/contract'
import { LayerSampler, placeFeatures, PLACE_FEATURES } from '../models/drawing'
import { ELEMENT_KINDS } from '../image/element'
import { layoutTokens, plannedElements, sampleSlots, type PlannedElement } from '../models/layout'
import { readGround, settled } from '../models/layout/settle'
import { ANCHORS } from '../models/layout/slots'
import { gridIds } from '../models/transformer/position-ids'
import type { ConditionedOptions } from '../runtime/network/conditioned-network'
import type { Runtime } from '../runtime/runtime'
import { badCase, compare, readGrid, readNumber, type ParityCase, type ParityFigure } from './parity-case'
import { openConditioned, readTexts } from './parity-conditioned'

/** Calls of the drawing transformer with fresh noise in between, guided; the latents after each. */
export async function runDrawing(
  given: ParityCase,
  runtime: Runtime,
  options: ConditionedOptions = {},
): Promise<ParityFigure[]> {
  const { json, inputs } = given
  const grid = readGrid(json)
  const network = await openConditioned(given, runtime, options)
  try {
    const boxes = await readTensor(inputs, 'boxes')
    const features = listOf(json['kinds'], 'kinds').map((kind, i) => {
      const [top, bottom, left, right] = boxes.data.subarray(4 * i, 4 * i + 4) as unknown as [
        number,
        number,
        number,
        number,
      ]
      return placeFeatures({ top, bottom, left, right }, ELEMENT_KINDS.find((known) => known === kind) ?? 'front', grid)
    })
    const places = tensor(
      [features.length, grid.rows * grid.columns, PLACE_FEATURES],
      Float32Array.from(features.flatMap((own) => [...own])),
    )
    const figures = [await compare(given, 'place', places.data)]
    const ids = gridIds(grid)
    const condition: Condition = {
      texts: await readTexts(given),
      src: await readTensor(inputs, 'src'),
      srcIds: ids,
      noisyIds: ids,
      places: { src: places, noisy: places },
    }
    const [, ...dims] = (await readTensor(inputs, 'noise')).dims
    const noise = (await readTensor(inputs, 'noise')).data
    const size = dims.reduce((product, dim) => product * dim, 1)
    const run = await LayerSampler.start(
      network,
      condition,
      (call) => noise.slice(call * size, (call + 1) * size),
      dims,
      {
        steps: readNumber(json, 'steps'),
        shift: readNumber(json, 'shift'),
        guidance: await readGuidance(given, condition),
      },
    )
    for (let call = 0; call < readNumber(json, 'steps'); call++) {
      await run.call()
      figures.push(await compare(given, `latents.${call}`, run.latents.data))
    }
    run.dispose()
    return figures
  } finally {
    await network.dispose()
  }
}

/** From a photo's features and matte to boxes, their kinds and words; the last two must be the very same. */
export async function runLayout(
  given: ParityCase,
  runtime: Runtime,
  options: ConditionedOptions = {},
): Promise<ParityFigure[]> {
  const { json, inputs } = given
  const network = await openConditioned(given, runtime, options)
  try {
    const matte = await readTensor(inputs, 'matte')
    const [height, width] = matte.dims as [number, number]
    const subject = { width, height, alpha: Uint8Array.from(matte.data) }
    const src = layoutTokens(await readTensor(inputs, 'features'), subject, width / height)
    const [text] = await readTexts(given)
    const sampled = await sampleSlots(network, src, text!, await readTensor(inputs, 'noise'), {
      steps: readNumber(json, 'steps'),
      shift: readNumber(json, 'shift'),
    })
    const spans = listOf(json['offsets'], 'offsets').map((offset) => {
      const [start, end] = offset as [number, number]
      return end > start ? { start, end } : undefined
    })
    const elements = plannedElements(sampled, spans)
    const said = JSON.stringify(
      elements.map(({ kind, words, anchor }) => ({ kind, words: [words.start, words.end], anchor })),
    )
    const expected = JSON.stringify(listOf(json['elements'], 'elements'))
    if (said !== expected) throw badCase(`expects the elements ${expected}, got ${said}`)
    const ground = readGround(subject, width / height, await readTensor(inputs, 'heads'))
    const everywhere = ANCHORS.flatMap((anchor) => settled([{ ...elements[0]!, anchor }], ground))
    const boxes = (planned: readonly PlannedElement[]): Float32Array =>
      Float32Array.from(
        planned.flatMap(({ box: { left, top, width: w, height: h } }) => [left + w / 2, top + h / 2, w, h]),
      )
    return [
      await compare(given, 'src', src.data),
      await compare(given, 'slots', sampled.slots.data),
      await compare(given, 'kinds', sampled.kinds.data),
      await compare(given, 'pointers', sampled.pointers.data),
      await compare(given, 'anchors', sampled.anchors.data),
      await compare(given, 'boxes', boxes(elements)),
      await compare(given, 'settled', boxes(settled(elements, ground))),
      await compare(given, 'everywhere', boxes(everywhere)),
    ]
  } finally {
    await network.dispose()
  }
}

export async function runCodec(given: ParityCase, runtime: Runtime): Promise<ParityFigure[]> {
  const { json, files, inputs } = given
  const grid = readGrid(json)
  const codec = await openCodec(await openManifest(files, String(json['codec'])), runtime)
  try {
    const matte = await readTensor(inputs, 'matte')
    const [height, width] = matte.dims as [number, number]
    return [
      await compare(given, 'photo_tokens', await codec.photoTokens((await readTensor(inputs, 'photo')).data, grid)),
      await compare(given, 'matte_tokens', matteTokens({ width, height, values: matte.data }, grid)),
      await compare(given, 'layer', (await codec.decode(await readTensor(inputs, 'latents'), grid)).data),
    ]
  } finally {
    await codec.dispose()
  }
}

/** The case's elements told nothing. */
async function readGuidance({ json, inputs }: ParityCase, condition: Condition) {
  const guidance = json['guidance']
  if (!isObject(guidance)) throw badCase('has no "guidance"')
  const {
    dims: [, length, width],
    data,
  } = await readTensor(inputs, 'nothing')
  const pooled = await readTensor(inputs, 'nothing_pooled')
  const nothing = { txt: tensor([length!, width!], data), pooled: tensor([pooled.data.length], pooled.data) }
  return {
    scale: readNumber(guidance, 'scale'),
    aboveSigma: readNumber(guidance, 'above_sigma'),
    negative: { ...condition, texts: condition.texts.map(() => nothing) },
  }
}

function listOf(value: unknown, entry: string): readonly unknown[] {
  if (!Array.isArray(value)) throw badCase(`has no list "${entry}"`)
  return value as unknown[]
}
