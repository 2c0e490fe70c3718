import { wrap, type Remote } from 'comlink'
import type { EngineWorker } from './engine-session'
import type { MaskBuffer } from './engine-api'
import { Life } from './life'
import type { PictureApi, PictureInfo, SubjectEdit } from './picture-api'

/** One life of the worker. */
interface Session {
  readonly api: Remote<PictureApi>
  /** Ends when the worker dies. */
  readonly life: Life
  /** Resolves when it holds the photo that the one before held. */
  readonly ready: Promise<void>
}

/**
 * The picture worker as the screen calls it. Should it die (a phone out of memory), every waiting call fails and the
 * next one starts a new worker with the same photo, whose file stays on the page's side.
 */
export class PictureClient {
  readonly #spawn: () => EngineWorker
  #session: Session | undefined
  #file: Blob | undefined
  #matte: MaskBuffer | undefined
  #subject: SubjectEdit | undefined

  constructor(spawn: () => EngineWorker = spawnWorker) {
    this.#spawn = spawn
  }

  /** @throws BadImage, ImageTooLarge, OutOfMemory */
  async open(file: Blob): Promise<PictureInfo> {
    // The photo before need not be handed over: decoded after this one, it would take its place.
    const session = (this.#session ??= this.#start())
    // One that is being handed over has to be there first.
    await session.life.within(session.ready)
    const info = await session.life.within(session.api.open(file))
    this.#file = file
    this.#matte = undefined
    this.#subject = undefined
    return info
  }

  /** The subject of the photo that is open, kept for a worker that takes this one's place. */
  async setMatte(matte: MaskBuffer): Promise<void> {
    this.#matte = matte
    await this.call((api) => api.setMatte(matte))
  }

  /** How the subject was corrected, kept in the same way. */
  async setSubject(edit: SubjectEdit | undefined): Promise<void> {
    this.#subject = edit
    await this.call((api) => api.setSubject(edit))
  }

  /** @throws whatever the call throws, EngineCrashed */
  async call<T>(work: (api: Remote<PictureApi>) => Promise<T>): Promise<T> {
    const session = (this.#session ??= this.#start(this.#file, this.#matte, this.#subject))
    await session.life.within(session.ready)
    return session.life.within(work(session.api))
  }

  #start(file?: Blob, matte?: MaskBuffer, subject?: SubjectEdit): Session {
    const worker = this.#spawn()
    const api = wrap<PictureApi>(worker)
    const life = new Life()
    const end = (error: Error): void => {
      worker.terminate()
      if (this.#session === session) this.#session = undefined
      life.end(error)
    }
    const ready = file === undefined ? Promise.resolve() : handOver(api, file, matte, subject)
    // Without the photo it is of no use: the next call tries another.
    ready.catch(end)
    const session: Session = { api, life, ready }
    worker.addEventListener('error', () => end(outOfMemory()))
    return session
  }
}

async function handOver(
  api: Remote<PictureApi>,
  file: Blob,
  matte: MaskBuffer | undefined,
  subject: SubjectEdit | undefined,
): Promise<void> {
  await api.open(file)
  if (matte !== undefined) await api.setMatte(matte)
  if (subject !== undefined) await api.setSubject(subject)
}

function outOfMemory(): Error {
  return Object.assign(
    new Error('The picture could not be worked on, probably for lack of memory. Close other tabs and try again.'),
    { name: 'OutOfMemory' },
  )
}

function spawnWorker(): EngineWorker {
  return new Worker(new URL('./picture.worker.ts', import.meta.url), { type: 'module', name: 'photodoodle-picture' })
}
