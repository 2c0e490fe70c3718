import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { convertFlux } from '../convert/flux-convert'
import { writeSmallFlux } from './flux-small'

/**
 * A converted FLUX model of random weights, for tests: 32 tokens of text instead of 512.
 * @param folder gets the download and the model
 * @param tokens most image tokens of the model
 * @returns the model's folder
 */
export async function writeSmallFluxModel(folder: string, tokens = 16): Promise<string> {
  const model = join(folder, 'model')
  await writeSmallFlux(join(folder, 'download'))
  await convertFlux({ flux: join(folder, 'download'), out: model, t5Dtype: 'q8', modulationDtype: 'q4', shardMb: 1 })
  const description = JSON.parse(await readFile(join(model, 'model.json'), 'utf8')) as {
    text_encoder: { t5: { max_tokens: number } }
    defaults: { tokens: number }
  }
  description.text_encoder.t5.max_tokens = 32
  description.defaults.tokens = tokens
  await writeFile(join(model, 'model.json'), JSON.stringify(description))
  return model
}
