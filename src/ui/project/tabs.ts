/**
 * One tab at a time writes a project, by Web Locks: the browser gives a lock back when its tab is closed or killed. A
 * tab that wants a project which is open elsewhere asks the other one to save and let go; one that does not answer,
 * being frozen, loses it.
 */
const lockName = (id: string): string => `photodoodle-project ${id}`

/** How long the other tab may take to save. */
const ANSWER_MS = 4000

interface HandOver {
  readonly handOver: string
}

export class ProjectLock {
  readonly #channel = typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('photodoodle-projects')
  #held: { readonly id: string; readonly release: () => void } | undefined

  /**
   * @param save writes what is not written yet, before another tab goes on
   * @param lost tells that the project held is another tab's now
   */
  constructor(
    private readonly save: () => Promise<void>,
    private readonly lost: (id: string) => void,
  ) {
    this.#channel?.addEventListener('message', ({ data }: MessageEvent<HandOver>) => {
      if (data.handOver === this.#held?.id) void this.#letGo(data.handOver)
    })
  }

  /** Lets go of the project held before. @returns whether this tab may write the project */
  async hold(id: string): Promise<boolean> {
    if (this.#held?.id === id) return true
    this.release()
    return this.#take(id, { ifAvailable: true })
  }

  /** Takes a project over from another tab. What that one has not saved yet it saves first. */
  async takeOver(id: string): Promise<void> {
    this.#channel?.postMessage({ handOver: id } satisfies HandOver)
    if (await this.#take(id, { signal: AbortSignal.timeout(ANSWER_MS) })) return
    await this.#take(id, { steal: true })
  }

  /** Whether another tab has the project. */
  async isElsewhere(id: string): Promise<boolean> {
    if (this.#held?.id === id || !available()) return false
    const { held = [] } = await navigator.locks.query()
    return held.some(({ name }) => name === lockName(id))
  }

  release(): void {
    this.#held?.release()
    this.#held = undefined
  }

  close(): void {
    this.release()
    this.#channel?.close()
  }

  async #letGo(id: string): Promise<void> {
    await this.save().catch(() => undefined)
    if (this.#held?.id !== id) return
    this.release()
    this.lost(id)
  }

  #take(id: string, options: LockOptions): Promise<boolean> {
    // Pages that are not served securely have no locks: there every save checks that no other came between
    // (ProjectStore).
    if (!available()) return Promise.resolve(true)
    return new Promise((resolve) => {
      navigator.locks
        .request(lockName(id), options, (lock) => {
          resolve(lock !== null)
          if (lock === null) return undefined
          return new Promise<void>((release) => {
            this.#held = { id, release }
          })
        })
        .catch(() => {
          // Not had in time; or taken away by a tab that got no answer.
          resolve(false)
          if (this.#held?.id !== id) return
          this.#held = undefined
          this.lost(id)
        })
    })
  }
}

/** Typed as always there, but absent on plain http. */
function available(): boolean {
  return (navigator.locks as LockManager | undefined) !== undefined
}
