/**
 * Painted masks as data: a mask is the list of strokes that made it, so it is small, has no resolution of its own, and
 * undoing a stroke is taking it off the list. The screen and the worker that writes files rasterise the same list.
 */
export interface Stroke {
  /** `add` paints the mask, `subtract` takes paint away. */
  readonly mode: 'add' | 'subtract'
  /** Diameter in photo pixels. */
  readonly size: number
  /** x0, y0, x1, y1, ... in photo pixels. A single point is a dot. */
  readonly points: readonly number[]
}

type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D

/** Paints strokes into a transparent canvas whose alpha is the mask. @param scale canvas pixels for each photo pixel */
export function paintStrokes(context: Context, strokes: readonly Stroke[], scale: number): void {
  context.save()
  context.lineCap = 'round'
  context.lineJoin = 'round'
  for (const { mode, size, points } of strokes) {
    context.globalCompositeOperation = mode === 'add' ? 'source-over' : 'destination-out'
    context.lineWidth = size * scale
    trace(context, points, scale)
    context.stroke()
  }
  context.restore()
}

/** A smooth line through the points: quadratic curves between the middles of its pieces. */
function trace(context: Context, points: readonly number[], scale: number): void {
  const at = (i: number): [number, number] => [points[2 * i]! * scale, points[2 * i + 1]! * scale]
  const count = points.length / 2
  context.beginPath()
  context.moveTo(...at(0))
  for (let i = 1; i < count - 1; i++) {
    const [x, y] = at(i)
    const [nextX, nextY] = at(i + 1)
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2)
  }
  // A line of no length would paint nothing; a hundredth of a pixel of it is the round dot.
  const [x, y] = at(count - 1)
  context.lineTo(count === 1 ? x + 0.01 : x, y)
}
