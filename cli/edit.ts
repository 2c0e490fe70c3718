import { writeFile } from 'node:fs/promises'
import { Option, type Command } from 'commander'
import { grouped } from '../src/engine/core/settings'
import type { Element } from '../src/engine/image/element'
import { resize } from '../src/engine/image/resize'
import type { RgbaImage } from '../src/engine/image/rgba-image'
import type { EditOutcome } from '../src/engine/pipelines/photo-doodle'
import { PRECISIONS, type Precision } from '../src/engine/models/transformer/scope'
import { decodePhoto, decodeRegion, writePng } from './images'
import { embeddedModel, loadModel, parseBytes } from './model'
import { settingFlags, styles, type SettingFlags, type TypedStyle } from './options'
import { isStyleFile, openLoraFile } from './style-file'

interface EditFlags extends SettingFlags {
  readonly seed: number
  readonly strength: number
  readonly style?: readonly TypedStyle[]
  readonly lora?: readonly TypedStyle[]
  readonly output: string
  readonly layer?: string
  readonly svg?: string
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
    .argument('<photo>', 'JPEG, PNG, WebP, GIF or AVIF')
    .argument('<instruction>', 'what to draw, e.g. "add a crown"')
    .option('-s, --style <style>', 'monster, magic, painting, edge, flat, cloud, or an EditLoRA (.safetensors, or a folder as PEFT saves it); given twice, two are mixed, each at its own strength: magic:0.7; none = the bare editor', styles)
    .option('--lora <file>', 'a LoRA file to stack on the styles, e.g. one that makes fewer steps do; a strength may follow: turbo.safetensors:0.8', styles)
    .option('-o, --output <file>', 'where the result goes', 'doodle.png')
    .option('--layer <png>', 'also write the doodle alone, transparent around it')
    .option('--svg <file>', 'also write the doodle alone as outlines, for flat styles; -o out.svg writes nothing else')
    .option('--layout-of <instruction>', 'keep the layout that this former instruction gives with the same styles, seed and steps, to change a word of it')
    .option('--region <mask>', 'doodle only where this picture is white; it is stretched over the photo')
    .option('--model <dir>', 'model folder', embeddedModel)
    .option('--memory-budget <size>', 'most memory for a large transformer\'s weights and styles, e.g. 4GB; the rest is streamed from disk at every step', parseBytes)
    .addOption(new Option('--precision <name>', 'what the transformer\'s blocks compute in; the model\'s own choice without it. f16 is for GPUs: the processor only converts').choices(PRECISIONS))
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
  if (flags.zoomPass !== undefined || flags.closeUp === false) console.log('The second pass and close-ups of 0.6 are gone; their options are left out.')
  const { image, hasAlpha } = await decodePhoto(path)
  const region = flags.region === undefined ? undefined : await decodeRegion(flags.region)
  const { engine, close } = await loadModel(flags.model, {
    ...(flags.memoryBudget === undefined ? {} : { memoryBudget: flags.memoryBudget }),
    ...(flags.precision === undefined ? {} : { precision: flags.precision }),
  })
  try {
    const typed = [...(flags.style ?? []), ...(flags.lora ?? [])]
    for (const { id } of typed) if (await isStyleFile(id)) await engine.addStyle(id, (await openLoraFile(id)).store)
    const { how, limits } = grouped(flags)
    const outcome = await engine.edit({
      what: { instruction, styles: typed.map(({ id, strength = flags.strength }) => ({ id, strength })) },
      where: {
        ...(region === undefined ? {} : { region }),
        ...(flags.layoutOf === undefined ? {} : { layoutOf: flags.layoutOf }),
      },
      how: { ...how, seed: flags.seed },
      limits,
    }, {
      photo: image,
      onProgress: ({ phase, step, steps }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r${phase} ${step}/${steps}   `)
      },
    })
    if (process.stderr.isTTY) process.stderr.write('\r')
    const svg = flags.output.toLowerCase().endsWith('.svg') ? flags.output : flags.svg
    if (svg !== flags.output) await writePng(flags.output, outcome.result, hasAlpha)
    if (svg !== undefined) await writeDoodleSvg(svg, outcome, image, region !== undefined)
    if (flags.layer !== undefined) await writePng(flags.layer, outcome.layer, true)
    const share = (100 * outcome.coverage).toFixed(1)
    console.log(`${flags.output}: "${outcome.prompt}", seed ${outcome.seed}, ${outcome.steps} steps, ${(outcome.millis.total / 1000).toFixed(2)} s, doodle covers ${share} %`)
    for (const element of outcome.elements) if (element.words !== undefined) console.log(describeElement(element))
    if (outcome.empty) console.log('The model drew nothing. Try another seed, or name the thing and its place: "add a red crown on the dog\'s head".')
  } finally {
    await close()
  }
}

/** "a golden crown": behind, 31 x 24 % at 40, 2 % */
function describeElement({ words = '', kind = 'front', box, place }: Element): string {
  const percent = (share: number): string => String(Math.round(100 * share))
  const { left, top, width, height } = box ?? place
  return `"${words}": ${kind}, ${percent(width)} x ${percent(height)} % of the photo, from ${percent(left)} % of its width and ${percent(top)} % of its height`
}

/** Longest side at which what is seen of a doodle is traced. */
const TRACED_SIDE = 768

/** The doodle as an SVG file of the photo's size. @param cut whether a region may have cut its elements */
async function writeDoodleSvg(path: string, { elements, layer }: EditOutcome, photo: RgbaImage, cut: boolean): Promise<void> {
  // Most edits need no tracer.
  const [{ traceLayer }, { writeSvg }] = await Promise.all([import('../src/engine/vector/trace-layer'), import('../src/engine/vector/svg')])
  const whole = !cut && elements.every(({ front }) => front === undefined)
  const scale = Math.min(1, TRACED_SIDE / Math.max(photo.width, photo.height))
  const seen = (): RgbaImage => resize(layer, Math.max(1, Math.round(scale * layer.width)), Math.max(1, Math.round(scale * layer.height)))
  const drawings = whole ? elements.map((element) => ({ drawing: traceLayer(element), opacity: 1, place: element.place })) : [{ drawing: traceLayer(seen()), opacity: 1 }]
  await writeFile(path, writeSvg(drawings, photo))
}
