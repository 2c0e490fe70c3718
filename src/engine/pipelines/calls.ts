import { PhotodoodleError } from '../core/errors'
import type { EditOptions, EditProgress } from './edit'

/** What an edit does, in order; models without a layout skip that. */
export type Phase = 'prepare' | 'layout' | 'draw' | 'decode' | 'composite'

export const PHASES: readonly Phase[] = ['prepare', 'layout', 'draw', 'decode', 'composite']

/** The calls of one edit: each is announced, timed, and not begun once the edit is cancelled. */
export class Calls {
  private readonly start = performance.now()
  private readonly spent: Record<Phase, number> = { prepare: 0, layout: 0, draw: 0, decode: 0, composite: 0 }

  constructor(private readonly steps: number, private readonly options: Pick<EditOptions, 'isCancelled' | 'onProgress'>) {}

  /** @throws Cancelled, and whatever the work throws */
  async run<T>(phase: Phase, work: () => Promise<T> | T): Promise<T> {
    const begun = performance.now()
    this.stopIfCancelled()
    await this.tell({ phase, step: PHASES.indexOf(phase) > PHASES.indexOf('draw') ? this.steps : 0 })
    try {
      return await work()
    } finally {
      this.spent[phase] += performance.now() - begun
    }
  }

  /** Tells of a step within a call. @throws Cancelled */
  async step(phase: Phase, step: number, preview?: EditProgress['preview']): Promise<void> {
    await this.tell({ phase, step, ...(preview === undefined ? {} : { preview }) })
    this.stopIfCancelled()
  }

  /** Milliseconds so far. */
  get millis(): Readonly<Record<Phase | 'total', number>> {
    return { ...this.spent, total: performance.now() - this.start }
  }

  private async tell(progress: Omit<EditProgress, 'steps'>): Promise<void> {
    await this.options.onProgress?.({ ...progress, steps: this.steps })
  }

  private stopIfCancelled(): void {
    if (this.options.isCancelled?.() === true) throw new PhotodoodleError('Cancelled', 'The edit was cancelled.', '')
  }
}
