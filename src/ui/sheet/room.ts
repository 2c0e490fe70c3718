import { isBrush } from '../canvas/brush'
import { setCovered } from '../canvas/view-store'
import { editor } from '../store'
import { useLayout } from './layout'

/** Of the tools that float at the side, with the gap to the edge. */
const TOOLS_SIDE = 60

/**
 * Tells the canvas how much of it lies under the sheet and the tools, so that the photo is fitted into the rest, and
 * the styles, so that the tools stand on the sheet. @returns what ends it
 */
export function followRoom(sheet: HTMLElement): () => void {
  const page = sheet.parentElement
  let watched: Element | null = null
  const measure = (): void => {
    const { layout } = useLayout.getState()
    const tools = page?.querySelector('.over-photo') ?? null
    if (tools !== watched) {
      if (watched !== null) observer.unobserve(watched)
      if (tools !== null) observer.observe(tools)
      watched = tools
    }
    const { tool, sheet: height } = editor.getState()
    // Put away at the side it leaves a button, above the tools.
    const out = isBrush(tool) || (layout === 'side' && height === 'peek')
    // What lies over all of the photo leaves nothing to be fitted into.
    const most = (page?.clientHeight ?? 0) / 2
    const taken = out ? 0 : layout === 'sheet' ? sheet.offsetHeight : sheet.offsetWidth
    const resting = layout === 'sheet' && height === 'full' ? Math.min(taken, most) : taken
    page?.style.setProperty('--sheet-room', `${layout === 'wide' ? 0 : resting}px`)
    setCovered(
      layout === 'wide'
        ? null
        : layout === 'sheet'
          ? { left: 0, top: 0, right: 0, bottom: resting + ((tools as HTMLElement | null)?.offsetHeight ?? 0) + 8 }
          : { left: 0, top: 0, right: resting + TOOLS_SIDE, bottom: 0 },
    )
  }
  const observer = new ResizeObserver(measure)
  observer.observe(sheet)
  measure()
  const stops = [
    useLayout.subscribe(measure),
    editor.subscribe((now, before) => {
      if (now.tool !== before.tool || now.sheet !== before.sheet) measure()
    }),
  ]
  // The tools come with the first photo.
  const arrivals = new MutationObserver(() => {
    if (page?.querySelector('.over-photo') !== watched) measure()
  })
  const stage = page?.querySelector('.stage')
  if (stage != null) arrivals.observe(stage, { childList: true })
  return () => {
    observer.disconnect()
    arrivals.disconnect()
    for (const stop of stops) stop()
  }
}
