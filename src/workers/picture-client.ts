import { wrap, type Remote } from 'comlink'
import type { EngineWorker } from './engine-session'
import type { MaskBuffer } from './engine-api'
import type { PictureApi, PictureInfo, SubjectEdit } from './picture-api'

/** One life of the worker. */
interface Session {
  readonly api: Remote<PictureApi>
  /** Rejects when the worker dies; never resolves. */
  readonly died: Promise<never>
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
    await Promise.race([session.ready, session.died])
    const info = await Promise.race([session.api.open(file), session.died])
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
    await Promise.race([session.ready, session.died])
    return Promise.race([work(session.api), session.died])
  }

  #start(file?: Blob, matte?: MaskBuffer, subject?: SubjectEdit): Session {
    const worker = this.#spawn()
    const api = wrap<PictureApi>(worker)
    let end: () => void = () => undefined
    const died = new Promise<never>((_, reject) => {
      end = () => {
        worker.terminate()
        if (this.#session === session) this.#session = undefined
        reject(outOfMemory())
      }
    })
    died.catch(() => undefined) // Each call races it; without a call nobody needs to hear.
    const ready = file === undefined ? Promise.resolve() : handOver(api, file, matte, subject)
    // Without the photo it is of no use: the next call tries another.
    ready.catch(end)
    const session: Session = { api, died, ready }
    worker.addEventListener('error', end)
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
