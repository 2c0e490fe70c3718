import { readdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { mergeStores } from '../../src/engine/formats/merge-stores'
import { recode, type WeightDType } from '../../src/engine/formats/recode'
import { unscaled } from '../../src/engine/formats/scaled-weights'
import { detectNaming, referenceStore, type WeightNaming } from '../../src/engine/formats/weight-names'
import { loraTitle } from '../../src/engine/lora/lora-metadata'
import { convertFlux } from './flux-convert'
import { fluxProgress } from './flux-progress'
import { formatReport, quantiserErrors } from './flux-report'
import { openWeightFile, openWeights } from '../shared/weight-files'
import { openLoraFile } from '../shared/style-file'
import { addStyle, convertStyle, styleEntry, transformerOf } from './flux-style'
import { isManifestFile, writeManifestFolder } from '../shared/node-files'
import { whole } from '../shared/options'

export interface ConvertOptions {
  readonly out: string
  readonly dtype: Lowercase<WeightDType>
  readonly names: WeightNaming | 'auto'
  /** Largest shard in MiB. */
  readonly shardMb: number
  readonly force?: boolean
}

/** 256 MB, nearly. */
const SHARD_MB = 244

/** The command's options; which are used depends on what is converted. */
interface CommandOptions extends Omit<ConvertOptions, 'out' | 'dtype'> {
  readonly out?: string
  readonly dtype?: ConvertOptions['dtype']
  readonly flux?: string
  readonly pretrainLora?: string
  readonly vae?: string
  readonly clip?: string
  readonly t5?: string
  readonly tokenizers?: string
  readonly t5Dtype: 'q4' | 'q8'
  readonly modulationDtype: 'q4' | 'q8'
  readonly style?: string
  readonly styleDtype: 'q8' | 'f16' | 'f32'
  readonly model?: string
  readonly id?: string
  readonly name?: string
  readonly trigger?: string
  readonly steps?: number
  readonly report?: string
}

export function registerConvert(program: Command): void {
  program
    .command('convert')
    .description(
      'safetensors to folders the engine can stream: any file as f32, f16, ' +
        '4- or 8-bit blocks; a FLUX.1-dev download as a model; a LoRA as a style',
    )
    .argument('[files...]', 'one .safetensors or .gguf file, or all the parts of a split one')
    .option('--out <dir>', 'folder to write to')
    .addOption(
      new Option(
        '--dtype <dtype>',
        'how floats are stored: f16 unless asked otherwise; q4 and q8 quantise ' +
          'matrices and keep the rest in f16; with --flux, f32 or f16 for every weight',
      ).choices(['f32', 'f16', 'q4', 'q8']),
    )
    .addOption(
      new Option(
        '--names <names>',
        'weight names in the file; a transformer is written under ' +
          'reference names, with auto anything else keeps its own',
      )
        .choices(['auto', 'reference', 'diffusers'])
        .default('auto'),
    )
    .option('--shard-mb <number>', 'largest shard in MiB', parseShardSize, SHARD_MB)
    .option('--force', 'replace what is already in the folder')
    .option(
      '--flux <path>',
      'flux1-dev.safetensors as bf16 or fp8, flux1-dev.gguf, an ' +
        'all-in-one checkpoint, or the folder FLUX.1-dev was downloaded to',
    )
    .option('--pretrain-lora <file>', 'with --flux: a LoRA to fuse into the transformer')
    .option('--vae <path>', 'with --flux: the autoencoder, if it is elsewhere')
    .option('--clip <path>', "with --flux: CLIP's text encoder, folder or file, if it is elsewhere")
    .option('--t5 <path>', "with --flux: T5's encoder, folder or file, if it is elsewhere")
    .option(
      '--tokenizers <dir>',
      'with --flux: where the folders tokenizer and tokenizer_2 of the download are, for encoders that come without',
    )
    .addOption(new Option('--t5-dtype <dtype>', 'with --flux: how T5 is stored').choices(['q4', 'q8']).default('q8'))
    .addOption(
      new Option(
        '--modulation-dtype <dtype>',
        'with --flux: how the modulations, a quarter of the transformer, are stored',
      )
        .choices(['q4', 'q8'])
        .default('q4'),
    )
    .option('--style <file>', 'a LoRA for FLUX.1-dev, to be made a style')
    .addOption(
      new Option('--style-dtype <dtype>', 'with --style: how it is stored').choices(['q8', 'f16', 'f32']).default('q8'),
    )
    .option('--model <dir>', 'with --style: a converted model the style joins, instead of --out')
    .option('--id <id>', "with --model: the style's id; monster, magic, painting, edge, flat and cloud are known")
    .option('--name <name>', 'with --model: what people call it')
    .option('--trigger <word>', 'with --model: the word it was trained with')
    .option('--steps <n>', 'with --model: steps to take while it is in use, of a LoRA distilled to few', whole)
    .option('--report <file>', 'write nothing; show what each way to quantise would cost this file')
    .action(run)
}

async function run(files: string[], options: CommandOptions): Promise<void> {
  const { flux, style, report } = options
  const { dtype, ...others } = options
  const kinds = [flux, style, report, files[0]].filter((kind) => kind !== undefined)
  if (kinds.length !== 1)
    throw new PhotodoodleError(
      'BadRequest',
      'One thing is converted at a time.',
      'Give files, --flux, --style or --report.',
    )
  const started = performance.now()
  const end = (what: string, bytes: number, where: string) =>
    console.log(
      `${what}, ${(bytes / 1e6).toFixed(1)} MB, ` +
        `${((performance.now() - started) / 1000).toFixed(1)} s: ${resolve(where)}`,
    )
  if (report !== undefined) {
    console.log(formatReport(await quantiserErrors((await openWeights(report)).store)))
  } else if (style !== undefined) {
    const { linears, bytes, out, leftOut } = await runStyle(style, options)
    end(`${linears} linears`, bytes, out)
    if (leftOut.length > 0)
      console.log(
        `${leftOut.length} keys are left out, for text encoders stay as they are here; the first is "${leftOut[0]}".`,
      )
  } else if (flux !== undefined) {
    const out = needed(options.out, '--out')
    const { parts, missing, bytes } = await convertFlux(
      { ...others, flux, out, ...plainDtype(dtype) },
      fluxProgress(process.stderr),
    )
    end(parts.join(', '), bytes, out)
    if (missing.length > 0)
      console.log(
        `Not a whole model yet: ${missing.join(', ')} not found. Run it again with ` +
          `${missing.map((name) => (name === 'autoencoder' ? '--vae' : `--${name}`)).join(' and ')}, ` +
          'or with --tokenizers for the encoders of an all-in-one file; what is done is kept.',
      )
  } else {
    const out = needed(options.out, '--out')
    const { tensors, bytes } = await convert(files, { ...options, out, dtype: dtype ?? 'f16' }, progressLine)
    process.stderr.write('\n')
    end(`${tensors} tensors`, bytes, out)
  }
}

async function runStyle(
  file: string,
  { out, model, id, styleDtype: dtype, name, trigger, steps, force }: CommandOptions,
): Promise<{ linears: number; bytes: number; leftOut: readonly string[]; out: string }> {
  const entry =
    model === undefined
      ? undefined
      : styleEntry(
          needed(id, '--id'),
          {
            ...(name !== undefined && { name }),
            ...(trigger !== undefined && { trigger }),
            ...(steps !== undefined && { steps }),
          },
          loraTitle((await openLoraFile(file)).store.config),
        )
  const folder = model === undefined || entry === undefined ? needed(out, '--out') : join(model, 'styles', entry.id)
  await checkFree(folder, force)
  const done = await convertStyle(file, {
    out: folder,
    dtype,
    ...(model !== undefined && { transformer: await transformerOf(model) }),
  })
  if (model !== undefined && entry !== undefined) await addStyle(model, entry)
  return { ...done, out: folder }
}

/** A model's 4- and 8-bit weights are chosen tensor by tensor; --dtype can only ask for none. */
function plainDtype(dtype: ConvertOptions['dtype'] | undefined): { dtype?: 'f32' | 'f16' } {
  if (dtype === 'q4' || dtype === 'q8')
    throw new PhotodoodleError(
      'BadRequest',
      `--flux does not take --dtype ${dtype}.`,
      'Leave it out for 4 bit where it costs little; see --t5-dtype and --modulation-dtype.',
    )
  return dtype === undefined ? {} : { dtype }
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined)
    throw new PhotodoodleError(
      'BadRequest',
      `There is no ${option}.`,
      `Add ${option}; see "photodoodle convert --help".`,
    )
  return value
}

async function checkFree(folder: string, force = false): Promise<void> {
  const file = await stat(folder).catch(() => undefined)
  if (file?.isFile() === true)
    throw new PhotodoodleError('BadRequest', `${folder} is a file, where a folder is needed.`, 'Choose another --out.')
  const existing = await readdir(folder).catch(() => [])
  if (existing.some(isManifestFile) && !force) {
    throw new PhotodoodleError(
      'BadRequest',
      `${folder} already holds a converted model.`,
      'Choose another --out, or add --force to replace it.',
    )
  }
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
export async function convert(
  files: readonly string[],
  options: ConvertOptions,
  onTensor?: (done: number, total: number, name: string) => void,
): Promise<{ tensors: number; bytes: number }> {
  await checkFree(options.out, options.force)
  const source = unscaled(
    mergeStores(
      await Promise.all(files.map(async (file) => ({ file: basename(file), store: await openWeightFile(file) }))),
    ),
  )
  const named =
    options.names === 'auto' && detectNaming(source.names()) === undefined
      ? source
      : referenceStore(source, options.names)
  const store = recode(named, options.dtype.toUpperCase() as WeightDType)
  const bytes = await writeManifestFolder(options.out, store, {
    shardBytes: options.shardMb * 2 ** 20,
    ...(onTensor && { onTensor }),
  })
  return { tensors: store.names().length, bytes }
}

let lastPercent = -1

/** One line that rewrites itself on a terminal; nothing but the end in a log. */
function progressLine(done: number, total: number, name: string): void {
  const percent = Math.floor((100 * done) / total)
  if (!process.stderr.isTTY || percent === lastPercent) return
  lastPercent = percent
  process.stderr.write(`\r${percent} % ${name}`.slice(0, 78).padEnd(79))
}
