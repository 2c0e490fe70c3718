import { open, readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Command } from 'commander'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { splitCheckpoint } from '../../src/engine/formats/all-in-one'
import { variantOf } from '../../src/engine/formats/flux-variants'
import { ggufKinds } from '../../src/engine/formats/gguf'
import { isObject } from '../../src/engine/formats/json'
import { MANIFEST_FILE } from '../../src/engine/formats/manifest'
import { recognise, RECOGNISED_BYTES } from '../../src/engine/formats/recognise'
import { openSafetensors } from '../../src/engine/formats/safetensors'
import { foreignQuantisation } from '../../src/engine/formats/scaled-weights'
import type { WeightStore } from '../../src/engine/formats/weight-store'
import type { ImageFormat } from '../../src/engine/image/probe-image'
import { readLayerLora } from '../../src/engine/lora/layer-lora'
import { otherKind, parseLoraKey } from '../../src/engine/lora/lora-keys'
import { ADAPTER_CONFIG } from '../../src/engine/lora/lora-metadata'
import { leftOutKeys, openLora } from '../../src/engine/lora/read-lora'
import { parseConditionedConfig } from '../../src/engine/models/conditioned/config'
import { parseModelDescription } from '../../src/engine/pipelines/model-description'
import { FLUX_DEV } from '../../src/engine/models/transformer/config'
import { explain, readJsonFile } from '../shared/explain'
import { exists, findFlux, openWeightFile, openWeights } from '../shared/weight-files'
import { decodePhoto, readPicture } from '../shared/images'
import { embeddedModel } from '../shared/model'
import { fileSource } from '../shared/node-files'
import { openLoraFile } from '../shared/style-file'

/** What the doctor says of a file. */
interface Diagnosis {
  /** What it is, e.g. "a LoRA for FLUX.1-dev". */
  readonly what: string
  /** Whether this app does something with it. */
  readonly usable: boolean
  /** What it does with it, or what to do otherwise. */
  readonly advice: string
}

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('say what files are, what this app does with each, and what to do otherwise')
    .argument('<files...>', 'photos, LoRAs, checkpoints, folders: anything')
    .action(async (files: string[]) => {
      for (const file of files) {
        const { what, usable, advice } = await diagnose(file)
        console.log(`${file}: ${what}\n  ${usable ? 'works' : 'does not work'}: ${advice}`)
        if (!usable) process.exitCode = 1
      }
    })
}

/** Never fails: what goes wrong with a file is its diagnosis. */
async function diagnose(path: string): Promise<Diagnosis> {
  try {
    const info = await stat(path)
    if (info.isDirectory()) return await folder(path)
    if (!info.isFile()) return { what: 'a device or a pipe', usable: false, advice: 'Give a file.' }
    if (info.size === 0)
      return {
        what: 'an empty file (0 bytes)',
        usable: false,
        advice: 'It was probably not copied completely: copy or download it again.',
      }
    const found = recognise(await head(path))
    if (found?.kind === 'safetensors') return await weights(path)
    if (found?.kind === 'gguf') return await gguf(path)
    if (found !== undefined && found.kind !== 'text')
      return { what: found.what.replace(/^(?:is|holds) /, ''), usable: false, advice: found.remedy }
    return await picture(path)
  } catch (error) {
    return failed(error)
  }
}

function failed(error: unknown): Diagnosis {
  if (!(error instanceof PhotodoodleError))
    return { what: 'a file that could not be looked at', usable: false, advice: explain(error) }
  return {
    what: `${error.name}: ${error.message.slice(0, error.message.length - error.remedy.length).trim()}`,
    usable: false,
    advice: error.remedy,
  }
}

async function head(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r')
  try {
    const bytes = new Uint8Array(RECOGNISED_BYTES)
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return bytes.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const withArticle = (word: string): string => `${/^[aeiou]/.test(word) ? 'an' : 'a'} ${word}`

/** What the page opens and the command line does not. */
const PAGE_ONLY: readonly ImageFormat[] = ['bmp', 'ico']

async function picture(path: string): Promise<Diagnosis> {
  const { header } = await readPicture(path)
  if (PAGE_ONLY.includes(header.format))
    return {
      what: `${withArticle(header.format)} picture of ${header.width} x ${header.height} pixels`,
      usable: true,
      advice: 'It opens on the page; the command line does not decode it, so save it as PNG or JPEG for that.',
    }
  const {
    image: { width, height },
    hasAlpha,
    format,
  } = await decodePhoto(path)
  const page =
    format === 'tiff' || format === 'svg'
      ? 'It opens on the command line; browsers do not open it, so save it as PNG or JPEG for the page.'
      : 'It opens on the page and on the command line.'
  return {
    what: `${withArticle(format)} picture of ${width} x ${height} pixels${hasAlpha ? ', with transparency' : ''}`,
    usable: true,
    advice: page,
  }
}

async function weights(path: string): Promise<Diagnosis> {
  // Without the refusal of other libraries' quantisations, which are named here.
  const store = await openSafetensors(await fileSource(path))
  const foreign = foreignQuantisation(store.names())
  if (foreign !== undefined)
    return {
      what: `weights in ${foreign}`,
      usable: false,
      advice: 'Get the same model as bf16, fp8 or GGUF; those are converted.',
    }
  const isLora = store
    .names()
    .some((key) => parseLoraKey(key)?.role === 'a' || parseLoraKey(key)?.role === 'b' || otherKind(key) !== undefined)
  return isLora ? lora(path) : checkpoint(path, await openWeightFile(path), dtypesOf(store))
}

async function lora(path: string): Promise<Diagnosis> {
  const { store } = await openLoraFile(path)
  const left = leftOutKeys(store)
  const rest = left.length === 0 ? '' : ` ${left.length} keys of text encoders and bookkeeping are left out.`
  const nano = await nanoStyle(store)
  if (nano !== undefined) return { ...nano, advice: nano.usable ? nano.advice + rest : nano.advice }
  const file = openLora(store, FLUX_DEV)
  const ranks = new Set<number>()
  for (const linear of file.linears.slice(0, 1)) ranks.add((await file.read(linear)).rank)
  return {
    what:
      `a LoRA for FLUX.1-dev of ${file.linears.length} linears, ` +
      `rank ${[...ranks].join(' or ')}, as ${dtypesOf(store)}`,
    usable: true,
    advice:
      `Use it with a converted FLUX.1-dev: "edit ... --style ${path} --model FOLDER", or ` +
      `make it a style with "convert --style". The embedded model has another shape.${rest}`,
  }
}

/** A style of the embedded model, whose keys say which network they change; undefined for other LoRAs. */
async function nanoStyle(store: WeightStore): Promise<Diagnosis | undefined> {
  if (!store.names().some((name) => /(?:^|\.)(?:drawing|layout)\./.test(name))) return undefined
  const json = await readJsonFile(join(embeddedModel, 'model.json'))
  const model = parseModelDescription(json)
  const configOf = (network: 'drawing' | 'layout') =>
    parseConditionedConfig(isObject(json) && isObject(json[network]) ? json[network]['config'] : undefined)
  const { drawing, layout } = await readLayerLora(
    store,
    { drawing: configOf('drawing'), layout: configOf('layout') },
    model,
  )
  return {
    what:
      `a style for ${model.name} ${model.version}: ` +
      `${drawing.layers.size + layout.layers.size} linears of both networks`,
    usable: true,
    advice: 'Drop it on the page, or use it with "edit ... --style FILE".',
  }
}

function checkpoint(path: string, raw: WeightStore, dtypes: string): Diagnosis {
  const parts = splitCheckpoint(raw)
  const names = raw.names()
  const metadata = Object.values(isObject(raw.config) ? raw.config : {}).filter((value) => typeof value === 'string')
  const variant = variantOf(parts?.transformer ?? raw, [basename(path), ...metadata])
  const convert = `"convert --flux ${path} --out FOLDER" makes it a model.`
  if (variant !== undefined) {
    if (!variant.usable)
      return {
        what: `${variant.name}, as ${dtypes}`,
        usable: false,
        advice: `It ${variant.note}. Give FLUX.1-dev or a finetune of it.`,
      }
    const whole = parts === undefined ? 'the transformer alone' : `an all-in-one file: ${Object.keys(parts).join(', ')}`
    return { what: `${variant.name}, ${whole}, as ${dtypes}`, usable: true, advice: `It ${variant.note}. ${convert}` }
  }
  if (names.some((name) => /(?:^|\.)decoder\.conv_in\.weight$/.test(name)))
    return {
      what: `an autoencoder, as ${dtypes}`,
      usable: true,
      advice: `A part of a FLUX.1 model: "convert --flux ... --vae ${path}".`,
    }
  if (names.some((name) => /(?:^|\.)encoder\.layers\.0\.self_attn\./.test(name)))
    return {
      what: `a CLIP text encoder, as ${dtypes}`,
      usable: true,
      advice: `A part of a FLUX.1 model: "convert --flux ... --clip ${path} --tokenizers FOLDER".`,
    }
  if (names.some((name) => /(?:^|\.)encoder\.block\.0\.layer\.0\./.test(name)))
    return {
      what: `a T5 text encoder, as ${dtypes}`,
      usable: true,
      advice: `A part of a FLUX.1 model: "convert --flux ... --t5 ${path} --tokenizers FOLDER".`,
    }
  return {
    what: `${names.length} tensors of no model that is known here, as ${dtypes}; the first is "${names[0] ?? ''}"`,
    usable: false,
    advice: 'Give a LoRA or a checkpoint of FLUX.1-dev.',
  }
}

async function gguf(path: string): Promise<Diagnosis> {
  const kinds = [...(await ggufKinds(await fileSource(path)))]
    .sort(([, x], [, y]) => y - x)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')
  return checkpoint(path, await openWeightFile(path), `GGUF (${kinds})`)
}

function dtypesOf(store: WeightStore): string {
  const counts = new Map<string, number>()
  for (const name of store.names()) counts.set(store.info(name).dtype, (counts.get(store.info(name).dtype) ?? 0) + 1)
  return [...counts]
    .sort(([, x], [, y]) => y - x)
    .map(([dtype]) => dtype)
    .join(' and ')
}

async function folder(path: string): Promise<Diagnosis> {
  if (await exists(join(path, 'model.json'))) {
    const model = parseModelDescription(await readJsonFile(join(path, 'model.json')))
    return {
      what: `a model: ${model.name} ${model.version}`,
      usable: true,
      advice: 'Use it with "edit ... --model FOLDER", or install it on the page under Models and device.',
    }
  }
  if (await exists(join(path, `${ADAPTER_CONFIG}.json`))) return lora(path)
  if (await exists(join(path, MANIFEST_FILE)))
    return {
      what: 'a part of a model, or a style that was converted',
      usable: true,
      advice: 'It belongs into a model\'s folder; "convert --style FILE --model FOLDER" puts one there.',
    }
  const names = await readdir(path)
  if (!names.some((name) => /\.(?:safetensors|sft|gguf)$/i.test(name) || name === 'transformer')) {
    return {
      what: `a folder of ${names.length} entries, none of them weights`,
      usable: false,
      advice: 'Give a photo, a LoRA or a checkpoint in it, or the folder of a FLUX.1-dev download.',
    }
  }
  const { transformer, autoencoder, clip, t5 } = await findFlux(path)
  const { store } = await openWeights(transformer)
  const { usable, what } = checkpoint(transformer, store, dtypesOf(store))
  const missing = Object.entries({ '--vae': autoencoder, '--clip': clip, '--t5': t5 })
    .filter(([, place]) => place === undefined)
    .map(([option]) => option)
  const rest = missing.length === 0 ? '' : ` What is missing is named with ${missing.join(', ')}.`
  return {
    what: `a download with ${what}`,
    usable,
    advice: usable
      ? `"convert --flux ${path} --out FOLDER" makes it a model.${rest}`
      : 'Give FLUX.1-dev or a finetune of it.',
  }
}
