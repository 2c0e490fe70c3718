import { lazy, Suspense, useEffect, useRef, useState, type ReactNode } from 'react'
import { isBrush } from '../canvas/brush'
import { useView } from '../canvas/view-store'
import { ChevronIcon, PenIcon } from '../components/icons'
import { strings } from '../i18n'
import { editor, useEditor } from '../store'
import { useLayout } from './layout'
import type { Dragged } from './sheet-handle'
import { followRoom } from './room'

// A wide screen has none.
const SheetHandle = lazy(() => import('./sheet-handle'))

/** Holds panel and layers: columns on a wide screen, a sheet or a side panel on a phone. */
export function Sheet({ children }: { children: ReactNode }) {
  const root = useRef<HTMLDivElement>(null)
  const layout = useLayout((state) => state.layout)
  const height = useEditor((state) => state.sheet)
  const brushing = useEditor((state) => isBrush(state.tool))
  const moving = useView((state) => state.lifted?.inHand === true)
  const [dragged, setDragged] = useState<Dragged | null>(null)
  useEffect(() => (root.current === null ? undefined : followRoom(root.current)), [])
  const compact = layout !== 'wide'
  const unfolded = dragged?.unfolded ?? height !== 'peek'
  return (
    <div
      ref={root}
      className="drawer"
      data-height={dragged === null ? height : unfolded ? 'half' : 'peek'}
      data-dragged={dragged !== null}
      data-away={compact && (brushing || moving)}
      // Out of sight it is out of reach, too; while an object moves it is back in a moment.
      inert={compact && brushing}
      style={dragged === null ? undefined : { height: dragged.height }}
    >
      {layout === 'sheet' && (
        <Suspense fallback={<div className="sheet-handle" />}>
          <SheetHandle root={root} height={height} drag={setDragged} />
        </Suspense>
      )}
      {layout === 'side' && <SideHandle open={height !== 'peek'} />}
      {children}
    </div>
  )
}

/** At the edge of the screen, so that the panel can be had back. */
function SideHandle({ open }: { open: boolean }) {
  const label = open ? strings.sheet.close : strings.sheet.open
  return (
    <button
      type="button"
      className="side-handle"
      aria-expanded={open}
      aria-label={label}
      title={label}
      onClick={() => editor.setState({ sheet: open ? 'peek' : 'half' })}
    >
      {open ? <ChevronIcon /> : <PenIcon />}
    </button>
  )
}
