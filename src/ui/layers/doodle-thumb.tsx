import { useLayoutEffect, useRef } from 'react'
import type { RgbaBuffer } from '../../workers/engine-api'

/** A doodle at the model's resolution, or a preview, scaled by the browser. */
export function DoodleThumb({ pixels }: { pixels: RgbaBuffer }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const target = canvas.current
    if (target === null) return
    target.width = pixels.width
    target.height = pixels.height
    target.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0)
  }, [pixels])
  return <canvas ref={canvas} className="doodle-thumb" aria-hidden="true" />
}
