import { SETTINGS, settingsIn } from '../../workers/engine-api'
import type { Stroke } from '../../workers/strokes'
import { strings } from '../i18n'
import {
  changeLayer,
  emptyProject,
  moveLayer,
  recipeFor,
  redrawLayer,
  removeLayer,
  type Layer,
  type Project,
} from '../project/project'
import { onDrawing, regionHere, standing } from '../project/objects'
import { record, redo as redone, undo as undone } from '../project/history'
import { editor, MIX_STRENGTH } from '../store'
import { announce } from './toasts'

/** Makes a change that undo takes back. @param merge see {@link record} */
export function change(apply: (project: Project) => Project, what: string, merge: string | null = null): void {
  if (editor.getState().readOnly) return
  editor.setState(({ history }) => ({ history: record(history, apply(history.present), what, merge) }))
}

export function undo(): void {
  step(undone, editor.getState().history.past.at(-1)?.change, strings.layers.undone)
}

export function redo(): void {
  step(redone, editor.getState().history.future[0]?.change, strings.layers.redone)
}

function step(go: typeof undone, what: string | undefined, words: (what: string) => string): void {
  if (what === undefined || editor.getState().readOnly) return
  editor.setState(({ history, selectedId, editingId }) => {
    const next = go(history)
    const there = (id: string | null): string | null =>
      next.present.layers.some((layer) => layer.id === id) ? id : null
    return {
      history: next,
      selectedId: there(selectedId) ?? next.present.layers.at(-1)?.id ?? null,
      editingId: there(editingId),
    }
  })
  announce(words(what))
}

export function select(id: string): void {
  editor.setState({ selectedId: id })
}

export function setVisible(id: string, visible: boolean): void {
  change((project) => changeLayer(project, id, { visible }), visible ? strings.changes.show : strings.changes.hide)
}

/** Outlines or pixels. */
export function setVector(id: string, vector: boolean): void {
  change((project) => changeLayer(project, id, { vector }), vector ? strings.changes.vector : strings.changes.raster)
}

export function setOpacity(id: string, opacity: number): void {
  change((project) => changeLayer(project, id, { opacity }), strings.changes.opacity, `opacity ${id}`)
}

/** @param by +1: one up, towards the viewer */
export function move(id: string, by: number): void {
  change((project) => moveLayer(project, id, by), strings.changes.order)
  const { layers } = editor.getState().history.present
  announce(strings.layers.place(layers.length - layers.findIndex((layer) => layer.id === id), layers.length))
}

/** The layer above, or else below, is selected next, so that focus has somewhere to go. */
export function remove(id: string): void {
  const { layers } = editor.getState().history.present
  const at = layers.findIndex((layer) => layer.id === id)
  const next = layers[at + 1] ?? layers[at - 1]
  change((project) => removeLayer(project, id), strings.changes.delete)
  editor.setState(({ editingId }) => ({ selectedId: next?.id ?? null, editingId: editingId === id ? null : editingId }))
  announce(strings.layers.deleted)
}

/** An other drawing of the layer, which has been kept, takes its place again, and its words the recipe's. */
export function takeOther(layer: Layer, id: string): void {
  const doodle = layer.others.find((other) => other.id === id)
  const { photo } = editor.getState()
  if (doodle === undefined || photo === null) return
  change((project) => {
    const drawn = standing(redrawLayer(project, layer.id, doodle), layer, doodle, photo)
    const recipe = drawn.layers.find((one) => one.id === layer.id)?.recipe
    return recipe === undefined ? drawn : changeLayer(drawn, layer.id, { recipe: recipeFor(recipe, doodle) })
  }, strings.changes.other)
}

/** A finished stroke of the brush. */
export function paint(stroke: Stroke): void {
  const { tool, selectedId, photo } = editor.getState()
  if (tool === 'subject' || tool === 'unsubject') {
    change(
      (project) => ({
        ...project,
        subject: { none: false, ...project.subject, strokes: [...(project.subject?.strokes ?? []), stroke] },
      }),
      strings.changes.subject,
    )
  } else if (tool === 'region' || tool === 'unregion') {
    change((project) => ({ ...project, region: [...project.region, stroke] }), strings.changes.region)
  } else if (selectedId !== null) {
    change(
      (project) => {
        const layer = project.layers.find(({ id }) => id === selectedId)
        if (layer === undefined || photo === null) return project
        return changeLayer(project, selectedId, { erased: [...layer.erased, onDrawing(layer, stroke, photo)] })
      },
      tool === 'erase' ? strings.changes.erase : strings.changes.restore,
    )
  }
}

export function clearRegion(): void {
  change((project) => (project.region.length === 0 ? project : { ...project, region: [] }), strings.changes.clearRegion)
  editor.setState(({ tool }) => ({ tool: tool === 'unregion' ? 'region' : tool }))
}

/** Puts a layer's recipe into the panel; the next doodle replaces this layer. */
export function startEditing(layer: Layer): void {
  const { id, recipe, doodle } = layer
  const {
    styles: [style, mixed],
    instruction,
  } = recipe
  const { photo } = editor.getState()
  const region = photo === null ? recipe.region : regionHere(layer, photo)
  editor.setState(({ history }) => ({
    editingId: id,
    selectedId: id,
    tab: 'draw',
    typed: instruction,
    settings: settingsIn(recipe),
    seed: doodle.seed,
    seedLocked: true,
    styleId: style?.id ?? null,
    strength: style?.strength ?? SETTINGS.strength.default,
    mixId: mixed?.id ?? null,
    mixStrength: mixed?.strength ?? MIX_STRENGTH,
    history: record(history, { ...history.present, region }, strings.changes.region),
  }))
}

export function stopEditing(): void {
  editor.setState({ editingId: null, seedLocked: false })
  clearRegion()
}

/** A clean sheet on the same photo; undo brings the doodles back. */
export function startOver(): void {
  change(() => emptyProject, strings.changes.startOver)
  editor.setState({ selectedId: null, holding: false, editingId: null, choice: null })
}
