import { record, newHistory, type History } from './history'
import { addLayer, emptyProject, type Doodle, type Project, type Recipe } from './project'
import type { Snapshot } from './project-record'
import type { Photo } from '../store'

/** Parts of projects, for tests. */
export const recipe: Recipe = { styles: [{ id: 'magic', strength: 1 }], instruction: 'add a crown', region: [] }

export function doodle(id: string, side = 2): Doodle {
  const data = new Uint8ClampedArray(side * side * 4).map((_, i) => (i * 7 + id.charCodeAt(0)) % 256)
  return {
    id,
    seed: 1,
    prompt: '',
    seconds: 1,
    elements: [{ width: side, height: side, data, place: { left: 0, top: 0, width: 1, height: 1 } }],
  }
}

/** A history of one layer after the other. */
export function drawn(...ids: string[]): History<Project> {
  return ids.reduce(
    (history, id) =>
      record(history, addLayer(history.present, { id: `layer ${id}`, recipe, doodle: doodle(id) }), `draw ${id}`),
    newHistory(emptyProject),
  )
}

export function snapshot(history: History<Project>, rest: Partial<Snapshot> = {}): Snapshot {
  return { matte: null, typed: null, styleId: 'magic', choice: null, ...rest, history }
}

/** A photo that stands open. */
export const photo: Photo = {
  id: 'photo',
  file: new Blob(),
  name: 'dog.png',
  width: 40,
  height: 20,
  subject: null,
  suggestion: null,
}
