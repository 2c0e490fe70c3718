import { create } from 'zustand'

/**
 * How the page is laid out: `wide`, columns beside the photo; `sheet`, a phone upright, the panel as a sheet over the
 * photo's lower end; `side`, a phone on its side or a page enlarged twofold, the panel at the right, to be put away.
 */
export type Layout = 'wide' | 'sheet' | 'side'

interface Size {
  readonly width: number
  readonly height: number
}

/** CSS pixels from which there is room for columns. */
const WIDE = { width: 881, height: 501 }

/** From this shape on, the panel has more room beside the photo than below it. */
const SIDE_SHAPE = 1.3

export function layoutFor({ width, height }: Size): Layout {
  if (width >= WIDE.width && height >= WIDE.height) return 'wide'
  return width / height >= SIDE_SHAPE ? 'side' : 'sheet'
}

const now = (): Layout => layoutFor({ width: window.innerWidth, height: window.innerHeight })

export const useLayout = create<{ readonly layout: Layout }>()(() => ({ layout: 'wide' }))

/** Styles ask the page's root which one it is, so that it is decided in one place. */
export function followLayout(): void {
  const show = (): void => {
    const layout = now()
    document.documentElement.dataset['layout'] = layout
    if (useLayout.getState().layout !== layout) useLayout.setState({ layout })
  }
  show()
  window.addEventListener('resize', show)
}
