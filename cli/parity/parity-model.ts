import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { isObject, type JsonObject } from '../../src/engine/formats/json'
import { convertFlux } from '../convert/flux-convert'
import { addStyle, convertStyle, styleEntry, transformerOf } from '../convert/flux-style'

/** A case that can be run. */
export interface PreparedCase {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  /** Why it cannot be run after all. */
  readonly error?: unknown
  readonly dispose: () => Promise<void>
}

const SHARD_MB = 64

/**
 * Gives a case of the kind `pipeline` the model it needs: converts its FLUX.1 download, pre-training LoRA and style as
 * `photodoodle convert`
 * does with `--dtype f32`, in a folder of its own. Any other case is ready as it is.
 * @param folder absolute, with case.json
 */
export async function prepareCase(folder: string): Promise<PreparedCase> {
  const name = basename(folder)
  const json = await readCase(folder)
  if (json?.['kind'] !== 'pipeline') return { name, folder, dispose: () => Promise.resolve() }
  const place = await mkdtemp(join(tmpdir(), 'photodoodle-parity-'))
  const dispose = (): Promise<void> => rm(place, { recursive: true, force: true })
  try {
    for (const file of ['case.json', fileOf(json, 'inputs'), fileOf(json, 'expected')])
      await copyFile(join(folder, file), join(place, file))
    await convertModel(folder, json, join(place, 'model'))
    return { name, folder: place, dispose }
  } catch (error) {
    return { name, folder: place, error, dispose }
  }
}

async function convertModel(folder: string, json: JsonObject, out: string): Promise<void> {
  const tokens = tokensOf(json['grid'])
  const pretrain =
    json['pretrain_lora'] === undefined ? {} : { pretrainLora: join(folder, fileOf(json, 'pretrain_lora')) }
  await convertFlux({
    flux: join(folder, fileOf(json, 'download')),
    ...pretrain,
    out,
    dtype: 'f32',
    t5Dtype: 'q8',
    modulationDtype: 'q8',
    shardMb: SHARD_MB,
  })
  const style = json['style']
  if (isObject(style)) {
    const entry = styleEntry(fileOf(style, 'id'), {})
    await convertStyle(join(folder, fileOf(style, 'file')), {
      out: join(out, 'styles', entry.id),
      dtype: 'f32',
      transformer: await transformerOf(out),
    })
    await addStyle(out, entry)
  }
  await fitModel(out, tokens)
}

function tokensOf(grid: unknown): number {
  if (!Array.isArray(grid) || !grid.every((side) => typeof side === 'number'))
    throw badCase('has no grid [rows, columns]')
  return grid.reduce((product, side) => product * side, 1)
}

/** A model works at as many tokens as it was trained on; the case's photo has another size. */
async function fitModel(out: string, tokens: number): Promise<void> {
  const path = join(out, 'model.json')
  const model = JSON.parse(await readFile(path, 'utf8')) as { defaults: object }
  await writeFile(path, JSON.stringify({ ...model, defaults: { ...model.defaults, tokens } }))
}

/** @returns undefined when there is no such object; running the case says so */
async function readCase(folder: string): Promise<JsonObject | undefined> {
  const text = await readFile(join(folder, 'case.json'), 'utf8').catch(() => '')
  try {
    const json: unknown = JSON.parse(text)
    return isObject(json) ? json : undefined
  } catch {
    return undefined
  }
}

/** A name inside the case's folder. */
function fileOf(json: JsonObject, entry: string): string {
  const file = json[entry]
  if (typeof file !== 'string' || basename(file) !== file) throw badCase(`has no file name "${entry}"`)
  return file
}

const badCase = (what: string): PhotodoodleError =>
  new PhotodoodleError('BadRequest', `The parity case ${what}.`, 'See the README of the parity cases.')
