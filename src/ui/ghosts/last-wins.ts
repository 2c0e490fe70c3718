/**
 * Does one thing at a time. Of what is asked for meanwhile only the last is done: nothing ever queues up.
 */
export class LastWins<T> {
  #running: AbortController | undefined
  #next: { readonly value: T } | undefined

  /** @param work ends early after the signal; what it throws is its own to tell */
  constructor(private readonly work: (value: T, signal: AbortSignal) => Promise<void>) {}

  /** @param interrupt what is under way is of no use any more; without it, it is finished first */
  ask(value: T, interrupt = false): void {
    this.#next = { value }
    if (this.#running === undefined) void this.#go()
    else if (interrupt) this.#running.abort()
  }

  /** Nothing is wanted any more. */
  stop(): void {
    this.#next = undefined
    this.#running?.abort()
  }

  async #go(): Promise<void> {
    while (this.#next !== undefined) {
      const { value } = this.#next
      this.#next = undefined
      this.#running = new AbortController()
      await this.work(value, this.#running.signal).catch(() => undefined)
    }
    this.#running = undefined
  }
}
