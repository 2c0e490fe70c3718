// Over 300 lines: one class behind the door, whose calls share photo, model and queue. What it calls has its own files.
import { expose, transfer } from 'comlink'
import type { FileTree } from '../engine/core/byte-source'
import { PhotodoodleError } from '../engine/core/errors'
import type { RgbaImage } from '../engine/image/rgba-image'
import { loraTitle } from '../engine/lora/lora-metadata'
import { leftOutKeys } from '../engine/lora/read-lora'
import { checkRequest } from '../engine/pipelines/check-request'
import { readModelDescription, type ModelDescription } from '../engine/pipelines/model-description'
import { lazyMatting } from '../engine/pipelines/layer/lazy-matting'
import type { Subject } from '../engine/pipelines/layer/parts'
import { loadMatting } from '../engine/pipelines/load-parts'
import { PhotoDoodle, type EditContext } from '../engine/pipelines/photo-doodle'
import type * as door from './engine-api'
import { alone, namedError, retryable, turn } from './engine-work'
import { JobQueue, type Job } from './job-queue'
import { defaultMemoryBudget } from './adapter-rules'
import { fetchedTree } from './model-files'
import { EMBEDDED, embeddedStatus, storedStatus } from './model-status'
import { ModelStorage } from './model-storage'
import { buffersOf, ownElement, report } from './own-buffers'
import { openProvider, type OpenedProvider } from './provider'
import { readDescription, served } from './served-model'
import { trustOwnScripts } from './trusted-scripts'
import {
  StyleStorage,
  importedId,
  importedInfo,
  importedWeights,
  openImported,
  readAdapterConfig,
  unknownStyle,
  type ImportedStyle,
} from './style-storage'

trustOwnScripts()

interface OpenedPhoto {
  readonly id: string
  readonly image: RgbaImage
  subject?: Promise<Subject>
}

/** The engine behind the door. One photo, one model, one job at a time. */
class Engine implements door.EngineApi {
  readonly #queue = new JobQueue()
  readonly #installs = new JobQueue()
  readonly #styles = new StyleStorage()
  readonly #models = new ModelStorage()
  readonly #loadListeners = new Set<(progress: door.LoadProgress) => void>()
  readonly #addedStyles = new Set<string>()
  #choice: door.ModelChoice = { id: EMBEDDED }
  #provider: Promise<OpenedProvider> | undefined
  #description: Promise<ModelDescription> | undefined
  #loading: Promise<PhotoDoodle> | undefined
  #engine: PhotoDoodle | undefined
  #source: { readonly id: string; readonly image: RgbaImage } | undefined
  #photo: OpenedPhoto | undefined
  readonly #matting = lazyMatting(async () => {
    await this.start({})
    return loadMatting(
      fetchedTree(served('matte'), () => undefined),
      (await this.#provider!).runtime,
    )
  })

  async start(options: door.EngineOptions): Promise<door.Capabilities> {
    this.#provider ??= retryable(openProvider(options), () => {
      this.#provider = undefined
    })
    return (await this.#provider).capabilities
  }

  async models(): Promise<readonly door.ModelStatus[]> {
    const inUse = await this.#current()
    const stored = (await this.#models.list()).map((model) => storedStatus(model))
    const all = inUse.storedBytes === null ? stored : [embeddedStatus(await readDescription()), ...stored]
    return [inUse, ...all.filter(({ id }) => id !== inUse.id)]
  }

  installModel(
    jobId: string,
    files: readonly door.ModelFile[],
    onProgress: (progress: door.InstallProgress) => void,
  ): Promise<door.ModelStatus> {
    return this.#installs.run(jobId, (job) =>
      alone(job, async () => storedStatus(await this.#models.install(files, onProgress, () => job.isCancelled))),
    )
  }

  verifyModel(jobId: string, id: string, onProgress: (progress: door.InstallProgress) => void): Promise<void> {
    return this.#installs.run(jobId, (job) =>
      alone(job, () => this.#models.verify(id, onProgress, () => job.isCancelled)),
    )
  }

  async deleteModel(id: string): Promise<void> {
    if (id === this.#choice.id) await this.useModel({ id: EMBEDDED })
    await this.#installs.run(undefined, (job) => alone(job, () => this.#models.delete(id)))
  }

  useModel(choice: door.ModelChoice): Promise<door.ModelStatus> {
    return this.#queue.run(undefined, async () => {
      const { id, memoryBudget } = this.#choice
      if (choice.id !== id || choice.memoryBudget !== memoryBudget) {
        // Asked for first: a model that is not there leaves the one before in use.
        const description =
          choice.id === EMBEDDED ? await readDescription() : await describeStored(this.#models, choice.id)
        const before = await this.#loading?.catch(() => undefined)
        this.#choice = choice
        this.#description = Promise.resolve(description)
        this.#loading = undefined
        this.#engine = undefined
        this.#addedStyles.clear()
        await before?.dispose()
      }
      return this.#current()
    })
  }

  async load(onProgress: (progress: door.LoadProgress) => void): Promise<door.ModelStatus> {
    this.#loadListeners.add(onProgress)
    try {
      await this.#load()
      return await this.#current()
    } finally {
      this.#loadListeners.delete(onProgress)
    }
  }

  async styles(): Promise<readonly door.StyleInfo[]> {
    const model = await this.#describe()
    const builtIn = model.styles.map(({ id, name, trigger }): door.StyleInfo => ({
      id,
      name,
      trigger,
      imported: false,
      storedBytes: null,
    }))
    const imported = (await this.#styles.imported()).filter((style) => (style.model ?? EMBEDDED) === this.#choice.id)
    return [...builtIn, ...imported.map(importedInfo)]
  }

  importStyle(file: Blob, name: string, adapterConfig?: Blob): Promise<door.StyleInfo> {
    return this.#queue.run(undefined, async () => {
      // The file first: what is wrong with it can be told before the model is there.
      const weights = await importedWeights(file)
      const beside = adapterConfig === undefined ? {} : { adapterConfig: await readAdapterConfig(adapterConfig) }
      const store = await openImported({ weights, ...beside })
      const engine = await this.#load()
      const title = { name, ...loraTitle(store.config) }
      const style: ImportedStyle = { ...title, id: importedId(title.name), model: this.#choice.id, weights, ...beside }
      await engine.addStyle(style.id, store)
      await this.#styles.saveImported(style)
      this.#addedStyles.add(style.id)
      return { ...importedInfo(style), leftOut: leftOutKeys(store).length }
    })
  }

  async deleteStyle(id: string): Promise<void> {
    if (!(await this.#styles.imported()).some((style) => style.id === id)) throw unknownStyle(id)
    this.#addedStyles.delete(id)
    return this.#styles.deleteImported(id)
  }

  openPhoto(id: string, image: door.RgbaBuffer): Promise<void> {
    this.#photo = { id, image }
    return Promise.resolve()
  }

  matte(photoId: string): Promise<door.MaskBuffer> {
    return this.#queue.run(undefined, async () => {
      const {
        matte: { width, height, alpha },
      } = await this.#subject(photoId)
      // A copy: what is found once serves every edit.
      const mask = { width, height, data: new Uint8Array(alpha) }
      return transfer(mask, [mask.data.buffer])
    })
  }

  chooseSubject(photoId: string, at: readonly [x: number, y: number]): Promise<door.MaskBuffer | null> {
    return this.#queue.run(undefined, async () => {
      const chosen = await this.#matting.choose(this.#opened(photoId).image, at)
      if (chosen === undefined) return null
      const { width, height, alpha } = chosen
      const mask = { width, height, data: new Uint8Array(alpha) }
      return transfer(mask, [mask.data.buffer])
    })
  }

  openSource(id: string, image: door.RgbaBuffer): Promise<void> {
    this.#source = { id, image }
    return Promise.resolve()
  }

  edit(
    named: door.EditJob,
    request: door.EditRequest,
    onProgress: (progress: door.EditProgress) => void,
  ): Promise<door.EditResult> {
    return this.#queue.run(named.jobId, (job) => this.#edit(named, request, job, onProgress))
  }

  layout(named: door.EditJob, request: door.EditRequest): Promise<readonly door.ElementPlan[]> {
    return this.#queue.run(named.jobId, (job) => this.#layout(named, request, job))
  }

  cancel(jobId: string): Promise<void> {
    this.#queue.cancel(jobId)
    this.#installs.cancel(jobId)
    return Promise.resolve()
  }

  async #edit(
    named: door.EditJob,
    request: door.EditRequest,
    job: Job,
    onProgress: (progress: door.EditProgress) => void,
  ): Promise<door.EditResult> {
    const { jobId, from } = named
    const { engine, context } = await this.#ready(named, request, job, onProgress)
    let checkpoint: door.CheckpointBuffer | undefined
    const { elements, prompt, empty, seed, steps, millis } = await engine
      .draw(request, {
        ...context,
        ...(from === undefined ? {} : { from }),
        ...(engine.model.prediction === 'layer'
          ? {}
          : {
              onLatents: ({ dims, data }, step) => {
                // A device that is being lost may give anything.
                checkpoint = data.every(Number.isFinite) ? { step, latents: { dims, data: data.slice() } } : undefined
              },
            }),
        onProgress: async (progress) => {
          report(progress, onProgress, checkpoint)
          checkpoint = undefined
          await turn()
        },
      })
      .catch((error: unknown) => {
        throw namedError(error)
      })
    // The other styles come behind the first doodle. One that cannot be read says so when it is asked for.
    if (!engine.model.sequential) void engine.readStyles().catch(() => undefined)
    const own = elements.map(ownElement)
    return transfer({ jobId, elements: own, prompt, empty, seed, steps, millis }, buffersOf(own))
  }

  async #layout(named: door.EditJob, request: door.EditRequest, job: Job): Promise<readonly door.ElementPlan[]> {
    const { engine, context } = await this.#ready(named, request, job)
    return engine.layout(request, { ...context, onProgress: turn }).catch((error: unknown) => {
      throw namedError(error)
    })
  }

  /** The model with the request's styles, and what the request is drawn on. */
  async #ready(
    { photoId, sourceId }: door.EditJob,
    request: door.EditRequest,
    job: Job,
    onProgress: (progress: door.EditProgress) => void = () => undefined,
  ): Promise<{ readonly engine: PhotoDoodle; readonly context: EditContext }> {
    // Before a large model is loaded for it.
    checkRequest(request)
    const source = this.#source
    if (source?.id !== sourceId)
      throw new PhotodoodleError('BadRequest', 'That photo is no longer open.', 'Open the photo again.')
    if (this.#engine === undefined) onProgress({ phase: 'load', step: 0, steps: 0 })
    const engine = await job.waitFor(this.#load())
    for (const { id } of request.what.styles) await this.#addImported(engine, id)
    const subject = engine.model.prediction === 'layer' ? await this.#subject(photoId) : undefined
    return {
      engine,
      context: {
        photo: source.image,
        ...(subject === undefined ? {} : { subject }),
        isCancelled: () => job.isCancelled,
      },
    }
  }

  /** Built-in styles are read by the pipeline itself; imported ones are handed to it once. */
  async #addImported(engine: PhotoDoodle, style: string): Promise<void> {
    if (this.#addedStyles.has(style) || engine.model.styles.some(({ id }) => id === style)) return
    const stored = (await this.#styles.imported()).find(({ id }) => id === style)
    if (stored === undefined) throw unknownStyle(style)
    await engine.addStyle(style, await openImported(stored))
    this.#addedStyles.add(style)
  }

  #describe(): Promise<ModelDescription> {
    const { id } = this.#choice
    this.#description ??= retryable(id === EMBEDDED ? readDescription() : describeStored(this.#models, id), () => {
      this.#description = undefined
    })
    return this.#description
  }

  #load(): Promise<PhotoDoodle> {
    this.#loading ??= retryable(this.#loadModel(), () => {
      this.#loading = undefined
    })
    return this.#loading
  }

  async #loadModel(): Promise<PhotoDoodle> {
    await this.start({})
    const { runtime, capabilities } = await this.#provider!
    const { id, memoryBudget = defaultMemoryBudget(capabilities.deviceMemory) } = this.#choice
    const tree = id === EMBEDDED ? this.#embeddedTree() : await this.#models.tree(id)
    const engine = await PhotoDoodle.load(tree, runtime, { memoryBudget, matting: this.#matting }).catch(
      (error: unknown) => {
        throw namedError(error)
      },
    )
    this.#engine = engine
    return engine
  }

  #opened(photoId: string): OpenedPhoto {
    if (this.#photo?.id !== photoId)
      throw new PhotodoodleError('BadRequest', 'That photo is no longer open.', 'Open the photo again.')
    return this.#photo
  }

  /** Of the open photo, found once. */
  #subject(photoId: string): Promise<Subject> {
    const photo = this.#opened(photoId)
    photo.subject ??= retryable(this.#matting.find(photo.image), () => {
      delete photo.subject
    })
    return photo.subject
  }

  #embeddedTree(): FileTree {
    return fetchedTree(served(EMBEDDED), (progress) => this.#loadListeners.forEach((listener) => listener(progress)))
  }

  async #current(): Promise<door.ModelStatus> {
    const { id } = this.#choice
    if (id === EMBEDDED) return embeddedStatus(await this.#describe(), this.#engine)
    const stored = (await this.#models.list()).find((model) => model.id === id)
    if (stored === undefined)
      throw new PhotodoodleError(
        'MissingFile',
        `The model ${id} is not stored in this browser.`,
        'Install it from its folder.',
      )
    return storedStatus(stored, this.#engine)
  }
}

async function describeStored(models: ModelStorage, id: string): Promise<ModelDescription> {
  return readModelDescription(await (await models.tree(id)).open('model.json'))
}

expose(new Engine())
