import { wrap, type Remote } from 'comlink'
import type { MaskBuffer } from './engine-api'
import type { PictureApi, PictureInfo, SubjectEdit } from './picture-api'

/**
 * The picture worker as the screen calls it. Should it die (a phone out of memory), every waiting call fails and the
 * next one starts a new worker with the same photo, whose file stays on the page's side.
 */
export class PictureClient {
  #session: { readonly api: Remote<PictureApi>; readonly died: Promise<never> } | undefined
  #file: Blob | undefined
  #matte: MaskBuffer | undefined
  #subject: SubjectEdit | undefined

  /** @throws BadImage, ImageTooLarge, OutOfMemory */
  async open(file: Blob): Promise<PictureInfo> {
    const info = await this.#race(this.#running, (api) => api.open(file))
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
    const fresh = this.#session === undefined
    const session = this.#running
    const [file, matte, subject] = [this.#file, this.#matte, this.#subject]
    if (fresh && file !== undefined) {
      await this.#race(session, (api) => api.open(file))
      if (matte !== undefined) await this.#race(session, (api) => api.setMatte(matte))
      if (subject !== undefined) await this.#race(session, (api) => api.setSubject(subject))
    }
    return this.#race(session, work)
  }

  get #running(): { readonly api: Remote<PictureApi>; readonly died: Promise<never> } {
    return (this.#session ??= this.#start())
  }

  #race<T>(
    { api, died }: { readonly api: Remote<PictureApi>; readonly died: Promise<never> },
    work: (api: Remote<PictureApi>) => Promise<T>,
  ): Promise<T> {
    return Promise.race([work(api), died])
  }

  #start(): { readonly api: Remote<PictureApi>; readonly died: Promise<never> } {
    const worker = new Worker(new URL('./picture.worker.ts', import.meta.url), {
      type: 'module',
      name: 'photodoodle-picture',
    })
    const died = new Promise<never>((_, reject) => {
      worker.addEventListener('error', () => {
        worker.terminate()
        this.#session = undefined
        reject(
          Object.assign(
            new Error(
              'The picture could not be worked on, probably for lack of memory. Close other tabs and try again.',
            ),
            { name: 'OutOfMemory' },
          ),
        )
      })
    })
    died.catch(() => undefined) // Each call races it; without a call nobody needs to hear.
    return { api: wrap<PictureApi>(worker), died }
  }
}
