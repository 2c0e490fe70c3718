import type { MattingModel } from './parts'

/** A matting model that is opened when it is first asked for; one that could not be opened is asked for anew. */
export function lazyMatting(open: () => Promise<MattingModel>): MattingModel {
  let opened: Promise<MattingModel> | undefined
  return {
    find: async (photo) => {
      opened ??= open()
      // What could not be opened is tried again.
      opened.catch(() => {
        opened = undefined
      })
      return (await opened).find(photo)
    },
    dispose: async () => {
      await (await opened)?.dispose()
    },
  }
}
