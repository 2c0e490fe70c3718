/** How far the sheet is drawn up: what is needed to add a doodle, half of the screen, all of it. */
export const HEIGHTS = ['peek', 'half', 'full'] as const
export type SheetHeight = (typeof HEIGHTS)[number]

/** In CSS pixels. */
export type Stops = Readonly<Record<SheetHeight, number>>

/** Milliseconds that a fling goes on for after the finger has left. */
const FLING = 120

/**
 * Where the sheet comes to rest.
 * @param height when it is let go, in CSS pixels
 * @param speed upwards, in CSS pixels for each millisecond
 */
export function restingAt(height: number, speed: number, stops: Stops): SheetHeight {
  const goal = height + speed * FLING
  const distance = (one: SheetHeight): number => Math.abs(stops[one] - goal)
  return HEIGHTS.reduce((best, one) => (distance(one) < distance(best) ? one : best))
}

/** The height that a key leads to; undefined for other keys. */
export function heightByKey(height: SheetHeight, key: string): SheetHeight | undefined {
  const at = HEIGHTS.indexOf(height)
  if (key === 'ArrowUp' || key === 'ArrowRight') return HEIGHTS[Math.min(HEIGHTS.length - 1, at + 1)]
  if (key === 'ArrowDown' || key === 'ArrowLeft') return HEIGHTS[Math.max(0, at - 1)]
  if (key === 'End') return 'full'
  if (key === 'Home') return 'peek'
  return key === 'Enter' || key === ' ' ? tapped(height) : undefined
}

/** A tap opens what is closed and closes what is open. */
export const tapped = (height: SheetHeight): SheetHeight => (height === 'peek' ? 'half' : 'peek')
