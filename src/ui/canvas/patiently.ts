/** Pauses before another try, in ms: by the last one a worker that died has been replaced, and memory may be free. */
const PAUSES = [250, 500, 1000, 2000]

/**
 * Asks again when it failed.
 * @param wanted false ends the trying
 * @throws what the last try threw
 */
export async function patiently<T>(ask: () => Promise<T>, wanted: () => boolean): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await ask()
    } catch (error) {
      if (!wanted()) throw error
      await new Promise((resolve) => setTimeout(resolve, pause))
      if (!wanted()) throw error
    }
  }
  return ask()
}
