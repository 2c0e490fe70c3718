import { PhotodoodleError } from '../../core/errors'
import { tensor, type Tensor } from '../../core/tensor'
import type { WeightStore } from '../../formats/weight-store'
import type { EncoderPart, TextModel } from '../../models/encoder/text-model'
import { openGraph, runSingle, type HostFeed } from '../../models/graph-runtime'
import type { Graph } from '../../onnx/graph-builder'
import type { BoundTensor } from '../ort/bound-tensor'
import { disposeAll, uploadWeights, type PartWeights } from '../weights/part-weights'
import type { Runtime, Session } from '../runtime'
import { linearFormat, type QuantizedWeights } from '../weights/weight-tensors'

export interface EncodeOptions {
  /**
   * `whole`: one graph with float32 weights inside, for small models; `blocks`: one after another, weights as inputs,
   * for large ones.
   */
  readonly execution: 'whole' | 'blocks'
  /** Blocks only: whether 4- and 8-bit weights are multiplied with as they are (the default) or made float32 first. */
  readonly quantized?: QuantizedWeights
}

/**
 * Runs a text model once and leaves nothing behind: a text encoder makes room for what comes after it.
 * @param ids token ids [tokens]
 * @returns its `states`, float32 [tokens, hidden]
 * @throws MissingWeight, BadShard, RuntimeFailed, OutOfMemory, DeviceLost
 */
export function encodeText(
  runtime: Runtime,
  model: TextModel,
  ids: readonly number[],
  { execution, quantized = 'keep' }: EncodeOptions,
): Promise<Tensor> {
  return runtime.allocating('read the instruction', async () => {
    const { store, graphs } = model
    const inputs = await model.inputs(ids)
    if (execution === 'blocks')
      return new Stream(runtime, store).run(
        graphs.parts((linear) => linearFormat(store, linear, quantized)),
        inputs,
      )
    const session = await openGraph(runtime, graphs.whole(), store)
    try {
      return await runSingle(session, inputs, 'states')
    } finally {
      await session.release()
    }
  })
}

/**
 * Parts run one after another. Each weight is needed just once, so only two parts' weights are ever held: those of the
 * part that
 * runs and, read meanwhile, those of the next. Values stay where the provider works until the last is read.
 */
class Stream {
  private readonly sessions = new Map<string, Session>()
  private readonly values = new Map<string, BoundTensor>()

  constructor(
    private readonly runtime: Runtime,
    private readonly store: WeightStore,
  ) {}

  async run(parts: readonly EncoderPart[], inputs: Readonly<Record<string, HostFeed>>): Promise<Tensor> {
    let coming: Promise<PartWeights> = Promise.resolve({})
    try {
      for (const [name, input] of Object.entries(inputs)) this.values.set(name, this.runtime.upload(input, name))
      coming = this.upload(parts[0])
      for (const [i, { graph }] of parts.entries()) {
        const weights = await coming
        coming = Promise.resolve({})
        const targets = this.targets(graph)
        try {
          await (await this.session(graph)).runInto({ ...Object.fromEntries(this.values), ...weights }, targets)
          coming = this.upload(parts[i + 1])
          await this.runtime.settled()
        } catch (error) {
          disposeAll(targets)
          throw error
        } finally {
          disposeAll(weights)
        }
        for (const [name, target] of Object.entries(targets)) this.keep(name === 'x_next' ? 'x' : name, target)
      }
      const states = this.values.get('states')
      if (!states)
        throw new PhotodoodleError(
          'RuntimeFailed',
          'The text encoder gave no states.',
          'This is a defect; please report it.',
        )
      return tensor(states.dims, await states.read())
    } finally {
      await coming.then(disposeAll, () => undefined)
      disposeAll(Object.fromEntries(this.values))
      for (const session of this.sessions.values()) await session.release()
    }
  }

  /** Blocks of a kind share one session: no weights inside, so equal bytes are equal graphs. */
  private async session(graph: Graph): Promise<Session> {
    const key = new TextDecoder('latin1').decode(graph.encode())
    const session = this.sessions.get(key) ?? (await this.runtime.createSession(graph))
    this.sessions.set(key, session)
    return session
  }

  private upload(part: EncoderPart | undefined): Promise<PartWeights> {
    const uploaded = part === undefined ? Promise.resolve({}) : uploadWeights(this.runtime, this.store, part)
    // Awaited later; an error that comes before that is not an unhandled one.
    uploaded.catch(() => undefined)
    return uploaded
  }

  /** Room for a graph's outputs; its named sizes are those of its inputs. */
  private targets(graph: Graph): Record<string, BoundTensor> {
    const sizes = new Map<string, number>()
    for (const { name, dims } of graph.inputs) {
      const value = this.values.get(name)
      if (value) dims.forEach((dim, axis) => typeof dim === 'string' && sizes.set(dim, value.dims[axis]!))
    }
    const size = (dim: number | string): number => (typeof dim === 'string' ? (sizes.get(dim) ?? 0) : dim)
    return Object.fromEntries(
      graph.outputs.map(({ name, dims }) => [name, this.runtime.allocate(dims.map(size), name)]),
    )
  }

  private keep(name: string, value: BoundTensor): void {
    this.values.get(name)?.dispose()
    this.values.set(name, value)
  }
}
