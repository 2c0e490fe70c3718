import type { Stroke } from '../../workers/strokes'
import type { EditorState } from '../store'
import type { ImagePoint } from './view'

/** Brush sizes as a share of the photo's longest side. */
export const BRUSH = { min: 0.005, max: 0.3, step: 1.25 } as const

/** Diameter in photo pixels. */
export function brushSize({ photo, brush }: Pick<EditorState, 'photo' | 'brush'>): number {
  return photo === null ? 1 : Math.max(1, brush * Math.max(photo.width, photo.height))
}

/** What moves over the photo and is put down there; pointing at the subject, too. */
export function isBrush(tool: EditorState['tool']): boolean {
  return tool !== 'move' && tool !== 'box'
}

/** Those that say what the subject is. */
export function isSubjectTool(tool: EditorState['tool']): boolean {
  return tool === 'pick' || tool === 'subject' || tool === 'unsubject'
}

/** The layer that the eraser works on: the selected one, as long as it can be seen. */
export function erasable({ history, selectedId }: Pick<EditorState, 'history' | 'selectedId'>): boolean {
  return history.present.layers.some(({ id, visible }) => id === selectedId && visible)
}

/** A stroke under way, in tenths of a photo pixel so that it is short as text. */
export class Brushing {
  readonly #points: number[] = []

  /** @param spacing photo pixels below which a new point adds nothing */
  constructor(
    private readonly mode: Stroke['mode'],
    private readonly size: number,
    private readonly spacing: number,
    at: ImagePoint,
  ) {
    this.#push(at)
  }

  /** @returns whether the stroke has grown */
  moveTo(at: ImagePoint): boolean {
    const [x, y] = this.#points.slice(-2)
    if (x !== undefined && y !== undefined && Math.hypot(at[0] - x, at[1] - y) < this.spacing) return false
    this.#push(at)
    return true
  }

  get stroke(): Stroke {
    return { mode: this.mode, size: Math.round(this.size * 10) / 10, points: [...this.#points] }
  }

  #push([x, y]: ImagePoint): void {
    this.#points.push(Math.round(x * 10) / 10, Math.round(y * 10) / 10)
  }
}
