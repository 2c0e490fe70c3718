import { PhotodoodleError } from '../engine/core/errors'
import type { Job } from './job-queue'

/** One tab at a time changes what is stored of models; one that installs what another just has finds it done. */
export async function alone<T>(job: Job, work: () => Promise<T>): Promise<T> {
  if ((navigator.locks as LockManager | undefined) === undefined) return work()
  const turn = new AbortController()
  try {
    return await job.waitFor(
      navigator.locks.request('photodoodle-models', { signal: turn.signal }, async () => {
        job.check()
        return work()
      }),
    )
  } finally {
    turn.abort()
  }
}

/**
 * Lets the event loop take waiting messages, `cancel` among them: runs of the CPU provider never give way by
 * themselves.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0))
}

/** Keeps a promise for later callers, but forgets it when it fails, so that the next call tries again. */
export function retryable<T>(promise: Promise<T>, forget: () => void): Promise<T> {
  promise.catch(forget)
  return promise
}

/** What browsers throw for want of memory, by the name the page knows. */
export function namedError(error: unknown): unknown {
  if (error instanceof RangeError) {
    return new PhotodoodleError(
      'OutOfMemory',
      `There was not enough memory (${error.message}).`,
      'Close other tabs or open a smaller copy of the photo.',
      { cause: error },
    )
  }
  return error
}
