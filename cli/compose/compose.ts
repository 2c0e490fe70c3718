import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import sharp from 'sharp'
import { PhotodoodleError } from '../../src/engine/core/errors'
import { flatten, type Painting } from '../../src/engine/image/flatten'
import { lookAffine } from '../../src/engine/image/look'
import { refineMatte, type Matte } from '../../src/engine/image/matte'
import { resizeRegion, type RegionMask } from '../../src/engine/image/region'
import { rgbaImage, type RgbaImage } from '../../src/engine/image/rgba-image'
import { lookOf, shown } from '../../src/ui/project/project'
import { readRecipe, type SavedRecipe } from '../../src/ui/project/saved-recipe'
import type { LayerLook, LayerPixels } from '../../src/workers/picture-api'
import { readPngText } from '../../src/workers/png-text'
import type { Stroke } from '../../src/workers/strokes'
import { decodePhoto, encodePicture } from '../shared/images'
import { prepareOutput } from '../shared/output'
import { paintedMask } from './strokes'

/** What the editor stores its recipe under in a PNG. */
const KEYWORD = 'photodoodle'

/** Longest sides of masks, the editor's own (src/workers/picture.worker.ts). */
const MASK_SIDE = 4096
const SUBJECT_SIDE = 1024

interface ComposeFlags {
  readonly output: string
  readonly layer?: string
  readonly force?: boolean
}

export function registerCompose(program: Command): void {
  program
    .command('compose')
    .description('lay the objects of a recipe over its photo, moved and changed as the editor left them')
    .argument('<photo>', 'the photo that they were drawn on')
    .argument('<recipe>', 'a PNG that the editor saved, which holds its recipe, or the recipe alone as .json')
    .option('-o, --output <file>', 'where the result goes: .png, .jpg, .webp or .avif', 'doodle.png')
    .option('--layer <png>', 'also write the objects alone, transparent around them: .png, .webp or .avif')
    .option('--force', 'let a file that is written replace one that is read')
    .action(compose)
}

async function compose(
  path: string,
  recipePath: string,
  { output, layer, force = false }: ComposeFlags,
): Promise<void> {
  const { image, hasAlpha } = await decodePhoto(path)
  const recipe = await openRecipe(recipePath)
  const { width, height, name, id } = recipe.photo
  if (width !== image.width || height !== image.height)
    throw new PhotodoodleError(
      'BadRequest',
      `This recipe was made on ${name}, ${width} x ${height} pixels; ${path} has ${image.width} x ${image.height}.`,
      'Give the photo that it was made on.',
    )
  const rules = { inputs: [path, recipePath], force, bytes: 4 * width * height }
  const main = await prepareOutput(output, { ...rules, formats: ['png', 'jpeg', 'webp', 'avif'] })
  const alone =
    layer === undefined ? undefined : await prepareOutput(layer, { ...rules, formats: ['png', 'webp', 'avif'] })
  const sameFile =
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex') === id
  if (!sameFile)
    console.log(`${path} is not the file that the recipe was made on; its objects are laid over it as they are.`)
  const layers = shown(recipe.project.layers).map(lookOf)
  const painting = await paintingOf(layers, recipe, image)
  const result = await flatten<LayerPixels, LayerLook>(image, image, layers, painting)
  await main.write(await encodePicture(result, main.format, hasAlpha))
  if (alone !== undefined) {
    const bare = await flatten<LayerPixels, LayerLook>(rgbaImage(width, height), image, layers, painting)
    await alone.write(await encodePicture(bare, alone.format, true))
  }
  const count = layers.length
  console.log(`${output}: ${count} ${count === 1 ? 'object' : 'objects'} on ${width} x ${height} pixels`)
}

/** @throws MissingFile, BadRequest for a file that holds no recipe */
async function openRecipe(path: string): Promise<SavedRecipe> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new PhotodoodleError('MissingFile', `${path} cannot be read.`, 'Check the path.', { cause })
  })
  const text = readPngText(bytes, KEYWORD) ?? bytes.toString('utf8')
  const recipe = await readRecipe(text)
  if (recipe === null)
    throw new PhotodoodleError(
      'BadRequest',
      `${path} holds no recipe.`,
      'Give a PNG that the editor saved; other formats and programs leave the recipe out.',
    )
  return recipe
}

/** Masks are made before anything is laid over: the formula asks for them at once. */
async function paintingOf(
  layers: readonly LayerLook[],
  recipe: SavedRecipe,
  photo: RgbaImage,
): Promise<Painting<LayerPixels, LayerLook>> {
  const [regions, erased] = [new Map<LayerPixels, RegionMask>(), new Map<LayerPixels, RegionMask>()]
  for (const layer of layers) {
    for (const [strokes, masks] of [
      [layer.region, regions],
      [layer.erased, erased],
    ] as const)
      if (strokes.length > 0) masks.set(layer, await movedMask(strokes, layer, photo))
  }
  const subject = await subjectOf(recipe, photo)
  const refined = subject && refineMatte(subject, photo)
  return {
    original: photo,
    matte: () => refined,
    region: (layer) => regions.get(layer),
    erased: (layer) => erased.get(layer),
    outlines,
  }
}

/** What was painted on an object lies where the object lies. */
function movedMask(strokes: readonly Stroke[], { elements, look }: LayerPixels, photo: RgbaImage): Promise<RegionMask> {
  const size = fitted(photo, MASK_SIDE)
  const moved = look?.pose === undefined || elements.length === 0 ? undefined : lookAffine(elements, look, photo)
  return paintedMask(strokes, size, size.width / photo.width, moved)
}

/** The subject as it was found or chosen, with what was painted. */
async function subjectOf(
  { matte, project: { subject: edit } }: SavedRecipe,
  photo: RgbaImage,
): Promise<Matte | undefined> {
  const found = edit?.chosen?.matte ?? matte
  const own = found === null ? undefined : { width: found.width, height: found.height, alpha: found.data }
  if (edit === undefined || (edit.strokes.length === 0 && !edit.none)) return own
  const size = fitted(photo, SUBJECT_SIDE)
  const ground = found === null || edit.none ? undefined : resizeRegion(found, size.width, size.height)
  const { data } = await paintedMask(edit.strokes, size, size.width / photo.width, undefined, ground)
  return { ...size, alpha: data }
}

async function outlines(element: RgbaImage, width: number, height: number): Promise<RgbaImage> {
  // Few recipes need the tracer.
  const [{ traceLayer }, { writeSvg }] = await Promise.all([
    import('../../src/engine/vector/trace-layer'),
    import('../../src/engine/vector/svg'),
  ])
  const svg = writeSvg([{ drawing: traceLayer(element), opacity: 1 }], { width, height })
  const { data } = await sharp(Buffer.from(svg))
    .resize(width, height, { fit: 'fill' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return rgbaImage(width, height, new Uint8ClampedArray(data))
}

function fitted({ width, height }: RgbaImage, longSide: number): { width: number; height: number } {
  const scale = Math.min(1, longSide / Math.max(width, height))
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) }
}
