import { PhotodoodleError } from '../../core/errors'
import { sizeOf, tensor, type Tensor } from '../../core/tensor'
import type { ConditionedConfig } from '../../models/conditioned/config'
import type { Condition, PreparedCondition, TextStates } from '../../models/conditioned/contract'
import { cacheDims, cacheNames, MASKED } from '../../models/conditioned/graphs'
import { ropeTables } from '../../models/transformer/rope'
import { timestepEmbedding } from '../../models/transformer/timestep-embedding'
import type { BoundTensor } from '../ort/bound-tensor'
import { disposeAll } from '../weights/part-weights'
import type { Feed, Runtime, Session } from '../runtime'

type Feeds = Readonly<Record<string, Feed>>

/**
 * Gives one of the two sessions and completes its feeds with weights and low-rank tensors. @throws BadRequest when
 * styles were changed
 */
export type SessionFor = (
  name: 'prepare' | 'step',
  feeds: Feeds,
) => { readonly session: Session; readonly feeds: Feeds }

/** A condition's keys and values where the provider works, and all that its steps need besides latents and sigma. */
export class BoundCondition implements PreparedCondition {
  private constructor(
    private readonly config: ConditionedConfig,
    private readonly dims: { readonly batch: number; readonly noisy: number },
    private readonly sessionFor: SessionFor,
    private readonly bound: Readonly<Record<string, BoundTensor>>,
    /** Of every step, host tensors. */
    private readonly constant: Feeds,
    readonly pointers: Tensor | undefined,
  ) {}

  /** Runs the *prepare* graph. @param condition checked */
  static async create(
    runtime: Runtime,
    config: ConditionedConfig,
    condition: Condition,
    sessionFor: SessionFor,
  ): Promise<BoundCondition> {
    const { texts, src, srcIds, noisyIds, places } = condition
    const batch = texts.length
    const photo = src.dims[1]!
    const noisy = noisyIds.length / 3
    const text = Math.max(...texts.map(({ txt }) => txt.dims[0]!))
    const shape: Feed = { dims: [3], data: BigInt64Array.of(BigInt(batch), -1n, BigInt(config.hidden_size)) }
    const ids = new Float64Array(3 * text + srcIds.length)
    ids.set(srcIds, 3 * text)
    const feeds: Feeds = {
      shape,
      text_end: { dims: [1], data: BigInt64Array.of(BigInt(text)) },
      mask: textMask(texts, text, text + photo),
      ...ropeTables(ids, config),
      ...paddedTexts(texts, text),
      src: flat(src),
      ...(places && { place: flat(places.src) }),
    }
    const bound: Record<string, BoundTensor> = {
      embedded: runtime.allocate([batch, config.hidden_size], 'embedded texts'),
    }
    const dims = cacheDims(batch, text + photo, config)
    for (const name of cacheNames(config))
      bound[name] = runtime.allocate(name.endsWith('k') ? dims.k : dims.v, `condition's ${name}`)
    const pointers =
      config.pointer_dim > 0 ? runtime.allocate([batch * text, config.pointer_dim], 'pointer keys') : undefined
    try {
      const run = sessionFor('prepare', feeds)
      await run.session.runInto(run.feeds, pointers ? { ...bound, pointers } : bound)
      const constant = {
        shape,
        mask: textMask(texts, text, text + photo + noisy),
        ...ropeTables(noisyIds, config),
        ...(places && { place: flat(places.noisy) }),
      }
      const keys = pointers && tensor([batch, text, config.pointer_dim], await pointers.read())
      return new BoundCondition(config, { batch, noisy }, sessionFor, bound, constant, keys)
    } catch (error) {
      disposeAll(bound)
      throw error
    } finally {
      pointers?.dispose()
    }
  }

  async step(latents: Tensor, sigma: number): Promise<Tensor> {
    const { batch, noisy } = this.dims
    expectDims('Latents', latents, [batch, noisy, this.config.in_channels])
    const { session, feeds } = this.sessionFor('step', {
      ...this.constant,
      ...this.bound,
      latents: flat(latents),
      time_embedding: timestepEmbedding(sigma),
    })
    const { prediction } = await session.run(feeds)
    if (!prediction)
      throw new PhotodoodleError(
        'RuntimeFailed',
        'The network gave no prediction.',
        'This is a defect; please report it.',
      )
    return tensor([batch, noisy, this.config.out_channels], prediction.data)
  }

  dispose(): void {
    disposeAll(this.bound)
  }
}

/** @throws ShapeMismatch, or BadRequest when the batch is empty */
export function checkCondition({ texts, src, srcIds, noisyIds, places }: Condition, config: ConditionedConfig): void {
  const batch = texts.length
  if (batch === 0) throw new PhotodoodleError('BadRequest', 'There is nothing to draw.', 'Give at least one element.')
  for (const { txt, pooled } of texts) {
    if (txt.dims.length !== 2 || txt.dims[1] !== config.context_in_dim || sizeOf(pooled.dims) !== config.vec_in_dim) {
      throw new PhotodoodleError(
        'ShapeMismatch',
        `The text's states [${txt.dims.join(', ')}] and pooled [${pooled.dims.join(', ')}] do ` +
          `not fit a network that takes [L, ${config.context_in_dim}] and [${config.vec_in_dim}].`,
        'Use the text encoder that this model was trained with.',
      )
    }
  }
  expectDims('Photo tokens', src, [batch, srcIds.length / 3, config.src_channels])
  if ((places !== undefined) !== config.place_channels > 0)
    throw new PhotodoodleError(
      'ShapeMismatch',
      `The network is ${places ? 'not ' : ''}told where tokens lie.`,
      'This is a defect; please report it.',
    )
  if (places === undefined) return
  expectDims('Places of photo tokens', places.src, [batch, srcIds.length / 3, config.place_channels])
  expectDims('Places of noisy tokens', places.noisy, [batch, noisyIds.length / 3, config.place_channels])
}

function expectDims(what: string, { dims }: Tensor, expected: readonly number[]): void {
  if (dims.join() === expected.join()) return
  throw new PhotodoodleError(
    'ShapeMismatch',
    `${what} are [${dims.join(', ')}] where [${expected.join(', ')}] are needed.`,
    'This is a defect; please report it.',
  )
}

/** [B, tokens, n] as rows [B * tokens, n], the same memory. */
function flat({ dims: [batch, tokens, values], data }: Tensor): Tensor {
  return tensor([batch! * tokens!, values!], data)
}

/** [B, 1, 1, tokens]: {@link MASKED} where a text is shorter than the longest. */
function textMask(texts: readonly TextStates[], longest: number, tokens: number): Tensor {
  const mask = tensor([texts.length, 1, 1, tokens])
  texts.forEach(({ txt }, i) => mask.data.fill(MASKED, i * tokens + txt.dims[0]!, i * tokens + longest))
  return mask
}

function paddedTexts(texts: readonly TextStates[], longest: number): { readonly txt: Tensor; readonly pooled: Tensor } {
  const [width, pooledWidth] = [texts[0]!.txt.dims[1]!, texts[0]!.pooled.data.length]
  const txt = tensor([texts.length * longest, width])
  const pooled = tensor([texts.length, pooledWidth])
  texts.forEach((text, i) => {
    txt.data.set(text.txt.data, i * longest * width)
    pooled.data.set(text.pooled.data, i * pooledWidth)
  })
  return { txt, pooled }
}
