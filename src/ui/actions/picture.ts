import type { EditSource } from '../../workers/engine-client'
import { PictureClient } from '../../workers/picture-client'
import { lookOf, nameOfSubject, type Layer } from '../project/project'
import { editor, type Photo } from '../store'
import { engine } from './engine'

export const picture = new PictureClient()

/** The photo without doodles, for the engine. */
export function photoSource({ id }: Pick<Photo, 'id'>): EditSource {
  return { id, pixels: () => picture.call((api) => api.source([])) }
}

/** The photo with what is seen of these layers: what the next doodle is drawn on. */
export function seenSource({ id }: Pick<Photo, 'id'>, layers: readonly Layer[]): EditSource {
  const { matte, history } = editor.getState()
  // Two pictures with the same name have the same pixels.
  const name = JSON.stringify([
    id,
    matte !== null,
    nameOfSubject(history.present.subject),
    layers.map(({ doodle, recipe: { region }, opacity, erased, vector, look }) => [
      doodle.id,
      opacity,
      region,
      erased,
      vector,
      look,
    ]),
  ])
  return { id: name, pixels: () => picture.call((api) => api.source(layers.map(lookOf))) }
}

/** Finds the subject of the photo that was just opened, behind the page, unless it came with its project. */
export async function findSubject(photo: Photo): Promise<void> {
  if (editor.getState().matte !== null) return
  // A doodle that needs it says what is wrong.
  const matte = await engine.matte(photoSource(photo)).catch(() => undefined)
  if (matte === undefined || editor.getState().photo !== photo) return
  await picture.setMatte(matte)
  editor.setState({ matte })
}
