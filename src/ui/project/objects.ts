import {
  applied,
  AS_DRAWN,
  inverse,
  lookAffine,
  pivotOf,
  placeShown,
  type Affine,
  type ElementBuffer,
  type Look,
  type Pose,
} from '../../workers/engine-api'
import type { Stroke } from '../../workers/strokes'
import { changedLook, sanePose } from './look-from'
import { without } from './without'
import { askedOf, changeLayer, recipeFor, type Doodle, type Layer, type Project, type Recipe } from './project'

interface Size {
  readonly width: number
  readonly height: number
}

type Drawn = Pick<Layer, 'id' | 'recipe' | 'doodle' | 'others'>

/**
 * A drawing as objects, bottom to top: each thing becomes a layer of its own, with its own words and place as its
 * recipe, and with the other tries of the same thing. A drawing of one thing stays as it is.
 */
export function objectsOf({ id, recipe, doodle, others }: Drawn): readonly Drawn[] {
  if (doodle.elements.length < 2) return [{ id, recipe, doodle, others }]
  return doodle.elements.map((element, at) => ({
    id: at === 0 ? id : `${id} ${at}`,
    recipe: recipeOfElement(recipe, element, at),
    doodle: only(doodle, recipe, element, at),
    others: others.flatMap((other) => {
      const same = other.elements.findIndex((one) => nameOf(one, other) === nameOf(element, doodle))
      const found = other.elements[same]
      return found === undefined ? [] : [only(other, recipe, found, same)]
    }),
  }))
}

/** A thing's words but for the article and the colour that tells the drawing from others. */
function nameOf({ words }: ElementBuffer, { colour }: Doodle): string | undefined {
  return (colour === undefined ? words : words?.replace(`${colour} `, ''))?.replace(/^an? /i, '')
}

function only({ colour, ...doodle }: Doodle, recipe: Recipe, element: ElementBuffer, at: number): Doodle {
  const { asked } = doodle
  return {
    ...doodle,
    id: `${doodle.id} ${at}`,
    elements: [element],
    ...(asked === undefined ? {} : { asked: askedOf(recipeOfElement(recipeFor(recipe, doodle), element, at)) }),
    ...(colour !== undefined && element.words?.includes(`${colour} `) === true ? { colour } : {}),
  }
}

/** Which asks for this one again where it is, and with its seed from the noise that it was drawn from. */
function recipeOfElement(recipe: Recipe, element: ElementBuffer, at: number): Recipe {
  const { words = recipe.instruction, kind = 'front', box } = element
  const noise = recipe.elements?.[at]?.noise ?? at
  return {
    ...without(recipe, 'layoutOf'),
    instruction: words,
    ...(box === undefined ? {} : { elements: [{ box, kind, words, ...(noise === 0 ? {} : { noise }) }] }),
  }
}

export function changeLook(
  project: Project,
  id: string,
  change: { readonly [K in keyof Look]?: Look[K] | undefined },
): Project {
  const layer = project.layers.find((one) => one.id === id)
  if (layer === undefined) return project
  return setLook(project, id, changedLook(layer.look, change))
}

function setLook(project: Project, id: string, look: Look | undefined): Project {
  return {
    ...project,
    layers: project.layers.map((layer) => {
      if (layer.id !== id) return layer
      const bare = without(layer, 'look')
      return look === undefined ? bare : { ...bare, look }
    }),
  }
}

/** A copy right above it, a little to the right and below. */
export function duplicate(project: Project, id: string, copyId: string): Project {
  const at = project.layers.findIndex((layer) => layer.id === id)
  const layer = project.layers[at]
  if (layer === undefined) return project
  const pose = layer.look?.pose ?? AS_DRAWN
  const look = changedLook(layer.look, { pose: sanePose({ ...pose, x: pose.x + 0.05, y: pose.y + 0.05 }) })
  const copy: Layer = { ...layer, id: copyId, ...(look === undefined ? {} : { look }) }
  return { ...project, layers: project.layers.toSpliced(at + 1, 0, copy) }
}

/** What asks for the object again where it stands now; undefined for what is drawn all over the photo or in parts. */
export function recipeHere(layer: Layer, photo: Size): Recipe | undefined {
  const { recipe, doodle, look } = layer
  const [element, ...more] = doodle.elements
  if (element?.box === undefined || element.words === undefined || more.length > 0) return undefined
  const { kind = 'front', words } = element
  if (kind === 'whole') return undefined
  const upright = look?.pose === undefined ? look : { ...look, pose: { ...look.pose, turn: 0 } }
  const same = without(recipe, 'layoutOf')
  const box = placeShown([element], upright, photo)
  return { ...same, region: regionHere(layer, photo), elements: [{ box, kind, words }] }
}

/** The layer's region where it is seen now. */
export function regionHere({ recipe: { region }, doodle, look }: Layer, photo: Size): readonly Stroke[] {
  if (look?.pose === undefined) return region
  const affine = lookAffine(doodle.elements, look, photo)
  return region.map((stroke) => mapped(stroke, affine))
}

/** How a drawing of the layer has to be moved to stand where the layer stands now. */
export function poseAt(layer: Layer, doodle: Doodle, photo: Size): Pose | undefined {
  const { pose } = layer.look ?? {}
  if (pose === undefined) return undefined
  const upright = (elements: Doodle['elements'], scaled: Pose) =>
    placeShown(elements, { pose: { ...scaled, turn: 0 } }, photo)
  const [now, drawn] = [upright(layer.doodle.elements, pose), upright(doodle.elements, AS_DRAWN)]
  const [px, py] = pivotOf(doodle.elements)
  return sanePose({
    ...pose,
    x: now.left + now.width / 2 - px,
    y: now.top + now.height / 2 - py,
    scale: Math.sqrt((now.width * now.height) / (drawn.width * drawn.height)),
  })
}

/** Looks of drawings that are only tried: the same one for the same drawing, so that it is fetched once. */
const tried = new WeakMap<Doodle, { readonly layer: Layer; readonly look: Look | undefined }>()

/**
 * How another drawing looks in the layer's place. @param instruction what it was drawn from, where it does not know:
 * other words say other colours, and those shown instead of the first drawing's are over
 */
export function lookAt(
  layer: Layer,
  doodle: Doodle,
  photo: Size,
  instruction: string = layer.recipe.instruction,
): Look | undefined {
  const said = doodle.asked?.instruction ?? instruction
  const recolour = said === layer.recipe.instruction ? layer.look?.recolour : undefined
  if (layer.look?.pose === undefined && layer.look?.recolour === recolour) return layer.look
  const known = tried.get(doodle)
  if (known?.layer === layer) return known.look
  const look = changedLook(layer.look, { pose: poseAt(layer, doodle, photo), recolour })
  tried.set(doodle, { layer, look })
  return look
}

/**
 * Another drawing in the layer's place: it stands where the layer stands; what was painted stays where it is seen. A
 * new recipe's region lies where it was painted.
 */
export function standing(project: Project, layer: Layer, doodle: Doodle, photo: Size): Project {
  const recipe = project.layers.find(({ id }) => id === layer.id)?.recipe ?? layer.recipe
  const look = lookAt(layer, doodle, photo, recipe.instruction)
  if (layer.look?.pose === undefined) return look === layer.look ? project : setLook(project, layer.id, look)
  const before = lookAffine(layer.doodle.elements, layer.look, photo)
  const back = inverse(lookAffine(doodle.elements, look, photo))
  const region = recipe === layer.recipe ? recipe.region.map((stroke) => mapped(stroke, before)) : recipe.region
  const painted = changeLayer(project, layer.id, {
    erased: layer.erased.map((stroke) => mapped(mapped(stroke, before), back)),
    recipe: { ...recipe, region: region.map((stroke) => mapped(stroke, back)) },
  })
  return setLook(painted, layer.id, look)
}

/** A stroke as it was painted, where it lies on the layer's drawing. */
export function onDrawing(layer: Pick<Layer, 'doodle' | 'look'>, stroke: Stroke, photo: Size): Stroke {
  if (layer.look?.pose === undefined) return stroke
  return mapped(stroke, inverse(lookAffine(layer.doodle.elements, layer.look, photo)))
}

function mapped({ mode, size, points }: Stroke, affine: Affine): Stroke {
  const tenth = (value: number): number => Math.round(value * 10) / 10
  const to = points.map((_, i) => {
    const [x, y] = applied(affine, [points[i - (i % 2)]!, points[i - (i % 2) + 1]!])
    return tenth(i % 2 === 0 ? x : y)
  })
  return { mode, size: tenth(size * Math.hypot(affine.a, affine.b)), points: to }
}
