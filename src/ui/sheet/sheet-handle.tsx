import { useDrag } from '@use-gesture/react'
import { useRef, type RefObject } from 'react'
import { strings } from '../i18n'
import { editor } from '../store'
import { heightByKey, HEIGHTS, restingAt, tapped, type SheetHeight } from './heights'

/** Below the top of the editor, so that something of the photo tells that the sheet can be put away. */
const TOP_GAP = 8

/** Drawn up so far, in CSS pixels, it shows all of what it holds. */
const UNFOLDS = 24

const USUAL_PEEK = 88

/** The sheet under a finger. */
export interface Dragged {
  /** CSS pixels. */
  readonly height: number
  readonly unfolded: boolean
}

const setHeight = (sheet: SheetHeight): void => editor.setState({ sheet })

interface HandleProps {
  readonly root: RefObject<HTMLElement | null>
  readonly height: SheetHeight
  readonly drag: (to: Dragged | null) => void
}

/** Dragged, tapped, or moved by arrow keys. */
export default function SheetHandle({ root, height, drag }: HandleProps) {
  // As it was last seen; its words may need more than one line.
  const peekHeight = useRef(USUAL_PEEK)
  const bind = useDrag(
    ({ first, last, tap, movement: [, y], velocity: [, speed], direction: [, way], memo, canceled }) => {
      const sheet = root.current
      if (sheet === null) return memo as unknown
      if (first && height === 'peek') peekHeight.current = sheet.offsetHeight
      const start = (memo as number | undefined) ?? sheet.offsetHeight
      const most = (sheet.parentElement?.clientHeight ?? 0) - TOP_GAP
      const stops = { peek: peekHeight.current, half: most / 2, full: most }
      const now = Math.min(most, Math.max(peekHeight.current, start - y))
      if (last) {
        drag(null)
        if (tap) setHeight(tapped(height))
        else if (!canceled) setHeight(restingAt(now, -way * speed, stops))
      } else if (!tap && Math.abs(y) > 2) drag({ height: now, unfolded: now > stops.peek + UNFOLDS })
      return start
    },
    { axis: 'y', filterTaps: true, pointer: { keys: false } },
  )
  return (
    <div
      className="sheet-handle"
      role="slider"
      tabIndex={0}
      aria-label={strings.sheet.height}
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={HEIGHTS.length - 1}
      aria-valuenow={HEIGHTS.indexOf(height)}
      aria-valuetext={strings.sheet.heights[height]}
      onKeyDown={(event) => {
        const next = heightByKey(height, event.key)
        if (next === undefined) return
        event.preventDefault()
        setHeight(next)
      }}
      {...bind()}
    />
  )
}
