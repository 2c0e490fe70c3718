import type { FluxProgress } from './flux-convert'

/** Where progress is shown: a terminal gets one line that rewrites itself, a log a line for every five percent. */
interface Screen {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/** @returns a listener that shows bytes, speed and the time left */
export function fluxProgress(
  screen: Screen,
  now: () => number = () => performance.now(),
): (progress: FluxProgress) => void {
  const started = now()
  let shown = -Infinity
  let percent = -5
  return ({ part, done, found, total }) => {
    const seconds = (now() - started) / 1000
    // Shards of an earlier run are checked much faster than new ones are made: they tell nothing about the time left.
    const speed = (done - found) / Math.max(seconds, 1e-3)
    const left = speed > 0 ? duration((total - done) / speed) : '?'
    const line =
      `${part}: ${gigabytes(done)} of ${gigabytes(total)} GB, ` +
      `${(speed / 1e6).toFixed(speed < 1e7 ? 1 : 0)} MB/s, ${left} left`
    const share = (100 * done) / total
    if (screen.isTTY === true) {
      if (now() - shown < 200 && done < total) return
      shown = now()
      screen.write(`\r${line.slice(0, 78).padEnd(79)}${done >= total ? '\n' : ''}`)
    } else if (share >= percent + 5 || done >= total) {
      percent = share
      screen.write(`${line}\n`)
    }
  }
}

const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(bytes < 1e9 ? 3 : 1)

/** 42 s, 7 min, 3 h 5 min */
function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  const minutes = Math.ceil(seconds / 60)
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
