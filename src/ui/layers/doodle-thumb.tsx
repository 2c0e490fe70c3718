import { useEffect, useLayoutEffect, useRef } from 'react'
import type { ElementBuffer, Look, Place, RgbaBuffer } from '../../workers/engine-api'
import { picture } from '../actions/picture'
import { changedLook } from '../project/look-from'
import { useEditor } from '../store'

/** Longest side of the photo in a thumbnail, in pixels: enough for a part of it to be enlarged. */
const SIDE = 384

/**
 * What is seen of a doodle in its colours, where it was drawn, with as much of the photo's shape around it as its
 * elements need.
 */
export function DoodleThumb({ elements, look }: { elements: readonly ElementBuffer[]; look: Look | undefined }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const matte = useEditor((state) => state.matte)
  const { recolour, hue, brightness } = look ?? {}
  useEffect(() => {
    let wanted = true
    const paint = (bitmap: ImageBitmap): void => {
      const target = canvas.current
      if (wanted && target !== null) {
        const { left, top, width, height } = shownPart(elements)
        const part = {
          x: left * bitmap.width,
          y: top * bitmap.height,
          width: Math.max(1, width * bitmap.width),
          height: Math.max(1, height * bitmap.height),
        }
        target.width = Math.ceil(part.width)
        target.height = Math.ceil(part.height)
        target
          .getContext('2d')
          ?.drawImage(bitmap, part.x, part.y, part.width, part.height, 0, 0, target.width, target.height)
      }
      bitmap.close()
    }
    // Without a thumbnail a layer still has its name.
    const colours = changedLook(undefined, { recolour, hue, brightness }) ?? {}
    picture
      .call((api) => api.layerBitmap({ elements, region: [], vector: false, look: colours }, SIDE))
      .then(paint, () => undefined)
    return () => {
      wanted = false
    }
  }, [elements, matte, recolour, hue, brightness])
  return <canvas ref={canvas} className="doodle-thumb" aria-hidden="true" />
}

/** The part of the photo that holds all of the places. */
function shownPart(elements: readonly ElementBuffer[]): Place {
  const within = (share: number): number => Math.min(1, Math.max(0, share))
  const places = elements.map(({ place }) => place)
  const [left, top] = [
    within(Math.min(1, ...places.map((place) => place.left))),
    within(Math.min(1, ...places.map((place) => place.top))),
  ]
  const right = within(Math.max(0, ...places.map((place) => place.left + place.width)))
  const bottom = within(Math.max(0, ...places.map((place) => place.top + place.height)))
  return right > left && bottom > top
    ? { left, top, width: right - left, height: bottom - top }
    : { left: 0, top: 0, width: 1, height: 1 }
}

/** A doodle in the making, a few pixels scaled by the browser. */
export function PreviewThumb({ pixels }: { pixels: RgbaBuffer }) {
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
