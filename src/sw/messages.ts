/** What the page and the service worker say to each other. */

/** Answered with {@link OfflineReport} once everything is kept. */
interface KeepOffline {
  readonly type: 'KEEP_OFFLINE'
  /** Files that only some devices need: the runtime build in use. */
  readonly urls: readonly string[]
}

export interface OfflineReport {
  /** Every file of this version, and those asked for, are kept. */
  readonly ready: boolean
  /** Those that could not be had. */
  readonly missing: readonly string[]
}

/** The worker that waits takes over. */
interface SkipWaiting {
  readonly type: 'SKIP_WAITING'
}

export type ToServiceWorker = KeepOffline | SkipWaiting

/** Cache with the files that were shared with the installed app, until the page has taken them. */
export const SHARED_CACHE = 'photodoodle-shared'

/**
 * Where the system sends shared files (share_target of the manifest), and where the page then finds that there are
 * some.
 */
export const SHARE_PATH = 'share'
export const SHARED_QUERY = 'shared'
