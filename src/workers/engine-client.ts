// Over 300 lines: one class, whose calls share the worker's life, the model in use and the count of failures.
import { proxy, transfer, type Remote } from 'comlink'
import type {
  Capabilities,
  CheckpointBuffer,
  EditJob,
  EditProgress,
  EditRequest,
  EditResult,
  ElementPlan,
  EngineApi,
  EngineOptions,
  ErrorName,
  InstallProgress,
  LoadProgress,
  MaskBuffer,
  ModelChoice,
  ModelFile,
  ModelStatus,
  ProviderName,
  RgbaBuffer,
  StyleInfo,
} from './engine-api'
import { engineError, openSession, spawnEngine, watchdog, type EngineWorker, type Session } from './engine-session'

/** The picture to draw on. Its pixels are asked for when the worker does not hold this id, also after a crash. */
export interface EditSource {
  readonly id: string
  readonly pixels: () => Promise<RgbaBuffer>
}

interface EditCall {
  readonly request: EditRequest
  /** The photo itself, whose subject elements go behind. */
  readonly photo: EditSource
  /** What is seen of it with its visible doodles. */
  readonly source: EditSource
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: EditProgress) => void
  /** Told when the engine failed and the edit begins anew, in a worker of its own. */
  readonly onRestart?: (restart: EditRestart) => void
}

/** Of an edit that is only to be laid out. */
type LayoutCall = Omit<EditCall, 'onProgress' | 'onRestart'>

export interface EditRestart {
  readonly error: Error
  /** The graphics processor has had its tries, and the processor takes over from here. */
  readonly onProcessor: boolean
}

/** After these the worker's heap or device cannot be trusted, so the next call gets a new worker. */
const fatal: ReadonlySet<string> = new Set<ErrorName>(['RuntimeFailed', 'OutOfMemory', 'DeviceLost', 'EngineCrashed'])

/** A cancelled job ends within a step, seconds at most. One that takes this long is stuck. */
const STUCK_MS = 60_000

/** Fatal failures on WebGPU without a doodle in between, after which the processor takes over. */
const GPU_CHANCES = 3

/** Fatal failures on the processor after which an edit is given up: there is nothing left to change to. */
const CPU_CHANCES = 2

/**
 * The engine as the screen calls it: starts the worker when first needed, turns an AbortSignal into a cancel, and
 * starts a new worker after a crash, which is handed the picture again.
 */
export class EngineClient {
  readonly #options: EngineOptions
  readonly #spawn: () => EngineWorker
  #session: Session | undefined
  #choice: ModelChoice | undefined
  #jobs = 0
  #gpuFailures = 0
  /** Where the last worker ran. */
  #provider: ProviderName | undefined

  constructor(options: EngineOptions = {}, spawn: () => EngineWorker = spawnEngine) {
    this.#options = options
    this.#spawn = spawn
  }

  start(): Promise<Capabilities> {
    return this.#call((session) => this.#started(session))
  }

  models(): Promise<readonly ModelStatus[]> {
    return this.#call(({ api }) => api.models())
  }

  load(onProgress: (progress: LoadProgress) => void = () => undefined): Promise<ModelStatus> {
    return this.#call(async (session) => {
      await this.#started(session)
      return session.api.load(proxy(onProgress))
    })
  }

  /**
   * Stops between files after the signal; the same files again go on. @throws Cancelled, and whatever the engine throws
   */
  async installModel(
    files: readonly ModelFile[],
    onProgress: (progress: InstallProgress) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<ModelStatus> {
    // Gigabytes that the browser may not drop when space runs short; a refusal changes nothing else.
    await globalThis.navigator?.storage?.persist?.().catch(() => false)
    return this.#storageJob((api, jobId) => api.installModel(jobId, files, proxy(onProgress)), signal)
  }

  /** Stops between files after the signal. @throws Cancelled, and whatever the engine throws */
  verifyModel(
    id: string,
    onProgress: (progress: InstallProgress) => void = () => undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#storageJob((api, jobId) => api.verifyModel(jobId, id, proxy(onProgress)), signal)
  }

  deleteModel(id: string): Promise<void> {
    if (this.#choice?.id === id) this.#choice = undefined
    return this.#call(({ api }) => api.deleteModel(id))
  }

  /** From now on, after a crash too. The model before stays in use when this one cannot be. */
  useModel(choice: ModelChoice): Promise<ModelStatus> {
    return this.#call(async (session) => {
      const status = await session.api.useModel(choice)
      session.choice = this.#choice = choice
      return status
    })
  }

  styles(): Promise<readonly StyleInfo[]> {
    return this.#call(({ api }) => api.styles())
  }

  importStyle(file: Blob, name: string, adapterConfig?: Blob): Promise<StyleInfo> {
    return this.#call(async (session) => {
      await this.#started(session)
      return session.api.importStyle(file, name, adapterConfig)
    })
  }

  deleteStyle(id: string): Promise<void> {
    return this.#call(({ api }) => api.deleteStyle(id))
  }

  /** The photo's subject: its share of each pixel. */
  matte(photo: EditSource): Promise<MaskBuffer> {
    return this.#call(async (session) => {
      await this.#started(session)
      await this.#openPhoto(session, photo)
      return session.api.matte(photo.id)
    })
  }

  /** The thing at a place of the photo, as shares of its sides; null where nothing stands out there. */
  chooseSubject(photo: EditSource, at: readonly [x: number, y: number]): Promise<MaskBuffer | null> {
    return this.#call(async (session) => {
      await this.#started(session)
      await this.#openPhoto(session, photo)
      return session.api.chooseSubject(photo.id, at)
    })
  }

  /**
   * Doodles on a picture. Should the worker or its device fail, the edit goes on in another one, from the last step
   * that a velocity model has finished, or anew from the same noise: the result is the one that an undisturbed edit
   * gives.
   * @throws Cancelled after the signal, and whatever the engine throws
   */
  async edit({ onRestart = () => undefined, ...call }: EditCall): Promise<EditResult> {
    const standing: { checkpoint?: CheckpointBuffer } = {}
    for (let onCpu = 0; ;) {
      try {
        return await this.#editOnce(call, standing)
      } catch (error) {
        if (!(error instanceof Error) || !fatal.has(error.name) || call.signal?.aborted === true) throw error
        if (this.#provider !== 'webgpu') onCpu++
        if (onCpu >= CPU_CHANCES || (this.#gpuTired && this.#options.provider === 'webgpu')) throw error
        onRestart({ error, onProcessor: this.#gpuTired && onCpu === 0 })
      }
    }
  }

  /**
   * Where an edit would draw what: `where.elements` of a request that draws just that.
   * @throws Cancelled after the signal, and whatever the engine throws
   */
  layout({ request, ...call }: LayoutCall): Promise<readonly ElementPlan[]> {
    return this.#job(call, (api, job) => api.layout(job, request))
  }

  /** @param standing where the edit stands, of an earlier try, and kept up to date by this one */
  #editOnce(
    { request, onProgress = () => undefined, ...call }: Omit<EditCall, 'onRestart'>,
    standing: { checkpoint?: CheckpointBuffer },
  ): Promise<EditResult> {
    return this.#job(call, async (api, job, alive) => {
      const told = ({ checkpoint, ...progress }: EditProgress): void => {
        alive()
        if (checkpoint !== undefined) standing.checkpoint = checkpoint
        onProgress(progress)
      }
      const from = standing.checkpoint
      const result = await api.edit({ ...job, ...(from === undefined ? {} : { from }) }, request, proxy(told))
      this.#gpuFailures = 0
      return result
    })
  }

  /** A job on a picture: cancelled by the signal, and given up with its worker when it gives no sign of life. */
  #job<T>(
    { photo, source, signal }: Pick<EditCall, 'photo' | 'source' | 'signal'>,
    work: (api: Remote<EngineApi>, job: EditJob, alive: () => void) => Promise<T>,
  ): Promise<T> {
    return this.#call(async (session) => {
      const { api } = session
      signal?.throwIfAborted()
      await this.#started(session)
      await this.#openPhoto(session, photo)
      if (session.sourceId !== source.id) {
        const pixels = await source.pixels()
        await api.openSource(source.id, transfer(pixels, [pixels.data.buffer]))
        session.sourceId = source.id
      }
      const jobId = `job-${++this.#jobs}`
      let stuck: ReturnType<typeof setTimeout> | undefined
      const cancel = (): void => {
        void api.cancel(jobId)
        stuck = setTimeout(
          () => session.kill(engineError('EngineCrashed', 'The engine did not stop and was restarted.')),
          STUCK_MS,
        )
      }
      const watch = watchdog(() =>
        session.kill(engineError('EngineCrashed', 'The engine did not answer any more and was restarted.')),
      )
      try {
        const done = work(api, { jobId, photoId: photo.id, sourceId: source.id }, watch.alive)
        signal?.addEventListener('abort', cancel, { once: true })
        if (signal?.aborted === true) cancel()
        return await session.life.within(done)
      } finally {
        watch.stop()
        clearTimeout(stuck)
        signal?.removeEventListener('abort', cancel)
      }
    })
  }

  /** Ends the worker; the next call starts another. */
  dispose(): void {
    this.#session?.kill(engineError('EngineCrashed', 'The engine was closed.'))
    this.#session = undefined
  }

  async #openPhoto(session: Session, { id, pixels }: EditSource): Promise<void> {
    if (session.photoId === id) return
    const image = await pixels()
    await session.api.openPhoto(id, transfer(image, [image.data.buffer]))
    session.photoId = id
  }

  #storageJob<T>(work: (api: Remote<EngineApi>, jobId: string) => Promise<T>, signal?: AbortSignal): Promise<T> {
    return this.#call(async ({ api }) => {
      signal?.throwIfAborted()
      const jobId = `job-${++this.#jobs}`
      const cancel = (): void => void api.cancel(jobId)
      signal?.addEventListener('abort', cancel, { once: true })
      try {
        return await work(api, jobId)
      } finally {
        signal?.removeEventListener('abort', cancel)
      }
    })
  }

  async #call<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = (this.#session ??= this.#open())
    try {
      return await session.life.within(this.#restored(session).then(work))
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError')
        throw engineError('Cancelled', 'The doodle was stopped.')
      if (error instanceof Error && fatal.has(error.name)) {
        if (session.provider === 'webgpu') this.#gpuFailures++
        this.#discard(session)
      }
      throw error
    }
  }

  /** A worker that took another's place is told which model is in use. */
  async #restored(session: Session): Promise<Session> {
    if (session.choice !== this.#choice && this.#choice !== undefined) {
      await session.api.useModel(this.#choice)
      session.choice = this.#choice
    }
    return session
  }

  get #gpuTired(): boolean {
    return this.#gpuFailures >= GPU_CHANCES
  }

  async #started(session: Session): Promise<Capabilities> {
    const tired = this.#gpuTired && this.#options.provider === undefined
    const capabilities = await session.api.start(
      tired ? { provider: 'wasm', because: `it failed ${this.#gpuFailures} times in a row` } : this.#options,
    )
    session.provider = this.#provider = capabilities.provider
    return capabilities
  }

  #open(): Session {
    const session: Session = openSession(this.#spawn(), (error) => this.#discard(session, error))
    return session
  }

  #discard(
    session: Session,
    error: Error = engineError('EngineCrashed', 'The engine was restarted. Try again.'),
  ): void {
    session.kill(error)
    if (this.#session === session) this.#session = undefined
  }
}

/** Narrows what a call threw by the name that survived the crossing. */
export function isEngineError(error: unknown, name: ErrorName): error is Error {
  return error instanceof Error && error.name === name
}
