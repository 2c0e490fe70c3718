import { dropGhosts } from '../ghosts/ghosts-store'
import { strings } from '../i18n'
import { changeLook, objectsOf, standing } from '../project/objects'
import { addLayer, changeLayer, redrawLayer, type Doodle, type Project, type Recipe } from '../project/project'
import { editor } from '../store'
import { change } from './layers'

/** Where a drawing that takes a layer's place stands: where that stands, or where it was drawn. */
export type Stand = 'kept' | 'free'

/**
 * A drawing becomes layers, an object each: new, or the first in place of `target`.
 * @param others to choose from
 * @param step of the history that it belongs to, where it is shown in place of what was drawn for it; null: its own
 */
export function commit(
  recipe: Recipe,
  target: string | null,
  chosen: Doodle,
  others: readonly Doodle[],
  stand: Stand = 'kept',
  step: string | null = null,
): void {
  const { photo } = editor.getState()
  const id = target ?? `layer ${chosen.id}`
  const [first, ...more] = objectsOf({ id, recipe, doodle: chosen, others })
  if (first === undefined || photo === null) return
  const add = (project: Project): Project => more.reduce(addLayer, project)
  if (target === null) {
    change((project) => add(addLayer(project, first)), strings.changes.doodle)
    dropGhosts()
  } else
    change(
      (project) => {
        const layer = project.layers.find((one) => one.id === target)
        if (layer === undefined) return project
        // The same region from other noise leaves the panel's alone.
        const same = layer.recipe === first.recipe
        const drawn = redrawLayer(project, target, first.doodle, same ? undefined : first.recipe, first.others)
        // What was painted away lay elsewhere.
        if (stand === 'free')
          return add(changeLook(changeLayer(drawn, target, { erased: [] }), target, { pose: undefined }))
        return add(standing(drawn, layer, first.doodle, photo))
      },
      step === null ? strings.changes.redraw : strings.changes.colour,
      step,
    )
  editor.setState(({ tool }) => ({
    selectedId: id,
    editingId: null,
    choice: null,
    tool: tool === 'region' || tool === 'unregion' ? 'move' : tool,
  }))
}
