import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { gaussian } from '../../src/engine/core/random'
import { openManifest } from '../../src/engine/formats/manifest'
import { toFloat32, type WeightStore } from '../../src/engine/formats/weight-store'
import { readModelDescription } from '../../src/engine/pipelines/model-description'
import { nodeFiles, writeManifestFolder } from '../shared/node-files'

/**
 * Copies a model folder with every matrix of its transformers drawn anew at the same standard deviation: same sizes,
 * same styles, nothing learnt. The control that a check on pictures must fail.
 * @returns the folder written
 */
export async function writeRandomisedModel(model: string, out: string, seed: number): Promise<string> {
  await cp(model, out, { recursive: true })
  const description = await readModelDescription(await nodeFiles(model).open('model.json'))
  const networks =
    description.prediction === 'layer' ? [description.layout, description.drawing] : [description.transformer]
  for (const { path } of networks)
    await writeManifestFolder(join(out, path), randomised(await openManifest(nodeFiles(model), path), seed))
  return out
}

/** The store with each matrix replaced by seeded noise of its own standard deviation; vectors (biases, norms) stay. */
function randomised(store: WeightStore, seed: number): WeightStore {
  const names = store.names()
  return {
    names: () => names,
    info: (name) => ({ dtype: 'F32', shape: store.info(name).shape }),
    async read(name) {
      const { shape } = store.info(name)
      const trained = toFloat32(await store.read(name))
      const values = shape.length < 2 ? trained : noiseLike(trained, seed + names.indexOf(name))
      return { dtype: 'F32', shape, bytes: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) }
    },
    config: store.config,
  }
}

function noiseLike(values: Float32Array, seed: number): Float32Array<ArrayBuffer> {
  const energy = values.reduce((sum, value) => sum + value * value, 0)
  const deviation = Math.sqrt(energy / values.length)
  return gaussian(seed, values.length).map((value) => value * deviation)
}
