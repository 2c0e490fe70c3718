import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { isObject } from '../../src/engine/formats/json'
import { recode, type WeightDType } from '../../src/engine/formats/recode'
import type { LoraTitle } from '../../src/engine/lora/lora-metadata'
import { openLora } from '../../src/engine/lora/read-lora'
import { FLUX_DEV, parseTransformerConfig } from '../../src/engine/models/transformer/config'
import FLUX_FACTS from './flux-facts.json' with { type: 'json' }
import { readJsonFile } from '../shared/explain'
import { exists } from '../shared/weight-files'
import { writeManifestFolder } from '../shared/node-files'
import { openLoraFile } from '../shared/style-file'

interface StyleOptions {
  /** Folder for the style; of a style that joins a model, the model's `styles/ID`. */
  readonly out: string
  readonly dtype: 'q8' | 'f16' | 'f32'
  /** transformer.config of the model the style is for; FLUX.1-dev's without one. */
  readonly transformer?: unknown
}

/**
 * An EditLoRA as published (rank 128, diffusers names, some 700 MB) as a compact style: the same matrices under the
 * same names in 8-bit blocks, f16 or f32, in a manifest folder. Every matrix is read and checked against the model
 * first.
 * @returns how many linears it changes, bytes written, and keys that changed nothing here and are left out
 * @throws BadLora naming what does not fit; every error of reading
 */
export async function convertStyle(
  file: string,
  { out, dtype, transformer = FLUX_DEV }: StyleOptions,
): Promise<{ linears: number; bytes: number; leftOut: readonly string[] }> {
  const { store } = await openLoraFile(file)
  const lora = openLora(store, parseTransformerConfig(transformer))
  for (const linear of lora.linears) await lora.read(linear)
  const left = new Set(lora.leftOut)
  const used = { ...store, names: () => store.names().filter((name) => !left.has(name)) }
  const bytes = await writeManifestFolder(out, recode(used, dtype.toUpperCase() as WeightDType))
  return { linears: lora.linears.length, bytes, leftOut: lora.leftOut }
}

/** An entry of model.json's `styles` without its path. */
type StyleEntry = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly name: string
  readonly trigger?: string
  readonly steps?: number
}

/** What the user says about a style. */
interface GivenTitle {
  readonly name?: string
  readonly trigger?: string
  /** Steps it was distilled to. Such a LoRA needs no trigger. */
  readonly steps?: number
}

/**
 * What a style is called and triggered by. What the user says counts first, then
 * PhotoDoodle's facts of its six artists (flux-facts.json), by their ids, then what the file says of itself.
 * @throws BadRequest for another id without trigger and steps, or an id that cannot name a folder
 */
export function styleEntry(id: string, given: GivenTitle, file: LoraTitle = {}): StyleEntry {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(id))
    throw new PhotodoodleError(
      'BadRequest',
      `The style id ${JSON.stringify(id)} cannot name a folder.`,
      'Use small letters, digits and hyphens.',
    )
  const entry = FLUX_FACTS.styles.find((style) => style.id === id)
  const trigger = given.trigger ?? entry?.trigger ?? file.trigger
  const name = given.name ?? entry?.name ?? file.name ?? id
  if (trigger === undefined && given.steps === undefined) {
    throw new PhotodoodleError(
      'BadRequest',
      `${id} is none of the known styles, and no trigger was given.`,
      'Add --trigger WORD, the word the style was trained with; or --steps N for a LoRA that only makes N steps do.',
    )
  }
  return {
    ...entry,
    id,
    name,
    ...(trigger !== undefined && { trigger }),
    ...(given.steps !== undefined && { steps: given.steps }),
  }
}

/** transformer.config of a model folder. */
export async function transformerOf(model: string): Promise<unknown> {
  const { transformer } = await readDescription(model)
  return isObject(transformer) ? transformer['config'] : undefined
}

/** Names a converted style in the model's model.json, in place of one of the same id. */
export async function addStyle(model: string, style: StyleEntry): Promise<void> {
  const json = await readDescription(model)
  const styles: unknown[] = Array.isArray(json['styles']) ? json['styles'] : []
  const others = styles.filter((other) => !isObject(other) || other['id'] !== style.id)
  await writeFile(
    join(model, 'model.json'),
    `${JSON.stringify({ ...json, styles: [...others, { ...style, path: `styles/${style.id}` }] }, null, 2)}\n`,
  )
}

async function readDescription(model: string): Promise<Readonly<Record<string, unknown>>> {
  const path = join(model, 'model.json')
  if (!(await exists(path)))
    throw new PhotodoodleError(
      'MissingFile',
      `There is no ${path}.`,
      'Convert the model first, with "photodoodle convert --flux".',
    )
  const json = await readJsonFile(path)
  if (!isObject(json)) throw new PhotodoodleError('BadModel', `${path} is not an object.`, 'Convert the model again.')
  return json
}
