import { useEffect, useRef } from 'react'
import { ghostFrame } from '../ghosts/ghost-frame'
import { ghostStore, mayStand, useGhosts } from '../ghosts/ghosts-store'
import { editor, heldLayer, useEditor, type Photo } from '../store'
import { objectFrame } from './object-frame'
import type { TransformHandles } from './transform-handles'

/**
 * Frame and handles around the object in hand or the selected box. They are drawn outside React; their library comes
 * with the first of them.
 */
export function Handles({ photo }: { photo: Photo }) {
  const host = useRef<HTMLDivElement>(null)
  const holding = useEditor((state) => heldLayer(state) !== undefined)
  const boxes = useEditor(mayStand)
  const selected = useGhosts(({ ghosts, selectedId }) =>
    ghosts.some(({ id, kind }) => id === selectedId && kind !== 'whole'),
  )
  const around = holding ? 'object' : boxes && selected ? 'box' : null
  useEffect(() => {
    if (around === null || host.current === null) return
    const element = host.current
    let handles: TransformHandles | undefined
    let wanted = true
    void import('./transform-handles').then(({ TransformHandles: Made }) => {
      if (!wanted) return
      handles =
        around === 'object'
          ? new Made(element, objectFrame(photo), editor.subscribe)
          : new Made(element, ghostFrame(photo), ghostStore.subscribe)
    })
    return () => {
      wanted = false
      handles?.stop()
    }
  }, [around, photo])
  return <div ref={host} className="handles" aria-hidden="true" />
}
