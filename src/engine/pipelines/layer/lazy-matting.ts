import type { MattingModel } from './parts'

/** A matting model that is opened when it is first asked for; one that could not be opened is asked for anew. */
export function lazyMatting(open: () => Promise<MattingModel>): MattingModel {
  let opened: Promise<MattingModel> | undefined
  const model = (): Promise<MattingModel> => {
    opened ??= open()
    // What could not be opened is tried again.
    opened.catch(() => {
      opened = undefined
    })
    return opened
  }
  return {
    find: async (photo) => (await model()).find(photo),
    choose: async (photo, at) => (await model()).choose(photo, at),
    dispose: async () => {
      await (await opened)?.dispose()
    },
  }
}
