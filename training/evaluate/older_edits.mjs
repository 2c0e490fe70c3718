// Edits by an older checkout, many in one process; run there: node --import tsx older_edits.mjs CHECKOUT JOBS.json
// JOBS: [{ "photo", "instruction", "seed", "result", "layer" }], paths absolute. Run by evaluate/older.py.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [checkout, jobs] = process.argv.slice(2)
const part = (name) => import(pathToFileURL(join(checkout, 'cli', name)).href)
const { loadModel } = await part('model.ts')
const { decodePhoto, writePng } = await part('images.ts')
const { engine, close } = await loadModel()
for (const { photo, instruction, seed, result, layer } of JSON.parse(await readFile(jobs, 'utf8'))) {
  const { image } = await decodePhoto(photo)
  const outcome = await engine.edit({ photo: image, styles: [], instruction, seed })
  await writePng(layer, outcome.layer, true)
  await writePng(result, outcome.result, false)
  console.log(result)
}
await close()
