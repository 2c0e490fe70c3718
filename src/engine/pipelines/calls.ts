import { PhotodoodleError } from '../core/errors'
import type { EditContext, EditProgress, OnStep, Phase } from './edit'

const PHASES: readonly Phase[] = ['prepare', 'layout', 'draw', 'decode', 'composite']

/**
 * The wrapper around the calls of one edit: each is announced, timed, not begun once the edit is cancelled, and stopped
 * at its next step.
 */
export class Calls {
  private readonly start = performance.now()
  private readonly spent: Record<Phase, number> = { prepare: 0, layout: 0, draw: 0, decode: 0, composite: 0 }

  constructor(
    private readonly steps: number,
    private readonly context: Pick<EditContext, 'isCancelled' | 'onProgress'>,
  ) {}

  /** @param call is given what to await after each of its steps; @throws Cancelled, and whatever the call throws */
  async run<T>(phase: Phase, call: (onStep: OnStep) => Promise<T> | T): Promise<T> {
    const begun = performance.now()
    this.stopIfCancelled()
    await this.tell({ phase, step: PHASES.indexOf(phase) > PHASES.indexOf('draw') ? this.steps : 0 })
    try {
      return await call(async (step, preview) => {
        await this.tell({ phase, step, ...(preview === undefined ? {} : { preview }) })
        this.stopIfCancelled()
      })
    } finally {
      this.spent[phase] += performance.now() - begun
    }
  }

  /** Milliseconds so far. */
  get millis(): Readonly<Record<Phase | 'total', number>> {
    return { ...this.spent, total: performance.now() - this.start }
  }

  private async tell(progress: Omit<EditProgress, 'steps'>): Promise<void> {
    await this.context.onProgress?.({ ...progress, steps: this.steps })
  }

  private stopIfCancelled(): void {
    if (this.context.isCancelled?.() === true) throw new PhotodoodleError('Cancelled', 'The edit was cancelled.', '')
  }
}
