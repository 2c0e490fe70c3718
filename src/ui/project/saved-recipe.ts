import { recipeSettings, settingsIn } from '../../workers/engine-api'
import type { ElementBuffer, ElementKind, MaskBuffer, ModelStatus, Place } from '../../workers/engine-api'
import type { SubjectEdit } from '../../workers/picture-api'
import type { Stroke } from '../../workers/strokes'
import { lookFrom } from './look-from'
import { elementOf, withoutGoneOptions } from './older-versions'
import type { Doodle, Layer, Project, Recipe } from './project'
import { without } from './without'

/**
 * A project as text inside an exported PNG: what was asked for, layer by layer, each element's own pixels (a few ten
 * kB), and the
 * subject that they go behind, so that opening it gives the identical picture on any machine. The photo is not in it;
 * its SHA-256 says which one it was.
 */
export interface SavedRecipe {
  readonly photo: SavedPhoto
  readonly project: Project
  /** The photo's subject; null where nothing goes behind it. */
  readonly matte: MaskBuffer | null
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

/** Of an element or a matte: far more than any model draws. */
const MOST_PIXELS = 2 ** 24

const FORMAT = 'photodoodle-recipe/2'
/** Doodles were single pictures. */
const FORMER = 'photodoodle-recipe/1'

/** An element with its planes deflated and base64-coded: RGBA and, where it has one, front. */
type PackedElement = Omit<ElementBuffer, 'data' | 'front'> & { readonly deflated: string; readonly front?: string }
type PackedDoodle = Omit<Doodle, 'elements' | 'asked' | 'colour'> & { readonly elements: readonly PackedElement[] }
type PackedLayer = Omit<Layer, 'doodle' | 'others'> & { readonly doodle: PackedDoodle }

export async function writeRecipe(
  photo: SavedPhoto,
  { layers, subject }: Project,
  model: Pick<ModelStatus, 'id' | 'version'> | null,
  matte: MaskBuffer | null,
): Promise<string> {
  const packed = await Promise.all(
    layers.map(async ({ id, recipe, visible, opacity, erased, vector, look, doodle }): Promise<PackedLayer> => ({
      id,
      recipe,
      visible,
      opacity,
      erased,
      ...(vector === true ? { vector } : {}),
      ...(look === undefined ? {} : { look }),
      // What it was asked for is the layer's recipe.
      doodle: {
        ...without(without(doodle, 'asked'), 'colour'),
        elements: await Promise.all(doodle.elements.map(pack)),
      },
    })),
  )
  const behind = layers.some(
    ({ doodle, look }) => look?.depth !== undefined || doodle.elements.some(({ front }) => front !== undefined),
  )
  const saved = {
    format: FORMAT,
    model: model === null ? null : { id: model.id, version: model.version },
    photo: { id: photo.id, name: photo.name, width: photo.width, height: photo.height, subject: photo.subject },
    ...(behind && matte !== null ? { matte: await packMatte(matte) } : {}),
    ...(subject === undefined ? {} : { subject: await packSubject(subject) }),
    layers: packed,
  }
  return JSON.stringify(saved)
}

/** Null for text that is not a whole recipe of this format: such a file is a picture like any other. */
export async function readRecipe(text: string): Promise<SavedRecipe | null> {
  try {
    const saved: unknown = JSON.parse(text)
    if (
      !isObject(saved) ||
      (saved['format'] !== FORMAT && saved['format'] !== FORMER) ||
      !isObject(saved['photo']) ||
      !Array.isArray(saved['layers'])
    )
      return null
    const { photo } = saved
    const read = await Promise.all(saved['layers'].map(layerFrom))
    const layers = read.map((layer) => ({ ...layer, recipe: withoutGoneOptions(layer.recipe) }))
    return {
      photo: {
        id: string(photo['id']),
        name: string(photo['name']),
        width: number(photo['width']),
        height: number(photo['height']),
        subject: photo['subject'] === null ? null : string(photo['subject']),
      },
      project: {
        layers,
        region: [],
        ...(saved['subject'] === undefined ? {} : { subject: await subjectFrom(object(saved['subject'])) }),
      },
      matte: saved['matte'] === undefined ? null : await matteFrom(object(saved['matte'])),
      dropped: layers.some(({ recipe }, at) => recipe !== read[at]?.recipe),
    }
  } catch {
    return null
  }
}

async function layerFrom(value: unknown): Promise<Layer> {
  const { id, recipe, doodle, visible, opacity, erased, vector, look } = object(value)
  const { id: doodleId, seed, pixels, elements, prompt, seconds } = object(doodle)
  return {
    id: string(id),
    recipe: recipeFrom(object(recipe)),
    doodle: {
      id: string(doodleId),
      seed: number(seed),
      prompt: string(prompt),
      seconds: number(seconds),
      elements: await (pixels === undefined
        ? elementsFrom(elements)
        : unpack(object(pixels)).then((element) => [element])),
    },
    others: [],
    visible: visible === true,
    opacity: Math.min(1, Math.max(0, number(opacity))),
    erased: strokes(erased),
    ...(vector === true ? { vector } : {}),
    ...(look === undefined ? {} : { look: lookFrom(object(look)) }),
  }
}

/**
 * Whatever else a later version asks for is kept as it stands. A setting out of its range is left out: no drawing was
 * made from it.
 */
function recipeFrom({ styles, instruction, region, ...rest }: Readonly<Record<string, unknown>>): Recipe {
  if (!Array.isArray(styles)) throw new TypeError('no styles')
  const uses = styles.map((one: unknown) => {
    const { id, strength } = object(one)
    return { id: string(id), strength: number(strength) }
  })
  const others = Object.fromEntries(
    Object.entries(rest).filter(([name]) => !recipeSettings.some((known) => known === name)),
  )
  return { ...others, ...settingsIn(rest), styles: uses, instruction: string(instruction), region: strokes(region) }
}

async function packMatte({ width, height, data }: MaskBuffer) {
  return { width, height, deflated: await deflate(data) }
}

async function packSubject({ chosen, ...edit }: SubjectEdit) {
  return { ...edit, ...(chosen && { chosen: { at: chosen.at, matte: await packMatte(chosen.matte) } }) }
}

async function subjectFrom({
  none,
  strokes: painted,
  chosen,
}: Readonly<Record<string, unknown>>): Promise<SubjectEdit> {
  const edit = { none: none === true, strokes: strokes(painted) }
  if (chosen === undefined) return edit
  const { at, matte } = object(chosen)
  if (!Array.isArray(at)) throw new TypeError('no place')
  return { ...edit, chosen: { at: [number(at[0]), number(at[1])], matte: await matteFrom(object(matte)) } }
}

function strokes(value: unknown): readonly Stroke[] {
  if (!Array.isArray(value)) throw new TypeError('no strokes')
  return value.map((one: unknown): Stroke => {
    const { mode, size, points } = object(one)
    if (!Array.isArray(points) || points.length < 2 || points.length % 2 !== 0) throw new TypeError('no points')
    return { mode: mode === 'subtract' ? 'subtract' : 'add', size: number(size), points: points.map(number) }
  })
}

async function pack({ data, front, ...frame }: ElementBuffer): Promise<PackedElement> {
  return { ...frame, deflated: await deflate(data), ...(front === undefined ? {} : { front: await deflate(front) }) }
}

async function elementsFrom(value: unknown): Promise<readonly ElementBuffer[]> {
  if (!Array.isArray(value)) throw new TypeError('no elements')
  return Promise.all(value.map((one: unknown) => unpack(object(one))))
}

/** @param value an element, or a picture of the former format, which may have no place */
async function unpack(value: Readonly<Record<string, unknown>>): Promise<ElementBuffer> {
  const { place, deflated, front, words, kind, box } = value
  const size = sizeFrom(value)
  const data = new Uint8ClampedArray((await inflate(deflated, size.width * size.height * 4)).buffer)
  return {
    ...elementOf({ ...size, data, ...(place === undefined ? {} : { place: placeFrom(object(place)) }) }),
    ...(front === undefined ? {} : { front: await inflate(front, size.width * size.height) }),
    ...(words === undefined ? {} : { words: string(words) }),
    ...(kind === undefined ? {} : { kind: kindFrom(kind) }),
    ...(box === undefined ? {} : { box: placeFrom(object(box)) }),
  }
}

async function matteFrom(value: Readonly<Record<string, unknown>>): Promise<MaskBuffer> {
  const size = sizeFrom(value)
  return { ...size, data: await inflate(value['deflated'], size.width * size.height) }
}

function sizeFrom({ width, height }: Readonly<Record<string, unknown>>): {
  readonly width: number
  readonly height: number
} {
  const size = { width: number(width), height: number(height) }
  const whole = Number.isInteger(size.width) && Number.isInteger(size.height) && size.width > 0 && size.height > 0
  if (!whole || size.width * size.height > MOST_PIXELS) throw new TypeError('no size of a drawing')
  return size
}

/** A place may reach outside the photo, within reason. */
function placeFrom(value: Readonly<Record<string, unknown>>): Place {
  const place = {
    left: number(value['left']),
    top: number(value['top']),
    width: number(value['width']),
    height: number(value['height']),
  }
  const sane = place.width > 0 && place.height > 0 && Object.values(place).every((share) => Math.abs(share) <= FARTHEST)
  if (!sane) throw new TypeError('no place on the photo')
  return place
}

const FARTHEST = 8

function kindFrom(value: unknown): ElementKind {
  const kind = (['front', 'behind', 'both', 'whole'] as const).find((known) => known === value)
  if (kind === undefined) throw new TypeError('no such kind')
  return kind
}

async function deflate(plane: Uint8Array<ArrayBuffer> | Uint8ClampedArray<ArrayBuffer>): Promise<string> {
  const bytes = new Uint8Array(
    await new Response(new Blob([plane]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer(),
  )
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return btoa(text)
}

async function inflate(deflated: unknown, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = Uint8Array.from(atob(string(deflated)), (letter) => letter.charCodeAt(0))
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate')).getReader()
  // What was packed to expand without end is dropped where its pixels should end.
  const chunks: Uint8Array[] = []
  let received = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    received += value.length
    if (received > length) {
      await reader.cancel()
      break
    }
    chunks.push(value)
  }
  if (received !== length) throw new TypeError('pixels are missing, or there are too many')
  const plane = new Uint8Array(length)
  for (let at = 0, i = 0; i < chunks.length; at += chunks[i++]!.length) plane.set(chunks[i]!, at)
  return plane
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
