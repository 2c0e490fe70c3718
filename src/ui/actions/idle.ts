/** Held by every tab while something goes on that a reload would break off. */
const LOCK = 'photodoodle-busy'

/** Does what a new version must not interrupt. Any number of tabs may at the same time. */
export async function busy<T>(work: () => Promise<T>): Promise<T> {
  return locks() === undefined ? work() : await navigator.locks.request(LOCK, { mode: 'shared' }, work)
}

/** Does it when nothing goes on in any tab; what would begin meanwhile waits. */
export async function idle<T>(work: () => Promise<T>): Promise<T> {
  return locks() === undefined ? work() : await navigator.locks.request(LOCK, { mode: 'exclusive' }, work)
}

/** Absent on pages that are not served securely. */
function locks(): LockManager | undefined {
  return navigator.locks
}
