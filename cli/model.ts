import { join, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PhotoDoodle } from '../src/engine/pipelines/photo-doodle'
import { nodeFiles } from './node-files'
import { nodeRuntime } from './node-runtime'

/** The embedded model, committed with the app. */
export const embeddedModel = join(dirname(dirname(fileURLToPath(import.meta.url))), 'public/models/nano')

/** Loads a model folder on the Node CPU provider. */
export async function loadModel(folder = embeddedModel): Promise<{ engine: PhotoDoodle; close: () => Promise<void> }> {
  const runtime = nodeRuntime()
  const engine = await PhotoDoodle.load(nodeFiles(folder), runtime)
  return {
    engine,
    close: () => engine.dispose(),
  }
}
