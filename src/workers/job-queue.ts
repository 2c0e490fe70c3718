import { PhotodoodleError } from '../engine/core/errors'

const cancelled = (): PhotodoodleError => new PhotodoodleError('Cancelled', 'The doodle was stopped.', '')

/** A running or waiting job, as its task sees it. */
export class Job {
  #cancelled = false
  #wake: ((reason: PhotodoodleError) => void) | undefined

  get isCancelled(): boolean {
    return this.#cancelled
  }

  cancel(): void {
    this.#cancelled = true
    this.#wake?.(cancelled())
  }

  /** @throws Cancelled */
  check(): void {
    if (this.#cancelled) throw cancelled()
  }

  /**
   * Waits for work that goes on without this job, such as a download that others want too.
   * @throws Cancelled as soon as the job is cancelled, and whatever `work` throws
   */
  async waitFor<T>(work: Promise<T>): Promise<T> {
    this.check()
    const stopped = new Promise<never>((_, reject) => {
      this.#wake = reject
    })
    try {
      return await Promise.race([work, stopped])
    } finally {
      this.#wake = undefined
    }
  }
}

/**
 * Runs tasks one after the other: onnxruntime sessions must not be created or run concurrently.
 * A task that fails does not stop the ones behind it.
 */
export class JobQueue {
  #last: Promise<unknown> = Promise.resolve()
  readonly #jobs = new Map<string, Job>()

  /**
   * @param id names the job for {@link cancel}; undefined for tasks that cannot be cancelled
   * @throws Cancelled when cancelled before its turn, and whatever the task throws
   */
  async run<T>(id: string | undefined, task: (job: Job) => Promise<T>): Promise<T> {
    const job = new Job()
    if (id !== undefined) this.#jobs.set(id, job)
    const turn = this.#last.then(() => {
      job.check()
      return task(job)
    })
    this.#last = turn.catch(() => undefined)
    try {
      return await turn
    } finally {
      if (id !== undefined) this.#jobs.delete(id)
    }
  }

  /** Does nothing for a job that has ended. */
  cancel(id: string): void {
    this.#jobs.get(id)?.cancel()
  }
}
