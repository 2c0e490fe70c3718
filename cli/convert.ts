import { readdir } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { PhotodoodleError } from '../src/engine/core/errors'
import { recode, type WeightDType } from '../src/engine/formats/recode'
import { openSafetensors } from '../src/engine/formats/safetensors'
import { detectNaming, referenceStore, type WeightNaming } from '../src/engine/formats/weight-names'
import { missingWeight, type WeightStore } from '../src/engine/formats/weight-store'
import { fileSource, isManifestFile, writeManifestFolder } from './node-files'

export interface ConvertOptions {
  readonly out: string
  readonly dtype: Lowercase<WeightDType>
  readonly names: WeightNaming | 'auto'
  /** Largest shard in MiB. */
  readonly shardMb: number
  readonly force?: boolean
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description('safetensors to a manifest folder the engine can stream: f32, f16, or 4- and 8-bit blocks')
    .argument('<files...>', 'one .safetensors file, or all the parts of a split one')
    .requiredOption('--out <dir>', 'folder to write manifest.json and its shards to')
    .addOption(new Option('--dtype <dtype>', 'how floats are stored; q4 and q8 quantise matrices and keep the rest in f16').choices(['f32', 'f16', 'q4', 'q8']).default('f16'))
    .addOption(new Option('--names <names>', 'weight names in the file; a transformer is written under reference names, with auto anything else keeps its own').choices(['auto', 'reference', 'diffusers']).default('auto'))
    .option('--shard-mb <number>', 'largest shard in MiB', parseShardSize, 256)
    .option('--force', 'replace a manifest that is already in the folder')
    .action(async (files: string[], options: ConvertOptions) => {
      const started = performance.now()
      const { tensors, bytes } = await convert(files, options, progressLine)
      process.stderr.write('\n')
      console.log(`${tensors} tensors, ${(bytes / 2 ** 20).toFixed(1)} MiB, ${((performance.now() - started) / 1000).toFixed(1)} s: ${resolve(options.out)}`)
    })
}

function parseShardSize(text: string): number {
  const size = Number(text)
  // A shard is read whole to be verified, so it must fit an ArrayBuffer with room to spare.
  if (!(size > 0 && size <= 1024)) throw new InvalidArgumentError('Give a number of MiB above 0, at most 1024.')
  return size
}

/**
 * Tensor by tensor: at most one shard and one tensor are in memory.
 * @throws BadRequest when the folder already holds a manifest and `force` is not set; every error of reading the files
 */
export async function convert(files: readonly string[], options: ConvertOptions, onTensor?: (done: number, total: number, name: string) => void): Promise<{ tensors: number; bytes: number }> {
  const existing = await readdir(options.out).catch(() => [])
  if (existing.some(isManifestFile) && options.force !== true) {
    throw new PhotodoodleError('BadRequest', `${options.out} already holds a converted model.`, 'Choose another --out, or add --force to replace it.')
  }
  const source = merge(await Promise.all(files.map(async (file) => ({ file, store: await openSafetensors(await fileSource(file)) }))))
  const named = options.names === 'auto' && detectNaming(source.names()) === undefined ? source : referenceStore(source, options.names)
  const store = recode(named, options.dtype.toUpperCase() as WeightDType)
  const bytes = await writeManifestFolder(options.out, store, { shardBytes: options.shardMb * 2 ** 20, ...(onTensor && { onTensor }) })
  return { tensors: store.names().length, bytes }
}

/** Several files as one store; metadata is that of the first. */
function merge(parts: readonly { readonly file: string; readonly store: WeightStore }[]): WeightStore {
  const homes = new Map<string, WeightStore>()
  for (const { file, store } of parts) {
    for (const name of store.names()) {
      if (homes.has(name)) throw new PhotodoodleError('BadSafetensors', `${basename(file)} has the tensor ${name}, and so does a file before it.`, 'Give each part of a split file once.')
      homes.set(name, store)
    }
  }
  const find = (name: string): WeightStore => {
    const store = homes.get(name)
    if (store === undefined) throw missingWeight(name)
    return store
  }
  return { names: () => [...homes.keys()], info: (name) => find(name).info(name), read: (name) => find(name).read(name), config: parts[0]?.store.config }
}

let lastPercent = -1

/** One line that rewrites itself on a terminal; nothing but the end in a log. */
function progressLine(done: number, total: number, name: string): void {
  const percent = Math.floor((100 * done) / total)
  if (!process.stderr.isTTY || percent === lastPercent) return
  lastPercent = percent
  process.stderr.write(`\r${percent} % ${name}`.slice(0, 78).padEnd(79))
}
