import { expect, type Page } from '@playwright/test'
import sharp from 'sharp'
import { compositeElements } from '../src/engine/image/element'
import { looking } from '../src/engine/image/looking'
import { refineMatte } from '../src/engine/image/matte'
import { rgbaImage } from '../src/engine/image/rgba-image'
import { readRecipe, type SavedRecipe } from '../src/ui/project/saved-recipe'
import { readPngText } from '../src/workers/png-text'
import { EditorPage } from './editor-page'
import { pixels, type Pixels } from './pixels'

export const size = { width: 300, height: 300 }

/** A photo without losses, so that every decoder agrees on its samples. */
export async function losslessPhoto(): Promise<Buffer> {
  return sharp('public/samples/dog.jpg')
    .resize({ ...size, fit: 'cover' })
    .png()
    .toBuffer()
}

export async function recipeOf(png: Buffer): Promise<SavedRecipe> {
  const recipe = await readRecipe(readPngText(new Uint8Array(png), 'photodoodle') ?? '')
  if (recipe === null) throw new Error('The PNG holds no recipe.')
  return recipe
}

/** The compositing formula, in Node, of what the recipe says. */
export function composed({ project, matte }: SavedRecipe, photo: Pixels): Uint8ClampedArray {
  const ground = rgbaImage(photo.width, photo.height, new Uint8ClampedArray(photo.data))
  const subject = matte === null ? undefined : refineMatte({ ...matte, alpha: matte.data }, ground)
  return project.layers.reduce(
    (below, { doodle, look }) => compositeElements(below, looking(doodle.elements, look, ground), subject),
    ground,
  ).data
}

/** The editor with a photo and a heart drawn on it. original: the photo's own samples. */
export async function drawnHeart(page: Page): Promise<{ readonly editor: EditorPage; readonly original: Pixels }> {
  const editor = new EditorPage(page)
  await editor.open('/?provider=wasm')
  const png = await losslessPhoto()
  await editor.drop('dog.png', 'image/png', png)
  await expect(editor.photo).toBeVisible()
  await editor.instruction.fill('add a big red heart on the left')
  await editor.setSeedAndSteps(7, 2)
  await editor.doodle()
  return { editor, original: await pixels(png) }
}
