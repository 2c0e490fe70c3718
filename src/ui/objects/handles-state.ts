import type { ScreenPoint } from '../canvas/view'

/** Whether a place on the stage is on one of the handles, which then has the pointer. Set while there are some. */
let hit: ((at: ScreenPoint) => boolean) | undefined

export function setHandleTest(test: ((at: ScreenPoint) => boolean) | undefined): void {
  hit = test
}

export const isOnHandle = (at: ScreenPoint): boolean => hit?.(at) ?? false
