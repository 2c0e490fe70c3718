import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import sharp, { type OverlayOptions } from 'sharp'
import { PhotodoodleError } from '../../src/engine/core/errors'
import type { RgbaImage } from '../../src/engine/image/rgba-image'
import type { EditOutcome, PhotoDoodle } from '../../src/engine/pipelines/photo-doodle'
import { isObject } from '../../src/engine/formats/json'
import { readJsonFile } from '../shared/explain'
import { decodePhoto, writePng } from '../shared/images'
import { embeddedModel, loadModel } from '../shared/model'
import { prepareFolder, prepareOutput, type Output } from '../shared/output'
import { writeRandomisedModel } from './random-model'

/** A contact sheet's recipe: every photo with every row's style, one instruction per picture. */
interface SheetSpec {
  readonly seed: number
  /** Paths relative to the recipe. */
  readonly photos: readonly string[]
  readonly rows: readonly SheetRow[]
}

interface SheetRow {
  readonly label: string
  /** One style for the row, or one for each photo. */
  readonly style: string | readonly string[]
  readonly strength?: number
  /** `random` draws every weight of the network anew: a control that must fail. */
  readonly weights?: 'trained' | 'random'
  /** The row is there to fail: what it lacks, e.g. "zero LoRA". */
  readonly control?: string
  /** One instruction a photo, or one for all. */
  readonly instructions: readonly string[]
}

/** What the checks read: one entry a picture. */
interface SheetEntry {
  readonly row: string
  /** The style asked for. */
  readonly style: string
  readonly control: string | null
  readonly photo: string
  readonly instruction: string
  readonly seed: number
  readonly source: string
  readonly result: string
  readonly layer: string
  readonly coverage: number
  readonly backgroundIdentical: boolean
}

const tile = 232
const gap = 8
const caption = 46
const labelHeight = 26

export function registerSheet(program: Command): void {
  program
    .command('sheet')
    .description('make a contact sheet: photos x styles at a fixed seed, instructions printed underneath')
    .argument('<recipe.json>', 'seed, photos, rows')
    .option('-o, --output <png>', 'the sheet: .png, .jpg or .webp', 'contact-sheet.png')
    .option('--keep <dir>', 'also keep every source, result and layer there, with results.json')
    .option('--model <dir>', 'model folder', embeddedModel)
    .action(async (recipe: string, options: { output: string; keep?: string; model: string }) => {
      await makeSheet(recipe, options)
    })
}

async function makeSheet(recipe: string, options: { output: string; keep?: string; model: string }): Promise<void> {
  const spec = parseSheet(await readJsonFile(recipe))
  const sheet = await prepareOutput(options.output, {
    formats: ['png', 'jpeg', 'webp'],
    inputs: [recipe, ...spec.photos.map((path) => resolve(dirname(recipe), path))],
  })
  const scratch = await mkdtemp(join(tmpdir(), 'photodoodle-sheet-'))
  const keep = resolve(options.keep ?? scratch)
  await prepareFolder(keep)
  try {
    const photos = await Promise.all(spec.photos.map((path) => decodePhoto(resolve(dirname(recipe), path))))
    const entries: SheetEntry[] = []
    for (const weights of ['trained', 'random'] as const) {
      const rows = spec.rows.filter((row) => (row.weights ?? 'trained') === weights)
      if (rows.length === 0) continue
      const folder =
        weights === 'trained'
          ? options.model
          : await writeRandomisedModel(options.model, join(scratch, 'random'), spec.seed)
      const { engine, close } = await loadModel(folder)
      for (const row of rows) {
        for (const [column, photo] of photos.entries()) {
          entries.push(await makeEntry(engine, spec, row, column, photo.image, keep))
        }
      }
      await close()
    }
    await writeFile(join(keep, 'results.json'), JSON.stringify(entries, null, 1))
    await drawSheet(spec, entries, sheet)
    summarise(entries)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** @throws BadRequest naming what a recipe lacks */
function parseSheet(json: unknown): SheetSpec {
  const bad = (what: string): PhotodoodleError =>
    new PhotodoodleError('BadRequest', `The recipe ${what}.`, 'See docs/contact-sheet.json.')
  if (!isObject(json)) throw bad('is not an object')
  const { seed, photos, rows } = json
  if (typeof seed !== 'number') throw bad('has no seed')
  if (!Array.isArray(photos) || photos.length === 0 || !photos.every((photo) => typeof photo === 'string'))
    throw bad('has no list of photos')
  const isRow = (row: unknown): boolean =>
    isObject(row) &&
    typeof row['label'] === 'string' &&
    Array.isArray(row['instructions']) &&
    (typeof row['style'] === 'string' || Array.isArray(row['style']))
  if (!Array.isArray(rows) || !rows.every(isRow)) throw bad('has no list of rows with label, style and instructions')
  return json as unknown as SheetSpec
}

async function makeEntry(
  engine: PhotoDoodle,
  spec: SheetSpec,
  row: SheetRow,
  column: number,
  photo: RgbaImage,
  keep: string,
): Promise<SheetEntry> {
  const instruction = row.instructions[row.instructions.length === 1 ? 0 : column]
  if (instruction === undefined)
    throw new PhotodoodleError(
      'BadRequest',
      `Row "${row.label}" has no instruction for photo ${column + 1}.`,
      'Give one for all photos or one for each.',
    )
  const style = typeof row.style === 'string' ? row.style : row.style[column]
  if (style === undefined)
    throw new PhotodoodleError(
      'BadRequest',
      `Row "${row.label}" has no style for photo ${column + 1}.`,
      'Give one for all photos or one for each.',
    )
  const outcome = await engine.edit(
    { what: { instruction, styles: [{ id: style, strength: row.strength ?? 1 }] }, how: { seed: spec.seed } },
    { photo },
  )
  const stem = `${row.label.replace(/\W+/g, '-')}-${column + 1}`
  const paths = {
    source: join(keep, `${stem}-source.png`),
    result: join(keep, `${stem}-result.png`),
    layer: join(keep, `${stem}-layer.png`),
  }
  await writePng(paths.source, photo, false)
  await writePng(paths.result, outcome.result, false)
  await writePng(paths.layer, outcome.layer, true)
  return {
    row: row.label,
    style,
    control: row.control ?? null,
    photo: basename(spec.photos[column] ?? ''),
    instruction,
    seed: spec.seed,
    ...paths,
    coverage: outcome.coverage,
    backgroundIdentical: await backgroundIdentical(paths.result, photo, outcome),
  }
}

/** Reads the written PNG back: every sample outside the doodle must equal the decoded original's. */
async function backgroundIdentical(path: string, photo: RgbaImage, outcome: EditOutcome): Promise<boolean> {
  const { image } = await decodePhoto(path)
  for (let i = 0; i < photo.data.length; i += 4) {
    if (outcome.layer.data[i + 3] !== 0) continue
    if (
      image.data[i] !== photo.data[i] ||
      image.data[i + 1] !== photo.data[i + 1] ||
      image.data[i + 2] !== photo.data[i + 2]
    )
      return false
  }
  return true
}

function summarise(entries: readonly SheetEntry[]): void {
  for (const row of new Set(entries.map((entry) => entry.row))) {
    const own = entries.filter((entry) => entry.row === row)
    const inRange = own.filter(({ coverage }) => coverage >= 0.02 && coverage <= 0.7).length
    const identical = own.filter(({ backgroundIdentical }) => backgroundIdentical).length
    const shares = own.map(({ coverage }) => (100 * coverage).toFixed(0)).join(' ')
    console.log(
      `${row}: coverage % ${shares}; ${inRange}/${own.length} within ` +
        `2..70 %; background identical ${identical}/${own.length}`,
    )
  }
}

async function drawSheet(spec: SheetSpec, entries: readonly SheetEntry[], output: Output): Promise<void> {
  const rowHeight = labelHeight + tile + caption
  const width = gap + spec.photos.length * (tile + gap)
  const height = gap + (spec.rows.length + 1) * (rowHeight + gap)
  const overlays: OverlayOptions[] = []
  const place = async (path: string, column: number, row: number, text: string): Promise<void> => {
    const left = gap + column * (tile + gap)
    const top = gap + row * (rowHeight + gap) + labelHeight
    const picture = await sharp(path).resize(tile, tile, { fit: 'contain', background: '#f4f2ee' }).png().toBuffer()
    overlays.push({ input: picture, left, top }, { input: captionSvg(text), left, top: top + tile })
  }
  for (const [column] of spec.photos.entries()) {
    const first = entries.find(({ photo }) => photo === basename(spec.photos[column] ?? ''))
    if (first !== undefined) await place(first.source, column, 0, '')
  }
  overlays.push({ input: labelSvg('source (held out from training)', width), left: 0, top: gap })
  for (const [index, row] of spec.rows.entries()) {
    overlays.push({
      input: labelSvg(`${row.label}  ·  seed ${spec.seed}`, width),
      left: 0,
      top: gap + (index + 1) * (rowHeight + gap),
    })
    for (const [column, entry] of entries.filter((item) => item.row === row.label).entries())
      await place(entry.result, column, index + 1, entry.instruction)
  }
  const picture = sharp({ create: { width, height, channels: 3, background: '#ffffff' } }).composite(overlays)
  await output.write(
    await (
      output.format === 'jpeg'
        ? picture.jpeg()
        : output.format === 'webp'
          ? picture.webp()
          : picture.png({ palette: true, quality: 90 })
    ).toBuffer(),
  )
}

const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)

function labelSvg(text: string, width: number): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${labelHeight}"><text ` +
      `x="${gap}" y="18" font-family="DejaVu Sans, sans-serif" font-size="15" ` +
      `font-weight="bold" fill="#222">${escape(text)}</text></svg>`,
  )
}

/** Up to three lines of small print under a picture. */
function captionSvg(text: string): Buffer {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length > 40) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  const spans = lines
    .slice(0, 3)
    .map((line, index) => `<tspan x="2" y="${13 + 14 * index}">${escape(line)}</tspan>`)
    .join('')
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${tile}" height="${caption}"><text ` +
      `font-family="DejaVu Sans, sans-serif" font-size="11" fill="#333">${spans}</text></svg>`,
  )
}
