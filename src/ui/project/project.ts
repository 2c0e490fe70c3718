import {
  grouped,
  type EditRequest,
  type ElementBuffer,
  type Look,
  type MaskBuffer,
  type RecipeSettings,
  type What,
  type Where,
} from '../../workers/engine-api'
import type { LayerLook, SubjectEdit } from '../../workers/picture-api'
import type { Stroke } from '../../workers/strokes'
import { without } from './without'

/**
 * What was asked for, flat as files and projects keep it. With a seed and the picture below, the doodle follows from
 * it.
 */
export interface Recipe extends What, Omit<Where, 'region' | 'matte'>, RecipeSettings {
  /** Painted "only here"; empty: everywhere. */
  readonly region: readonly Stroke[]
}

/** One drawing, and what is asked for it. */
export interface Try {
  readonly seed: number
  readonly recipe: Recipe
  /** See {@link Doodle}. */
  readonly colour?: string
}

/** What a drawing came of, where drawings of one layer may differ. */
export type Asked = Pick<Recipe, 'instruction' | 'layoutOf' | 'elements'>

export function askedOf({ instruction, layoutOf, elements }: Recipe): Asked {
  return {
    instruction,
    ...(layoutOf === undefined ? {} : { layoutOf }),
    ...(elements === undefined ? {} : { elements }),
  }
}

/** The recipe that asks for a drawing: a layer's, or a choice's, with the drawing's own words. */
export function recipeFor(recipe: Recipe, { asked }: Pick<Doodle, 'asked'>): Recipe {
  const { instruction, layoutOf, elements } = recipe
  const same =
    asked === undefined ||
    (asked.instruction === instruction && asked.layoutOf === layoutOf && asked.elements === elements)
  return same ? recipe : { ...without(without(recipe, 'layoutOf'), 'elements'), ...asked }
}

/**
 * The request for one drawing.
 * @param mask the recipe's region, rasterised; absent: everywhere
 * @param matte the subject, where it was corrected; absent: as it is found
 */
export function requestOf(recipe: Recipe, seed: number, mask?: MaskBuffer, matte?: MaskBuffer): EditRequest {
  const { styles, instruction, layoutOf, elements } = recipe
  const { how, limits } = grouped(recipe)
  return {
    what: { styles, instruction },
    where: {
      ...(mask === undefined ? {} : { region: mask }),
      ...(layoutOf === undefined ? {} : { layoutOf }),
      ...(elements === undefined ? {} : { elements }),
      ...(matte === undefined ? {} : { matte }),
    },
    how: { ...how, seed },
    limits,
  }
}

/** One drawing of a recipe. */
export interface Doodle {
  readonly id: string
  readonly seed: number
  /** Bottom to top; they know their places on the photo. */
  readonly elements: readonly ElementBuffer[]
  /** What the text encoder read. */
  readonly prompt: string
  readonly seconds: number
  /** Absent in what earlier versions saved: what the layer's recipe says. */
  readonly asked?: Asked
  /** The colour word that it has beyond what was typed, as one of several drawings to choose from. */
  readonly colour?: string
}

export interface Layer {
  readonly id: string
  readonly recipe: Recipe
  readonly doodle: Doodle
  /** Other drawings of it, kept to come back to. */
  readonly others: readonly Doodle[]
  readonly visible: boolean
  /** 0 .. 1 */
  readonly opacity: number
  /** Painted away; a `subtract` stroke brings back. */
  readonly erased: readonly Stroke[]
  /** Shown as outlines instead of pixels; absent: pixels. */
  readonly vector?: boolean
  /**
   * How it was moved and changed since it was drawn; absent: not at all. Strokes, erased and the region's, are where
   * they lay on the drawing, and move with it.
   */
  readonly look?: Look
}

/** All that undo and redo go over. The photo is not part of it: another photo is another project. */
export interface Project {
  /** Bottom to top. */
  readonly layers: readonly Layer[]
  /** Where the next doodle may be, as painted; empty: everywhere. */
  readonly region: readonly Stroke[]
  /** What was changed of the subject that was found on the photo; absent: nothing. */
  readonly subject?: SubjectEdit
}

/** Tells one correction of the subject from another, without its pixels. */
export function nameOfSubject(edit: SubjectEdit | undefined): unknown {
  return edit === undefined ? null : [edit.none, edit.strokes, edit.chosen?.at ?? null]
}

export const emptyProject: Project = { layers: [], region: [] }

export function addLayer(
  project: Project,
  { id, recipe, doodle, others = [] }: Pick<Layer, 'id' | 'recipe' | 'doodle'> & Partial<Layer>,
): Project {
  // The region has been used; the next doodle may be anywhere again.
  return {
    ...project,
    layers: [...project.layers, { id, recipe, doodle, others, visible: true, opacity: 1, erased: [] }],
    region: [],
  }
}

export function changeLayer(project: Project, id: string, change: Partial<Omit<Layer, 'id'>>): Project {
  return { ...project, layers: project.layers.map((layer) => (layer.id === id ? { ...layer, ...change } : layer)) }
}

/**
 * A new drawing for a layer; the one before is kept among the others. What was erased stays erased. A region just used
 * is forgotten.
 */
export function redrawLayer(
  project: Project,
  id: string,
  doodle: Doodle,
  recipe?: Recipe,
  further: readonly Doodle[] = [],
): Project {
  const layer = project.layers.find((one) => one.id === id)
  if (layer === undefined) return project
  const others = [layer.doodle, ...layer.others, ...further].filter((other) => other.id !== doodle.id)
  return {
    ...changeLayer(project, id, { doodle, others, recipe: recipe ?? layer.recipe }),
    region: recipe?.region === project.region ? [] : project.region,
  }
}

/** @param by +1: one up, towards the viewer */
export function moveLayer(project: Project, id: string, by: number): Project {
  const from = project.layers.findIndex((layer) => layer.id === id)
  const to = Math.min(project.layers.length - 1, Math.max(0, from + by))
  if (from < 0 || to === from) return project
  const rest = project.layers.filter((layer) => layer.id !== id)
  return { ...project, layers: [...rest.slice(0, to), ...project.layers.slice(from, from + 1), ...rest.slice(to)] }
}

export function removeLayer(project: Project, id: string): Project {
  return { ...project, layers: project.layers.filter((layer) => layer.id !== id) }
}

/** The visible layers below one, or all for a doodle still to come: what it is drawn on. */
export function layersBelow({ layers }: Project, id: string | null): readonly Layer[] {
  const end = id === null ? layers.length : layers.findIndex((layer) => layer.id === id)
  return shown(layers.slice(0, end))
}

export function shown(layers: readonly Layer[]): readonly Layer[] {
  return layers.filter(({ visible, opacity }) => visible && opacity > 0)
}

export function lookOf({ doodle, recipe, erased, opacity, vector = false, look }: Layer): LayerLook {
  return {
    elements: doodle.elements,
    region: recipe.region,
    erased,
    opacity,
    vector,
    ...(look === undefined ? {} : { look }),
  }
}

/** Four drawings of one recipe to choose from. */
export interface Choice {
  /** As typed; {@link recipeFor} is each drawing's own. */
  readonly recipe: Recipe
  /** The layer that the chosen one replaces, or null for a new one. */
  readonly target: string | null
  /** Seeds in their order; drawings as they come. */
  readonly seeds: readonly number[]
  readonly doodles: readonly Doodle[]
  /** Which one is looked at. */
  readonly shown: number
}
