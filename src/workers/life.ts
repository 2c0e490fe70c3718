/**
 * A worker's life, in which calls are waited for: those under way fail when it ends. A call that is done leaves nothing
 * behind, as it would in a race against a promise that is pending for hours.
 */
export class Life {
  readonly #waiting = new Set<(error: Error) => void>()
  #ended: Error | undefined

  /** The first reason stays. */
  end(error: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    for (const fail of this.#waiting) fail(error)
    this.#waiting.clear()
  }

  /** Calls that are waited for. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** @throws what `work` throws, and what the life ended with */
  within<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.add(reject)
      const done = (): void => void this.#waiting.delete(reject)
      work.then(resolve, reject).finally(done)
      if (this.#ended === undefined) return
      done()
      reject(this.#ended)
    })
  }
}
