import { useEffect, useRef } from 'react'
import { heldLayer, useEditor, type Photo } from '../store'
import type { TransformHandles } from './transform-handles'

/** Frame and handles around the object in hand. They are drawn outside React; their library comes with the first object. */
export function Handles({ photo }: { photo: Photo }) {
  const host = useRef<HTMLDivElement>(null)
  const holding = useEditor((state) => heldLayer(state) !== undefined)
  useEffect(() => {
    if (!holding || host.current === null) return
    const element = host.current
    let handles: TransformHandles | undefined
    let wanted = true
    void import('./transform-handles').then(({ TransformHandles: Made }) => {
      if (wanted) handles = new Made(element, photo)
    })
    return () => {
      wanted = false
      handles?.stop()
    }
  }, [holding, photo])
  return <div ref={host} className="handles" aria-hidden="true" />
}
