/**
 * `npx tsx cli/convert/source-errors.ts FOLDER`: what each kind of source loses, and what is lost once it is 4 bit; see
 * training/scripts/fixtures/quantised_sources.py.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { recode } from '../../src/engine/formats/recode'
import { unscaled } from '../../src/engine/formats/scaled-weights'
import { readTensor, type WeightStore } from '../../src/engine/formats/weight-store'
import { openWeightFile } from '../shared/weight-files'

/** ||stored - original|| / ||original|| over all matrices. */
async function relativeError(store: WeightStore, original: WeightStore): Promise<number> {
  let [difference, norm] = [0, 0]
  for (const name of original.names()) {
    const { data: expected } = await readTensor(original, name)
    const { data: actual } = await readTensor(store, name)
    for (let i = 0; i < expected.length; i++) {
      difference += (actual[i]! - expected[i]!) ** 2
      norm += expected[i]! ** 2
    }
  }
  return Math.sqrt(difference / norm)
}

async function printTable(folder: string): Promise<void> {
  const original = await openWeightFile(join(folder, 'original.safetensors'))
  console.log('| source | error of the source | after conversion to 4 bit |\n|---|---|---|')
  for (const file of (await readdir(folder)).sort()) {
    const source = unscaled(await openWeightFile(join(folder, file)))
    console.log(
      `| ${file} | ${(await relativeError(source, original)).toFixed(5)} | ${(await relativeError(recode(source, 'Q4'), original)).toFixed(5)} |`,
    )
  }
}

const [, , folder] = process.argv
if (folder === undefined) console.error('Give the folder that quantised_sources.py wrote.')
else await printTable(folder)
