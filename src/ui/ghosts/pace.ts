/** Milliseconds of a drawing up to which things are drawn while they move. */
const QUICK_MS = 1500

/** So short a wait that nobody sees it; a burst of changes is one. */
const BURST_MS = 40

/** Without a change for so long the pointer rests. */
const REST_MS = 350

interface Pace {
  readonly wait: number
  /** What is under way is broken off: on a slow machine nobody waits for what is old already. */
  readonly interrupt: boolean
}

/** How drawings follow changes. @param last milliseconds that the last one took; null: none yet */
export function paceOf(last: number | null): Pace {
  return last !== null && last <= QUICK_MS ? { wait: BURST_MS, interrupt: false } : { wait: REST_MS, interrupt: true }
}
