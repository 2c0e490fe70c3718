/** The drawing transformer, open: each element on its own crop of the photo. */
import type { FileTree } from '../../core/byte-source'
import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import { openManifest } from '../../formats/manifest'
import type { Place } from '../../image/place'
import type { RgbaImage } from '../../image/rgba-image'
import type { Matte } from '../../image/matte'
import { MATTE_VALUES, type Codec } from '../../models/codec'
import { parseConditionedConfig, type ConditionedConfig } from '../../models/conditioned/config'
import type { TextStates } from '../../models/conditioned/contract'
import { drawingCondition, frameOf, LayerSampler, PLACE_FEATURES, seededNoise, type Framed } from '../../models/drawing'
import type { ElementKind } from '../../image/element'
import type { Grid } from '../../models/transformer/position-ids'
import { ConditionedNetwork, type ConditionedOptions } from '../../runtime/network/conditioned-network'
import type { Runtime } from '../../runtime/runtime'
import { Adapted } from './adapted'

/** model.json's `drawing`. */
interface DrawingDescription {
  /** Manifest folder inside the model folder. */
  readonly path: string
  /** Unchecked; see {@link parseConditionedConfig}. */
  readonly config: unknown
  readonly shift: number
}

/** One element to be drawn. */
export interface DrawingTask {
  /** Where the thing itself goes, in shares of the photo's sides, inside or not; not looked at for `whole` ones. */
  readonly plan: { readonly box: Place; readonly kind: ElementKind; readonly noise?: number }
  /** Its own words. */
  readonly text: TextStates
}

export interface DrawingRequest {
  /** At any size; a smaller copy draws nearly the same and is read faster. */
  readonly photo: RgbaImage
  /** The subject, at any size over the photo; all 0 where there is none. */
  readonly matte: Matte
  /** Crops are one batch, whole elements another. */
  readonly tasks: readonly DrawingTask[]
  /** Whole number, 0 to 2^53 - 1. Each task has noise of its own, by its place in the list or as its plan says. */
  readonly seed: number
  /** Network calls, 1 or more. */
  readonly steps: number
  /** Classifier-free guidance while sigma is above the bound; `negative` is the empty text. 1 or without it: none. */
  readonly guidance?: { readonly scale: number; readonly aboveSigma: number; readonly negative: TextStates | undefined }
  /** Awaited after each call of all elements: 1, 2, ... steps. What it throws ends the drawing. */
  readonly onStep?: (step: number) => Promise<void>
}

/** A drawn element before it is decoded. */
interface DrawnLatents {
  /** [rows * columns, components] */
  readonly latents: Tensor
  readonly grid: Grid
  /** Its place on the photo: a square around the box that may reach beyond the photo, or all of it. */
  readonly place: Place
}

/**
 * @param options `adapted`: the linears that the model's styles change, so that no style rebuilds a session
 * @throws BadModel, BadManifest, MissingWeight, ShapeMismatch, OutOfMemory, RuntimeFailed
 */
export async function openDrawing(
  tree: FileTree,
  description: DrawingDescription,
  codec: Codec,
  runtime: Runtime,
  options?: ConditionedOptions,
): Promise<Drawing> {
  const config = parseConditionedConfig(description.config)
  checkFit(config, codec)
  return new Drawing(
    config,
    await ConditionedNetwork.create(runtime, await openManifest(tree, description.path), config, options),
    codec,
    description.shift,
  )
}

export class Drawing extends Adapted {
  /** @param codec the caller's to dispose */
  constructor(
    config: ConditionedConfig,
    network: ConditionedNetwork,
    private readonly codec: Codec,
    private readonly shift: number,
  ) {
    super(config, network)
  }

  /**
   * @returns one result a task, in the same order
   * @throws BadRequest, OutOfMemory, RuntimeFailed, DeviceLost, and what `onStep` throws
   */
  async draw(request: DrawingRequest): Promise<readonly DrawnLatents[]> {
    const { tasks, photo, steps, onStep } = request
    const framed = tasks.map(({ plan: { box, kind }, text }): Framed => ({
      frame: frameOf(box, kind, photo),
      kind,
      words: text,
    }))
    const numbers = [...framed.keys()]
    const noises = tasks.map(({ plan: { noise } }, index) => noise ?? index)
    const whole = (index: number): boolean => framed[index]!.kind === 'whole'
    const batches = [numbers.filter((index) => !whole(index)), numbers.filter(whole)].filter(({ length }) => length > 0)
    const runs: LayerSampler[] = []
    try {
      for (const batch of batches) runs.push(await this.start(request, framed, batch, noises))
      for (let step = 1; step <= steps; step++) {
        for (const run of runs) await run.call()
        await onStep?.(step)
      }
      const latents = new Map(
        batches.flatMap((batch, i) => batch.map((index, row) => [index, rowOf(runs[i]!.latents, row)] as const)),
      )
      return framed.map(({ frame: { grid, place } }, index) => ({ latents: latents.get(index)!, grid, place }))
    } finally {
      for (const run of runs) run.dispose()
    }
  }

  /**
   * @param batch numbers of the tasks in it, one grid's
   * @param noises of every task
   */
  private async start(
    { photo, matte, seed, steps, guidance }: DrawingRequest,
    framed: readonly Framed[],
    batch: readonly number[],
    noises: readonly number[],
  ): Promise<LayerSampler> {
    const own = batch.map((index) => framed[index]!) as [Framed, ...Framed[]]
    const { rows, columns } = own[0].frame.grid
    const dims = [own.length, rows * columns, this.codec.components]
    const condition = await drawingCondition(this.codec, photo, matte, own)
    const nothing = guidance?.negative
    const guided = guidance &&
      nothing && { guidance: { ...guidance, negative: { ...condition, texts: own.map(() => nothing) } } }
    return LayerSampler.start(
      this.network,
      condition,
      seededNoise(
        seed,
        batch.map((index) => noises[index]!),
        dims[1]! * dims[2]!,
        steps,
      ),
      dims,
      {
        steps,
        shift: this.shift,
        ...guided,
      },
    )
  }
}

/** One item of a batch [B, N, C] as [N, C]. */
function rowOf({ dims: [, tokens, values], data }: Tensor, row: number): Tensor {
  const size = tokens! * values!
  return tensor([tokens!, values!], data.slice(row * size, (row + 1) * size))
}

/** @throws BadModel when the network's tokens are not the codec's */
function checkFit(
  { in_channels: noisy, out_channels: clean, src_channels: src, place_channels: place }: ConditionedConfig,
  { components, photoComponents }: Codec,
): void {
  if (
    noisy === components &&
    clean === components &&
    src === photoComponents + MATTE_VALUES &&
    place === PLACE_FEATURES
  )
    return
  throw new PhotodoodleError(
    'BadModel',
    `The drawing transformer's tokens (${noisy}, ${clean}, ${src}, ${place} values) do not fit the ` +
      `codec's (${components}, ${components}, ${photoComponents + MATTE_VALUES}, ${PLACE_FEATURES}).`,
    'Download the model again.',
  )
}
