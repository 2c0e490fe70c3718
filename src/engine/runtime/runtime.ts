import { hasName, PhotodoodleError } from '../core/errors'
import type { Tensor } from '../core/tensor'
import type { FloatType, Graph, WeightInfo } from '../onnx/graph-builder'
import { elementType, floats, HostBoundTensor, hostTensor } from './ort/bound-tensor'
import type { BoundTensor, HostTensor } from './ort/bound-tensor'
import { GpuTensor } from './ort/gpu-tensor'
import type { Ort, OrtSession, OrtTensor } from './ort/ort'
import { SerialQueue } from './ort/serial-queue'

export type { BoundTensor, HostTensor } from './ort/bound-tensor'
export type { Ort } from './ort/ort'

/**
 * `webgpu`: onnxruntime-web or -node; `wasm`: onnxruntime-web; `cpu`: onnxruntime-node. One provider, never a silent
 * fallback.
 */
export type Provider = 'webgpu' | 'wasm' | 'cpu'

interface RuntimeOptions {
  readonly provider: Provider
  /**
   * WebGPU in a browser: the device all buffers live on, requested with the adapter's own limits. Without it tensors
   * stay in host memory.
   */
  readonly device?: GPUDevice
  /**
   * CPU provider: threads inside one operator; onnxruntime's default when absent. (wasm: `ort.env.wasm.numThreads`.)
   */
  readonly threads?: number
}

export type Feed = HostTensor | BoundTensor
export type Feeds = Readonly<Record<string, Feed>>

/** One onnxruntime has one heap: creating and running must not overlap, whichever Runtime asks. */
const queues = new WeakMap<Ort, SerialQueue>()

/**
 * The door to onnxruntime: opens sessions, owns the queue they all run in, and allocates tensors where the provider
 * works.
 */
export class Runtime {
  readonly provider: Provider
  readonly device: GPUDevice | undefined
  private readonly queue: SerialQueue

  constructor(
    readonly ort: Ort,
    private readonly options: RuntimeOptions,
  ) {
    this.provider = options.provider
    this.device = options.device
    this.queue = queues.get(ort) ?? new SerialQueue()
    queues.set(ort, this.queue)
  }

  /** Tensors are GPU buffers that the page and onnxruntime share. */
  get usesGpuBuffers(): boolean {
    return this.device !== undefined
  }

  /**
   * Opens a graph.
   * @param weightBytes gives each weight's bytes (little-endian, row-major) when the graph keeps its weights inside
   * @throws RuntimeFailed when onnxruntime refuses it, or when on WebGPU an operator would fall back to the CPU
   */
  async createSession(graph: Graph, weightBytes?: (weight: WeightInfo) => Uint8Array): Promise<Session> {
    const bytes = graph.encode(weightBytes)
    const session = await this.enqueue(`open ${graph.name}`, () =>
      this.ort.InferenceSession.create(bytes, this.sessionOptions()),
    )
    return new Session(this, graph, session)
  }

  /**
   * Opens a finished ONNX file, such as a model that somebody else made.
   * @param name for messages
   * @throws RuntimeFailed when onnxruntime refuses it, or when on WebGPU an operator would fall back to the CPU
   */
  async openModel(name: string, bytes: Uint8Array): Promise<Session<GraphDoor>> {
    const session = await this.enqueue(`open ${name}`, () =>
      this.ort.InferenceSession.create(bytes, this.sessionOptions()),
    )
    const named = (names: readonly string[]) => names.map((one) => ({ name: one }))
    return new Session(this, { name, inputs: named(session.inputNames), outputs: named(session.outputNames) }, session)
  }

  /** A tensor of zeros where the provider works; the caller disposes it. */
  allocate(dims: readonly number[], label: string, dtype: FloatType = 'float32'): BoundTensor {
    if (this.device) return new GpuTensor(this.ort, this.device, dims, dtype, label)
    return HostBoundTensor.zeros(this.ort, dims, dtype)
  }

  /** A copy of `tensor` where the provider works (host providers share the array); the caller disposes it. */
  upload(tensor: HostTensor, label: string): BoundTensor {
    if (!this.device) return HostBoundTensor.of(this.ort, tensor)
    const { data, dims } = tensor
    const uploaded = new GpuTensor(this.ort, this.device, dims, elementType(data), label)
    uploaded.write(data)
    return uploaded
  }

  /**
   * Runs a job that allocates, such as loading a model: WebGPU reports a buffer it could not allocate to nobody but an
   * error scope.
   * @throws OutOfMemory when the GPU ran out of memory meanwhile
   */
  async allocating<T>(what: string, job: () => T | Promise<T>): Promise<T> {
    this.device?.pushErrorScope('out-of-memory')
    const [result] = await Promise.allSettled([Promise.resolve().then(job)])
    const error = await this.device?.popErrorScope()
    if (error)
      throw new PhotodoodleError(
        'OutOfMemory',
        `The GPU has not enough memory to ${what}.`,
        'Close other tabs and programs that use the GPU, or choose a smaller picture or model.',
      )
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  /** Resolves when everything submitted so far is done. */
  async settled(): Promise<void> {
    await this.device?.queue.onSubmittedWorkDone()
  }

  /** Runs `job` alone; onnxruntime's errors come out named. For this folder's use. */
  enqueue<T>(what: string, job: () => Promise<T>): Promise<T> {
    return this.queue.run(async () => {
      try {
        return await job()
      } catch (error) {
        throw namedError(what, error)
      }
    })
  }

  private sessionOptions(): OrtSession.SessionOptions {
    const { provider, device, threads } = this.options
    return {
      executionProviders: [provider === 'webgpu' && device ? { name: 'webgpu', device } : provider],
      graphOptimizationLevel: 'all',
      // 3: errors only. Warnings would list every shape computation left on the CPU.
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      // An operator without a GPU kernel would copy its operands back and forth at every step: better an error at load.
      ...(provider === 'webgpu' ? { extra: { session: { disable_cpu_ep_fallback: '1' } } } : {}),
    }
  }
}

/** What a session must know of the graph it runs. */
interface GraphDoor {
  readonly name: string
  readonly inputs: readonly { readonly name: string }[]
  readonly outputs: readonly { readonly name: string }[]
}

/** An open graph: an authored one, or a finished file of which no more than its door is known. */
export class Session<G extends GraphDoor = Graph> {
  constructor(
    private readonly runtime: Runtime,
    readonly graph: G,
    private readonly session: OrtSession,
  ) {}

  /**
   * Runs once and copies every output to the host.
   * @param feeds one tensor per graph input (host tensors or bound ones)
   * @returns float32 tensors by output name
   * @throws RuntimeFailed, OutOfMemory, DeviceLost
   */
  async run(feeds: Feeds): Promise<Record<string, Tensor>> {
    const results = await this.execute(
      feeds,
      this.graph.outputs.map((output) => output.name),
    )
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => {
        // An array of its own: onnxruntime copies results that lie on the host out of its heap.
        const tensor = { dims: [...value.dims], data: floats(value.data) }
        value.dispose()
        return [name, tensor]
      }),
    )
  }

  /**
   * Runs once and leaves the outputs where the provider works: in `targets`, which give the wanted outputs by name.
   * A target is never a feed of the same run. Nothing is read back.
   */
  async runInto(feeds: Feeds, targets: Readonly<Record<string, BoundTensor>>): Promise<void> {
    if (this.runtime.usesGpuBuffers) {
      await this.execute(
        feeds,
        Object.fromEntries(Object.entries(targets).map(([name, target]) => [name, target.value])),
      )
      return
    }
    const results = await this.execute(feeds, Object.keys(targets))
    for (const [name, target] of Object.entries(targets)) target.adopt(results[name]!)
  }

  async release(): Promise<void> {
    await this.runtime.enqueue(`close ${this.graph.name}`, () => this.session.release())
  }

  private async execute(
    feeds: Feeds,
    fetches: readonly string[] | Record<string, OrtTensor>,
  ): Promise<Record<string, OrtTensor>> {
    const inputs: Record<string, OrtTensor> = {}
    for (const { name } of this.graph.inputs) {
      const feed = feeds[name]
      if (!feed)
        throw new PhotodoodleError(
          'RuntimeFailed',
          `The graph ${this.graph.name} was run without ${name}.`,
          'This is a defect; please report it.',
        )
      inputs[name] = 'value' in feed ? feed.value : hostTensor(this.runtime.ort, feed)
    }
    const results = await this.runtime.enqueue(`run ${this.graph.name}`, () => this.session.run(inputs, fetches))
    return results
  }
}

function namedError(what: string, error: unknown): Error {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && hasName(error, 'RuntimeFailed')) return error
  if (/device.{0,20}lost|lost.{0,20}device/i.test(message)) {
    return new PhotodoodleError(
      'DeviceLost',
      `The GPU was lost (could not ${what}).`,
      'Reload the page; if it happens again choose a smaller picture.',
      { cause: error },
    )
  }
  if (/bad_alloc|out of memory|allocation failed|failed to allocate/i.test(message)) {
    return new PhotodoodleError(
      'OutOfMemory',
      `Not enough memory to ${what}.`,
      'Close other tabs, or choose a smaller picture.',
      { cause: error },
    )
  }
  return new PhotodoodleError(
    'RuntimeFailed',
    `onnxruntime could not ${what}: ${message}`,
    'Try another provider in the diagnostics, and report the message.',
    { cause: error },
  )
}
