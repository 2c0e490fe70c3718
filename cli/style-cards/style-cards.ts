import { writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import type { Command } from 'commander'
import sharp from 'sharp'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { isObject } from '../../src/engine/formats/json'
import type { RgbaImage } from '../../src/engine/image/rgba-image'
import { readJsonFile } from '../shared/explain'
import { decodePhoto } from '../shared/images'
import { embeddedModel, loadModel } from '../shared/model'
import { prepareFolder } from '../shared/output'

/** One card's picture: a doodle that the model makes on a photo. */
interface StyleCard {
  readonly style: string
  /** Relative to the recipe. */
  readonly photo: string
  readonly instruction: string
  readonly seed: number
}

/** Twice the size of a card on the screen, and small enough that six of them weigh less than one sample photo. */
const SIDE = 240
const MOST_BYTES = 15_000

export function registerStyleCards(program: Command): void {
  program
    .command('cards')
    .description('make the pictures on the style cards: one doodle a style, as square WebP of at most 15 kB')
    .argument('<recipe.json>', 'a list of {style, photo, instruction, seed}')
    .requiredOption('-o, --out <dir>', 'where STYLE.webp goes')
    .option('--model <dir>', 'model folder', embeddedModel)
    .action(async (recipe: string, options: { out: string; model: string }) => {
      await makeStyleCards(recipe, options)
    })
}

async function makeStyleCards(recipe: string, options: { out: string; model: string }): Promise<void> {
  const cards = parseCards(await readJsonFile(recipe))
  await prepareFolder(options.out)
  const { engine, close } = await loadModel(options.model)
  try {
    for (const { style, photo, instruction, seed } of cards) {
      const { image } = await decodePhoto(resolve(dirname(recipe), photo))
      const { result } = await engine.edit(
        { what: { instruction, styles: [{ id: style, strength: 1 }] }, how: { seed } },
        { photo: image },
      )
      const { bytes, quality } = await thumbnail(result)
      await writeFile(join(options.out, `${style}.webp`), bytes)
      console.log(`${style}: ${bytes.length} bytes, quality ${quality}`)
    }
  } finally {
    await close()
  }
}

/** The middle square as WebP, at the best quality that fits. */
export async function thumbnail({ data, width, height }: RgbaImage): Promise<{ bytes: Buffer; quality: number }> {
  const square = await sharp(data, { raw: { width, height, channels: 4 } })
    .removeAlpha()
    .resize(SIDE, SIDE, { fit: 'cover' })
    .png()
    .toBuffer()
  for (let quality = 88; ; quality -= 8) {
    const bytes = await sharp(square).webp({ quality, effort: 6 }).toBuffer()
    if (bytes.length <= MOST_BYTES || quality <= 16) return { bytes, quality }
  }
}

/** @throws BadRequest naming the first entry that is no card */
export function parseCards(json: unknown): StyleCard[] {
  const bad = (what: string): PhotodoodleError =>
    new PhotodoodleError(
      'BadRequest',
      `The recipe ${what}.`,
      'It is a list of {"style", "photo", "instruction", "seed"}; see docs/style-cards.json.',
    )
  if (!Array.isArray(json)) throw bad('is not a list')
  return json.map((entry: unknown, index) => {
    const { style, photo, instruction, seed } = isObject(entry) ? entry : {}
    if (
      typeof style !== 'string' ||
      typeof photo !== 'string' ||
      typeof instruction !== 'string' ||
      typeof seed !== 'number'
    )
      throw bad(`lacks something in entry ${index + 1}`)
    return { style, photo, instruction, seed }
  })
}
