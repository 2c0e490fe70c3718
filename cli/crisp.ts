import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import sharp, { type OverlayOptions } from 'sharp'
import { compositeOver } from '../src/engine/image/composite'
import { rgbaImage, type RgbaImage } from '../src/engine/image/rgba-image'
import { resize } from '../src/engine/image/resize'
import { placeDoodle, type PhotoDoodle } from '../src/engine/pipelines/photo-doodle'
import { writeSvg } from '../src/engine/vector/svg'
import { traceLayer } from '../src/engine/vector/trace-layer'
import { decodePhoto, writePng } from './images'
import { embeddedModel, loadModel } from './model'
import { number, whole } from './options'
import { SEAM_LINES, seams, sharpness, type Seams, type Sharpness } from './sharpness'

/** What training/crisp.py writes: pairs of held-out photos at the size that is looked at. */
interface CrispPair {
  readonly id: string
  readonly style: string
  readonly instruction: string
  readonly things: readonly string[]
  /** File names in the folder: the photo, the true target, and the true doodle's coverage. */
  readonly source: string
  readonly target: string
  readonly alpha: string
}

/** `plain`: enlarged in the ordinary way (Lanczos); `enlarged`: by the app, with narrowed edges. */
const COLUMNS = ['plain', 'enlarged', 'zoom', 'vector', 'true'] as const
type Column = (typeof COLUMNS)[number]

interface Look {
  /** 100 % crop around the middle of the doodle. */
  readonly crop: RgbaImage
  readonly sharpness: Sharpness
}

interface CrispRow extends CrispPair {
  readonly looks: Partial<Record<Column, Look>>
  readonly seams: Seams | null
  readonly seconds: { readonly plain: number; readonly zoom: number }
}

interface CrispOptions {
  readonly output: string
  readonly limit?: number
  readonly seed: number
  readonly zoomFrom?: number
  readonly keep?: string
  readonly model: string
}

const FLAT_STYLES: readonly string[] = ['edge', 'flat', 'painting', 'cloud']
const CROP = 300
const GAP = 6
const LABEL = 22

/** Long side of the pictures kept for judges, which look at 96 px. */
const KEPT = 384

export function registerCrisp(program: Command): void {
  program
    .command('crisp')
    .description('compare enlarging, the zoom pass and outlines on large photos, beside true pairs (made by training/crisp.py)')
    .argument('<folder>', 'pairs.json and its pictures')
    .option('-o, --output <webp>', 'crops at 100 % side by side', 'crisp.webp')
    .option('--limit <n>', 'look at the first pairs only', whole)
    .option('--seed <n>', 'seed of every doodle', whole, 7)
    .option('--zoom-from <sigma>', 'highest noise level the second pass begins at', number)
    .option('--keep <dir>', 'keep each result, reduced, with a results.json for the judges of training/')
    .option('--model <dir>', 'model folder', embeddedModel)
    .action(async (folder: string, options: CrispOptions) => {
      const pairs = (JSON.parse(await readFile(join(folder, 'pairs.json'), 'utf8')) as readonly CrispPair[]).slice(0, options.limit)
      if (options.keep !== undefined) await mkdir(options.keep, { recursive: true })
      const { engine, close } = await loadModel(options.model)
      try {
        const rows: CrispRow[] = []
        for (const pair of pairs) {
          rows.push(await look(engine, folder, pair, options))
          report(rows.at(-1)!)
        }
        if (options.keep !== undefined) await writeFile(join(options.keep, 'results.json'), JSON.stringify(rows.flatMap(kept), null, 1))
        await drawSheet(rows, options.output)
        summarise(rows)
      } finally {
        await close()
      }
    })
}

/** What a judge reads: the kept pictures of a row, the enlarged first pass named as a control beside the second. */
function kept({ id, style, instruction, things }: CrispRow): readonly object[] {
  const entry = (column: Column): object => ({ style, things, instruction, source: `${id}-photo.png`, result: `${id}-${column}.png` })
  return [entry('zoom'), { ...entry('enlarged'), control: 'enlarged' }, { ...entry('true'), control: 'true pairs' }]
}

async function look(engine: PhotoDoodle, folder: string, pair: CrispPair, { seed, zoomFrom, keep }: CrispOptions): Promise<CrispRow> {
  const { image: photo } = await decodePhoto(join(folder, pair.source))
  const request = { photo, styles: [{ id: pair.style, strength: 1 }], instruction: pair.instruction, seed, ...(zoomFrom === undefined ? {} : { zoomFrom }) }
  const keepReduced = async (name: string, picture: RgbaImage): Promise<void> => {
    if (keep === undefined) return
    const scale = KEPT / Math.max(photo.width, photo.height)
    await writePng(join(keep, `${pair.id}-${name}.png`), resize(picture, Math.round(photo.width * scale), Math.round(photo.height * scale)), false)
  }
  await keepReduced('photo', photo)
  const first = await engine.draw({ ...request, zoomPass: false })
  const second = await engine.draw({ ...request, zoomPass: true })
  const layers: Partial<Record<Column, RgbaImage>> = {
    plain: resize(first.doodle, photo.width, photo.height),
    enlarged: placeDoodle(first.doodle, photo),
    zoom: placeDoodle(second.doodle, photo),
    ...(FLAT_STYLES.includes(pair.style) ? { vector: await rendered(second.doodle, photo) } : {}),
  }
  const looks: Partial<Record<Column, Look>> = {}
  const corner = cropCorner(layers.plain!)
  for (const column of ['plain', 'enlarged', 'zoom', 'vector'] as const) {
    const layer = layers[column]
    if (layer === undefined) continue
    const picture = compositeOver(photo, layer)
    looks[column] = lookAt(picture, layer, corner)
    await keepReduced(column, picture)
  }
  const { image: target } = await decodePhoto(join(folder, pair.target))
  await keepReduced('true', target)
  const coverage = covered((await decodePhoto(join(folder, pair.alpha))).image)
  looks.true = lookAt(target, coverage, cropCorner(coverage))
  return { ...pair, looks, seams: second.zoom === undefined ? null : seams(second.doodle, second.zoom), seconds: { plain: first.millis.total / 1000, zoom: second.millis.total / 1000 } }
}

/** The doodle's outlines as librsvg draws them at the photo's size. */
async function rendered(doodle: RgbaImage, { width, height }: RgbaImage): Promise<RgbaImage> {
  const svg = writeSvg([{ drawing: traceLayer(doodle), opacity: 1 }], { width, height })
  const data = await sharp(Buffer.from(svg), { limitInputPixels: false }).ensureAlpha().raw().toBuffer()
  return rgbaImage(width, height, new Uint8ClampedArray(data.buffer, data.byteOffset, data.length))
}

function lookAt(picture: RgbaImage, layer: RgbaImage, { left, top }: { left: number; top: number }): Look {
  const crop = rgbaImage(CROP, CROP)
  for (let y = 0; y < CROP; y++) {
    const from = ((top + y) * picture.width + left) * 4
    crop.data.set(picture.data.subarray(from, from + CROP * 4), y * CROP * 4)
  }
  return { crop, sharpness: sharpness(picture, layer) }
}

/** A grey picture as a layer's alpha. */
function covered({ width, height, data }: RgbaImage): RgbaImage {
  const layer = rgbaImage(width, height)
  for (let at = 0; at < data.length; at += 4) layer.data[at + 3] = data[at]!
  return layer
}

/** The crop, on a grid of half its side, that shows most edge of the doodle: half in, half out. */
function cropCorner(layer: RgbaImage): { left: number; top: number } {
  let best = { left: (layer.width - CROP) >> 1, top: (layer.height - CROP) >> 1, score: -1 }
  for (let top = 0; top + CROP <= layer.height; top += CROP / 2) {
    for (let left = 0; left + CROP <= layer.width; left += CROP / 2) {
      let inside = 0
      for (let y = top; y < top + CROP; y += 10) for (let x = left; x < left + CROP; x += 10) if (layer.data[(y * layer.width + x) * 4 + 3]! > 127) inside++
      const share = inside / (CROP / 10) ** 2
      if (share * (1 - share) > best.score) best = { left, top, score: share * (1 - share) }
    }
  }
  return best
}

function report({ id, style, looks, seams: found, seconds }: CrispRow): void {
  const figures = COLUMNS.flatMap((column) => {
    const { edgeWidth, gradientEnergy } = looks[column]?.sharpness ?? {}
    return edgeWidth === undefined || gradientEnergy === undefined ? [] : [`${column} ${edgeWidth.toFixed(1)} px, energy ${gradientEnergy.toFixed(1)}`]
  })
  const border = found === null ? 'no border in it' : `${found.mean.toFixed(2)} (largest ${found.largest.toFixed(2)}, chance ${found.chance.toFixed(2)})`
  console.log(`${id} ${style}: ${figures.join('; ')}; seams ${border}; time x ${(seconds.zoom / seconds.plain).toFixed(2)}`)
}

function summarise(rows: readonly CrispRow[]): void {
  const median = (values: readonly number[]): number => {
    const known = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b)
    return known[known.length >> 1] ?? Number.NaN
  }
  for (const column of COLUMNS) {
    const found = rows.flatMap(({ looks }) => looks[column]?.sharpness ?? [])
    console.log(`${column}: median edge width ${median(found.map(({ edgeWidth }) => edgeWidth)).toFixed(1)} px, median gradient energy ${median(found.map(({ gradientEnergy }) => gradientEnergy)).toFixed(1)}, ${found.length} pictures`)
  }
  const borders = rows.flatMap(({ seams: found }) => found ?? [])
  if (borders.length > 0) {
    const most = borders.filter(({ chance }) => chance <= 1 / SEAM_LINES).length
    console.log(`seams: largest jump across a border ${Math.max(...borders.map(({ largest }) => largest)).toFixed(2)} times the largest beside it, mean ${Math.max(...borders.map(({ mean }) => mean)).toFixed(2)} times; the largest of its ${SEAM_LINES} lines in ${most} of ${borders.length}, by chance in ${(borders.length / SEAM_LINES).toFixed(1)}`)
  }
  console.log(`time with the zoom pass: median x ${median(rows.map(({ seconds }) => seconds.zoom / seconds.plain)).toFixed(2)}; most memory ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`)
}

async function drawSheet(rows: readonly CrispRow[], output: string): Promise<void> {
  const overlays: OverlayOptions[] = []
  const label = (text: string, left: number, top: number): void => {
    overlays.push({ input: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${CROP}" height="${LABEL}"><text x="2" y="16" font-family="DejaVu Sans, sans-serif" font-size="13" fill="#222">${text}</text></svg>`), left, top })
  }
  for (const [r, row] of rows.entries()) {
    const top = GAP + r * (CROP + LABEL + GAP)
    for (const [c, column] of COLUMNS.entries()) {
      const seen = row.looks[column]
      const left = GAP + c * (CROP + GAP)
      label(seen === undefined ? '' : `${row.style}, ${column}: edges ${seen.sharpness.edgeWidth.toFixed(1)} px`, left, top)
      if (seen !== undefined) overlays.push({ input: Buffer.from(seen.crop.data.buffer), raw: { width: CROP, height: CROP, channels: 4 }, left, top: top + LABEL })
    }
  }
  const width = GAP + COLUMNS.length * (CROP + GAP)
  const height = GAP + rows.length * (CROP + LABEL + GAP)
  await sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).composite(overlays).webp({ quality: 82 }).toFile(output)
}
