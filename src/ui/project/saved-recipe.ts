import type { ModelStatus, Place, PlacedBuffer } from '../../workers/engine-api'
import type { Stroke } from '../../workers/strokes'
import { withoutGoneOptions } from './gone-options'
import type { Doodle, Layer, Project, Recipe } from './project'

/**
 * A project as text inside an exported PNG: what was asked for, layer by layer, and each doodle's own pixels (a few ten kB), so
 * that opening it gives the identical picture on any machine. The photo is not in it; its SHA-256 says which one it was.
 */
export interface SavedRecipe {
  readonly photo: SavedPhoto
  readonly project: Project
  /** It asked for options that no longer exist; they are left out. */
  readonly dropped: boolean
}

interface SavedPhoto {
  readonly id: string
  readonly name: string
  readonly width: number
  readonly height: number
  readonly subject: string | null
}

const FORMAT = 'photodoodle-recipe/1'

/** Pixels as deflated, base64-coded RGBA, and their place on the photo where they are not stretched over all of it. */
interface PackedPixels {
  readonly width: number
  readonly height: number
  readonly place?: Place
  readonly deflated: string
}

type PackedDoodle = Omit<Doodle, 'pixels'> & { readonly pixels: PackedPixels }
type PackedLayer = Omit<Layer, 'doodle' | 'others'> & { readonly doodle: PackedDoodle }

export async function writeRecipe(photo: SavedPhoto, { layers }: Project, model: Pick<ModelStatus, 'id' | 'version'> | null): Promise<string> {
  const packed = await Promise.all(layers.map(async ({ id, recipe, visible, opacity, erased, vector, doodle }): Promise<PackedLayer> => ({ id, recipe, visible, opacity, erased, ...(vector === true ? { vector } : {}), doodle: { ...doodle, pixels: await pack(doodle.pixels) } })))
  const saved = { format: FORMAT, model: model === null ? null : { id: model.id, version: model.version }, photo: { id: photo.id, name: photo.name, width: photo.width, height: photo.height, subject: photo.subject }, layers: packed }
  return JSON.stringify(saved)
}

/** Null for text that is not a whole recipe of this format: such a file is a picture like any other. */
export async function readRecipe(text: string): Promise<SavedRecipe | null> {
  try {
    const saved: unknown = JSON.parse(text)
    if (!isObject(saved) || saved['format'] !== FORMAT || !isObject(saved['photo']) || !Array.isArray(saved['layers'])) return null
    const { photo } = saved
    const read = await Promise.all(saved['layers'].map(layerFrom))
    const layers = read.map((layer) => ({ ...layer, recipe: withoutGoneOptions(layer.recipe) }))
    return {
      photo: { id: string(photo['id']), name: string(photo['name']), width: number(photo['width']), height: number(photo['height']), subject: photo['subject'] === null ? null : string(photo['subject']) },
      project: { layers, region: [] },
      dropped: layers.some(({ recipe }, at) => recipe !== read[at]?.recipe),
    }
  } catch {
    return null
  }
}

async function layerFrom(value: unknown): Promise<Layer> {
  const { id, recipe, doodle, visible, opacity, erased, vector } = object(value)
  const { id: doodleId, seed, pixels, prompt, seconds } = object(doodle)
  return {
    id: string(id),
    recipe: recipeFrom(object(recipe)),
    doodle: { id: string(doodleId), seed: number(seed), prompt: string(prompt), seconds: number(seconds), pixels: await unpack(object(pixels)) },
    others: [],
    visible: visible === true,
    opacity: Math.min(1, Math.max(0, number(opacity))),
    erased: strokes(erased),
    ...(vector === true ? { vector } : {}),
  }
}

/** Whatever else a later version asks for is kept as it stands; the engine checks every request. */
function recipeFrom({ styles, instruction, region, ...rest }: Readonly<Record<string, unknown>>): Recipe {
  if (!Array.isArray(styles)) throw new TypeError('no styles')
  const uses = styles.map((one: unknown) => {
    const { id, strength } = object(one)
    return { id: string(id), strength: number(strength) }
  })
  return { ...rest, styles: uses, instruction: string(instruction), region: strokes(region) }
}

function strokes(value: unknown): readonly Stroke[] {
  if (!Array.isArray(value)) throw new TypeError('no strokes')
  return value.map((one: unknown): Stroke => {
    const { mode, size, points } = object(one)
    if (!Array.isArray(points) || points.length < 2 || points.length % 2 !== 0) throw new TypeError('no points')
    return { mode: mode === 'subtract' ? 'subtract' : 'add', size: number(size), points: points.map(number) }
  })
}

async function pack({ data, ...frame }: PlacedBuffer): Promise<PackedPixels> {
  const bytes = await through(new Blob([data]), new CompressionStream('deflate'))
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return { ...frame, deflated: btoa(text) }
}

async function unpack({ width, height, place, deflated }: Readonly<Record<string, unknown>>): Promise<PlacedBuffer> {
  const bytes = Uint8Array.from(atob(string(deflated)), (letter) => letter.charCodeAt(0))
  const data = new Uint8ClampedArray((await through(new Blob([bytes]), new DecompressionStream('deflate'))).buffer)
  const size = { width: number(width), height: number(height) }
  if (!(size.width > 0 && size.height > 0) || data.length !== size.width * size.height * 4) throw new TypeError('pixels are missing')
  return { ...size, ...(place === undefined ? {} : { place: placeFrom(object(place)) }), data }
}

function placeFrom(value: Readonly<Record<string, unknown>>): Place {
  const place = { left: number(value['left']), top: number(value['top']), width: number(value['width']), height: number(value['height']) }
  const within = (start: number, length: number): boolean => start >= 0 && length > 0 && start + length <= 1 + 1e-9
  if (!within(place.left, place.width) || !within(place.top, place.height)) throw new TypeError('no place on the photo')
  return place
}

async function through(blob: Blob, stream: CompressionStream | DecompressionStream): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await new Response(blob.stream().pipeThrough(stream)).arrayBuffer())
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  if (!isObject(value)) throw new TypeError('no object')
  return value
}

function string(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('no text')
  return value
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('no number')
  return value
}
