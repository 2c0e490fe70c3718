import { expose } from 'comlink'
import { wallClock } from '../engine/checks/bench/clock'
import { runBench } from '../engine/checks/bench/run'
import { PhotodoodleError } from '../engine/core/errors'
import type { RgbaImage } from '../engine/image/rgba-image'
import { appRoot } from './app-root'
import type { BenchAnswer, BenchApi, BenchAsked } from './bench-api'
import { fetchedTree } from './model-files'
import { EMBEDDED } from './model-status'
import { openProvider } from './provider'
import { served } from './served-model'
import { trustOwnScripts } from './trusted-scripts'

trustOwnScripts()

const PHOTO = 'samples/dog.jpg'

const tree = (folder: string) => fetchedTree(served(folder), () => undefined)

const api: BenchApi = {
  async run({ provider, runs, growth }: BenchAsked, onProgress: (what: string) => void): Promise<BenchAnswer> {
    onProgress('opening')
    const { runtime, capabilities } = await openProvider(provider === undefined ? {} : { provider })
    const response = await fetch(new URL(PHOTO, appRoot()))
    if (!response.ok) throw new PhotodoodleError('MissingFile', `The server has no ${PHOTO}.`, 'Reload the page.')
    const file = await response.blob()
    const place = {
      runtime,
      model: tree(EMBEDDED),
      matte: tree('matte'),
      decode: () => decoded(file),
      clock: wallClock,
    }
    return { capabilities, report: await runBench(place, { runs, growth, onProgress }) }
  },
}

async function decoded(file: Blob): Promise<RgbaImage> {
  const bitmap = await createImageBitmap(file)
  const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d', { willReadFrequently: true })
  if (context === null)
    throw new PhotodoodleError('OutOfMemory', 'There is no room for a picture.', 'Close other tabs.')
  context.drawImage(bitmap, 0, 0)
  const { width, height, data } = context.getImageData(0, 0, bitmap.width, bitmap.height)
  return { width, height, data: new Uint8ClampedArray(data) }
}

expose(api)
