/** Edges between colours made narrower than enlarging leaves them: a gentle shock filter (Osher and Rudin 1990). */
import { bleed } from './bleed'
import { maxFilter, minFilter, smoothstep, type PlaneSize } from './mask'
import type { RgbaImage } from './rgba-image'

/** Share of what neighbours span over which a colour passes from one end to the other: under 1 narrows edges, under 0.5 makes stairs of shading. */
const COLOUR_RAMP = 0.6

/** Differences of neighbouring colours, 0..255, that are shading (not touched) below and surely an edge above. */
const COLOUR_EDGE = { from: 10, to: 40 } as const

/** Draws every value of the red, green and blue planes [H, W], in place, towards the nearer end of what its eight neighbours span, where that is more than shading. */
export function narrow(planes: readonly Float32Array[], size: PlaneSize): void {
  const spans = planes.map((plane) => ({ plane, low: minFilter(plane, size, 1), high: maxFilter(plane, size, 1) }))
  const edge = new Float32Array(size.width * size.height)
  for (const { low, high } of spans) for (let i = 0; i < edge.length; i++) edge[i] = Math.max(edge[i]!, high[i]! - low[i]!)
  for (let i = 0; i < edge.length; i++) edge[i] = edge[i]! <= COLOUR_EDGE.from ? 0 : smoothstep(COLOUR_EDGE.from, COLOUR_EDGE.to, edge[i]!)
  for (const { plane, low, high } of spans) {
    for (let i = 0; i < edge.length; i++) {
      const range = high[i]! - low[i]!
      if (range === 0 || edge[i] === 0) continue
      const narrowed = low[i]! + range * smoothstep(0.5 - COLOUR_RAMP / 2, 0.5 + COLOUR_RAMP / 2, (plane[i]! - low[i]!) / range)
      plane[i] = plane[i]! + edge[i]! * (narrowed - plane[i]!)
    }
  }
}

/** The layer, its own colours narrowed in place; alpha stays, and what is transparent takes no part. */
export function narrowColours(layer: RgbaImage): void {
  const planes = bleed(layer)
  narrow(planes, layer)
  for (let i = 0; i < layer.width * layer.height; i++) {
    if (layer.data[4 * i + 3] === 0) continue
    for (let c = 0; c < 3; c++) layer.data[4 * i + c] = planes[c]![i]!
  }
}
