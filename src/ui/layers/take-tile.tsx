import { useEffect, useMemo, useRef } from 'react'
import type { Place } from '../../workers/engine-api'
import { picture } from '../actions/picture'
import { lookOf, type Doodle } from '../project/project'
import { layersWith, useEditor } from '../store'

/** Pixels along a tile's longer side: sharp on displays of twice the density. */
const SIDE = 200

/** A drawing on the photo, as it would be taken, in a crop that it shares with the others. */
export function TakeTile({ doodle, crop }: { doodle: Doodle; crop: Place }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const choice = useEditor((state) => state.choice)
  const photo = useEditor((state) => state.photo)
  const matte = useEditor((state) => state.matte)
  const project = useEditor((state) => state.history.present)
  const { recipe, target } = choice ?? {}
  const layers = useMemo(
    () =>
      recipe === undefined || target === undefined
        ? []
        : layersWith({ recipe, target }, doodle, project, photo).map(lookOf),
    [recipe, target, doodle, project, photo],
  )
  const { left, top, width, height } = crop
  useEffect(() => {
    let wanted = true
    const paint = (bitmap: ImageBitmap): void => {
      const context = wanted ? canvas.current?.getContext('2d') : undefined
      if (context != null) {
        context.canvas.width = bitmap.width
        context.canvas.height = bitmap.height
        context.drawImage(bitmap, 0, 0)
      }
      bitmap.close()
    }
    // Without its picture a tile is still looked at by pressing it.
    picture.call((api) => api.part(layers, { left, top, width, height }, SIDE)).then(paint, () => undefined)
    return () => {
      wanted = false
    }
  }, [layers, matte, left, top, width, height])
  return <canvas ref={canvas} className="doodle-thumb" aria-hidden="true" />
}
