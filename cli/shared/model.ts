import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { lazyMatting } from '../../src/engine/pipelines/layer/lazy-matting'
import { loadMatting, type LoadOptions } from '../../src/engine/pipelines/load-parts'
import { PhotoDoodle } from '../../src/engine/pipelines/photo-doodle'
import { nodeFiles } from './node-files'
import { nodeRuntime } from './node-runtime'
import { root } from './root'

const models = join(root, 'public/models')

/** The embedded model, committed with the app. */
export const embeddedModel = join(models, 'nano')

/** The matte network, committed with the app. */
export const embeddedMatte = join(models, 'matte')

/** Loads a model folder on the Node CPU provider. */
export async function loadModel(
  folder = embeddedModel,
  options: LoadOptions = {},
): Promise<{ engine: PhotoDoodle; close: () => Promise<void> }> {
  const runtime = nodeRuntime()
  const matting = lazyMatting(() => loadMatting(nodeFiles(embeddedMatte), runtime))
  const engine = await PhotoDoodle.load(nodeFiles(folder), runtime, { matting, ...options })
  return {
    engine,
    close: async () => {
      await engine.dispose()
      await matting.dispose()
    },
  }
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
}

/** "4GB", "1.5 GiB", "800mb" or a number of bytes. */
export function parseBytes(text: string): number {
  const [, number, unit] = /^\s*([\d.]+)\s*([a-z]*)\s*$/i.exec(text) ?? []
  const bytes = Number(number) * (UNITS[(unit ?? '?').toUpperCase()] ?? Number.NaN)
  if (!(bytes > 0)) throw new InvalidArgumentError('a size such as 4GB or 800MB is needed')
  return Math.floor(bytes)
}
