import { resolve } from 'node:path'
import { Option, type Command } from 'commander'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { grouped } from '../../src/engine/core/settings'
import type { Element } from '../../src/engine/image/element'
import { resize } from '../../src/engine/image/resize'
import type { RgbaImage } from '../../src/engine/image/rgba-image'
import type { EditOutcome, PhotoDoodle } from '../../src/engine/pipelines/photo-doodle'
import { PRECISIONS, type Precision } from '../../src/engine/models/transformer/scope'
import type { WeightStore } from '../../src/engine/formats/weight-store'
import { leftOutKeys } from '../../src/engine/lora/read-lora'
import { decodePhoto, decodeRegion, encodePicture } from '../shared/images'
import { embeddedModel, loadModel, parseBytes } from '../shared/model'
import { settingFlags, styles, type SettingFlags, type TypedStyle } from '../shared/options'
import { prepareOutput, type Output } from '../shared/output'
import { isStyleFile, openLoraFile } from '../shared/style-file'

interface EditFlags extends SettingFlags {
  readonly seed: number
  readonly strength: number
  readonly style?: readonly TypedStyle[]
  readonly lora?: readonly TypedStyle[]
  readonly output: string
  readonly layer?: string
  readonly svg?: string
  readonly force?: boolean
  readonly layoutOf?: string
  readonly region?: string
  readonly closeUp?: boolean
  readonly zoomPass?: boolean
  readonly model: string
  readonly memoryBudget?: number
  readonly precision?: Precision
}

export function registerEdit(program: Command): void {
  const command = program
    .command('edit')
    .description('doodle on a photo')
    .argument('<photo>', 'JPEG, PNG, WebP, GIF, AVIF, TIFF or SVG')
    .argument('<instruction>', 'what to draw, e.g. "add a crown"')
    .option(
      '-s, --style <style>',
      'monster, magic, painting, edge, flat, cloud, or an EditLoRA ' +
        '(.safetensors, or a folder as PEFT saves it); given twice, two ' +
        'are mixed, each at its own strength: magic:0.7; none = the bare editor',
      styles,
    )
    .option(
      '--lora <file>',
      'a LoRA file to stack on the styles, e.g. one that makes ' +
        'fewer steps do; a strength may follow: turbo.safetensors:0.8',
      styles,
    )
    .option(
      '-o, --output <file>',
      'where the result goes: .png, .jpg, .webp or .avif, or .svg for the doodle alone as outlines; its folder is made',
      'doodle.png',
    )
    .option('--force', 'let a file that is written replace one that is read')
    .option('--layer <png>', 'also write the doodle alone, transparent around it: .png, .webp or .avif')
    .option('--svg <file>', 'also write the doodle alone as outlines, for flat styles; -o out.svg writes nothing else')
    .option(
      '--layout-of <instruction>',
      'keep the layout that this former instruction gives with the same styles, seed and steps, to change a word of it',
    )
    .option('--region <mask>', 'doodle only where this picture is white; it is stretched over the photo')
    .option('--model <dir>', 'model folder', embeddedModel)
    .option(
      '--memory-budget <size>',
      "most memory for a large transformer's weights and styles, " +
        'e.g. 4GB; the rest is streamed from disk at every step',
      parseBytes,
    )
    .addOption(
      new Option(
        '--precision <name>',
        "what the transformer's blocks compute in; the model's own " +
          'choice without it. f16 is for GPUs: the processor only converts',
      ).choices(PRECISIONS),
    )
    // Commands written for 0.6 still run.
    .addOption(new Option('--zoom-pass').hideHelp())
    .addOption(new Option('--no-zoom-pass').hideHelp())
    .addOption(new Option('--no-close-up').hideHelp())
  for (const flag of settingFlags()) command.addOption(flag)
  command.action(async (photo: string, instruction: string, flags: EditFlags) => {
    await edit(photo, instruction, flags)
  })
}

async function edit(path: string, instruction: string, flags: EditFlags): Promise<void> {
  // Absent, a negated option is true.
  if (flags.zoomPass !== undefined || flags.closeUp === false)
    console.log('The second pass and close-ups of 0.6 are gone; their options are left out.')
  const typed = [...(flags.style ?? []), ...(flags.lora ?? [])]
  const { image, hasAlpha } = await decodePhoto(path)
  const outputs = await prepareOutputs(path, image, typed, flags)
  const region = flags.region === undefined ? undefined : await decodeRegion(flags.region)
  const own: OwnStyle[] = []
  for (const { id } of typed) if (await isStyleFile(id)) own.push({ path: id, ...(await openLoraFile(id)) })
  const { engine, close } = await loadModel(flags.model, {
    ...(flags.memoryBudget === undefined ? {} : { memoryBudget: flags.memoryBudget }),
    ...(flags.precision === undefined ? {} : { precision: flags.precision }),
  })
  try {
    for (const style of own) await addStyleFile(engine, style)
    const { how, limits } = grouped(flags)
    const outcome = await engine.edit(
      {
        what: { instruction, styles: typed.map(({ id, strength = flags.strength }) => ({ id, strength })) },
        where: {
          ...(region === undefined ? {} : { region }),
          ...(flags.layoutOf === undefined ? {} : { layoutOf: flags.layoutOf }),
        },
        how: { ...how, seed: flags.seed },
        limits,
      },
      {
        photo: image,
        onProgress: ({ phase, step, steps }) => {
          if (process.stderr.isTTY) process.stderr.write(`\r${phase} ${step}/${steps}   `)
        },
      },
    )
    if (process.stderr.isTTY) process.stderr.write('\r')
    await writeOutputs(outputs, outcome, image, { hasAlpha, cut: region !== undefined })
    const share = (100 * outcome.coverage).toFixed(1)
    console.log(
      `${flags.output}: "${outcome.prompt}", seed ${outcome.seed}, ` +
        `${outcome.steps} ${outcome.steps === 1 ? 'step' : 'steps'}, ` +
        `${(outcome.millis.total / 1000).toFixed(2)} s, doodle covers ${share} %`,
    )
    for (const element of outcome.elements) if (element.words !== undefined) console.log(describeElement(element))
    if (outcome.empty)
      console.log(
        'The model drew nothing. Try another seed, or name the ' +
          'thing and its place: "add a red crown on the dog\'s head".',
      )
  } finally {
    await close()
  }
}

/** A LoRA file that was typed as a style, opened before the model is, so that a mistake is named at once. */
interface OwnStyle {
  readonly path: string
  readonly store: WeightStore
}

async function addStyleFile(engine: PhotoDoodle, { path, store }: OwnStyle): Promise<void> {
  await engine.addStyle(path, store)
  const left = leftOutKeys(store)
  if (left.length > 0)
    console.log(
      `${path}: ${left.length} keys are left out, for text encoders stay as they are here; the first is "${left[0]}".`,
    )
}

interface Outputs {
  readonly result?: Output
  readonly layer?: Output
  readonly svg?: Output
}

/** Every path is checked before minutes are spent on drawing. */
async function prepareOutputs(
  photo: string,
  { width, height }: RgbaImage,
  typed: readonly TypedStyle[],
  flags: EditFlags,
): Promise<Outputs> {
  const { output, layer, svg, region, force = false } = flags
  const paths = [output, layer, svg].flatMap((path) => (path === undefined ? [] : [resolve(path)]))
  const twice = paths.find((path, i) => paths.indexOf(path) !== i)
  if (twice !== undefined)
    throw new PhotodoodleError(
      'BadRequest',
      `${twice} is named for two outputs.`,
      'Give -o, --layer and --svg a name each.',
    )
  const rules = {
    inputs: [photo, ...(region === undefined ? [] : [region]), ...typed.map(({ id }) => id)],
    force,
    bytes: 4 * width * height,
  }
  const main = await prepareOutput(output, { ...rules, formats: ['png', 'jpeg', 'webp', 'avif', 'svg'] })
  if (main.format === 'svg' && svg !== undefined)
    throw new PhotodoodleError(
      'BadRequest',
      `The outlines are asked for twice, as ${output} and as ${svg}.`,
      'Leave out --svg, or give -o a .png, .jpg, .webp or .avif.',
    )
  const outlines =
    main.format === 'svg'
      ? main
      : svg === undefined
        ? undefined
        : await prepareOutput(svg, { ...rules, formats: ['svg'] })
  const alone =
    layer === undefined ? undefined : await prepareOutput(layer, { ...rules, formats: ['png', 'webp', 'avif'] })
  return {
    ...(main !== outlines && { result: main }),
    ...(alone !== undefined && { layer: alone }),
    ...(outlines !== undefined && { svg: outlines }),
  }
}

/** All that can be written is, also after one that cannot. @throws the first failure */
async function writeOutputs(
  { result, layer, svg }: Outputs,
  outcome: EditOutcome,
  photo: RgbaImage,
  { hasAlpha, cut }: { hasAlpha: boolean; cut: boolean },
): Promise<void> {
  const done = [
    await settled(async () => result?.write(await encodePicture(outcome.result, result.format, hasAlpha))),
    await settled(async () => svg?.write(await doodleSvg(outcome, photo, cut))),
    await settled(async () => layer?.write(await encodePicture(outcome.layer, layer.format, true))),
  ]
  const failure = done.find((error) => error !== undefined)
  if (failure !== undefined) throw failure
}

const settled = (work: () => Promise<void>): Promise<Error | undefined> =>
  work().then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )

/** "a golden crown": behind, 31 x 24 % at 40, 2 % */
function describeElement({ words = '', kind = 'front', box, place }: Element): string {
  const percent = (share: number): string => String(Math.round(100 * share))
  const { left, top, width, height } = box ?? place
  return (
    `"${words}": ${kind}, ${percent(width)} x ${percent(height)} % of the photo, ` +
    `from ${percent(left)} % of its width and ${percent(top)} % of its height`
  )
}

/** Longest side at which what is seen of a doodle is traced. */
const TRACED_SIDE = 768

/** The doodle as an SVG of the photo's size. @param cut whether a region may have cut its elements */
async function doodleSvg({ elements, layer }: EditOutcome, photo: RgbaImage, cut: boolean): Promise<string> {
  // Most edits need no tracer.
  const [{ traceLayer }, { writeSvg }] = await Promise.all([
    import('../../src/engine/vector/trace-layer'),
    import('../../src/engine/vector/svg'),
  ])
  const whole = !cut && elements.every(({ front }) => front === undefined)
  const scale = Math.min(1, TRACED_SIDE / Math.max(photo.width, photo.height))
  const seen = (): RgbaImage =>
    resize(layer, Math.max(1, Math.round(scale * layer.width)), Math.max(1, Math.round(scale * layer.height)))
  const drawings = whole
    ? elements.map((element) => ({ drawing: traceLayer(element), opacity: 1, place: element.place }))
    : [{ drawing: traceLayer(seen()), opacity: 1 }]
  return writeSvg(drawings, photo)
}
