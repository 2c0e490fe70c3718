import { bytesSource } from '../engine/core/byte-source'
import { readModelDescription, type ModelDescription } from '../engine/pipelines/model-description'
import { appRoot } from './app-root'
import { checked } from './checked-files'
import { fetcher, type Fetcher } from './model-files'
import { EMBEDDED } from './model-status'

const modelFolder = (folder: string): string => new URL(`models/${folder}/`, appRoot()).href

/**
 * Files of a model folder that comes with the app. The server is always asked whether a file changed: shards keep their
 * names from one model version to the next.
 */
export const served = (folder: string): Fetcher =>
  checked(fetcher(modelFolder(folder), 'no-cache'), fetcher(modelFolder(folder), 'reload'))

/** What the embedded model says of itself. */
export async function readDescription(): Promise<ModelDescription> {
  return readModelDescription(bytesSource(await served(EMBEDDED)('model.json')))
}
